/*
 * `nimgate audit`: which NIM containers run here that the gate did not admit?
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_audit(const struct option_list *argv) __attribute__((nonnull));
