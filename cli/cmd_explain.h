/*
 * `nimgate explain ID`: what was decided about a container, and what to do about it.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_explain(const struct option_list *argv) __attribute__((nonnull));
