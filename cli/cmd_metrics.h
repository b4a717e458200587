/*
 * `nimgate metrics`: this host's gate in numbers.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_metrics(const struct option_list *argv) __attribute__((nonnull));
