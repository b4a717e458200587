/*
 * `nimgate profile list`: the profiles of an image, and what would come of each.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_profile(const struct option_list *argv) __attribute__((nonnull));
