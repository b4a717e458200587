/*
 * `nimgate scrub`: reads again what the receipts speak for.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_scrub(const struct option_list *argv) __attribute__((nonnull));
