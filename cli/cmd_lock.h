/*
 * nimgate lock: which signed payload is accepted for each NGC version.
 */
#pragma once

struct option_list;

/* Runs the command on ARGV, its words after "lock". Returns the exit status. */
int cmd_lock(const struct option_list *argv) __attribute__((nonnull));
