/*
 * `nimgate sign certificate|key MODEL`: makes a signature for the model as it is.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_sign(const struct option_list *argv) __attribute__((nonnull));
