/*
 * `nimgate receipt list|forget`: what is remembered on this host, and less of it.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_receipt(const struct option_list *argv) __attribute__((nonnull));
