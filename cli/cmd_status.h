/*
 * `nimgate status`: what is remembered, what is being hashed, and what waits for that.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_status(const struct option_list *argv) __attribute__((nonnull));
