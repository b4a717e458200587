/*
 * `nimgate bench`: how fast this machine hashes, and how fast one directory goes through it.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_bench(const struct option_list *argv) __attribute__((nonnull));
