/*
 * `nimgate prefetch`: hashes models before a start needs them.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_prefetch(const struct option_list *argv) __attribute__((nonnull));
