/*
 * `nimgate verify certificate|key MODEL`: is this model the one that was signed?
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_verify(const struct option_list *argv) __attribute__((nonnull));
