/*
 * `nimgate policy check|show|test`: is the policy right, what does it come to, and is that what was
 * meant?
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_policy(const struct option_list *argv) __attribute__((nonnull));
