/*
 * `nimgate gpus`: what NVIDIA's management library says about this machine's GPUs.
 */
#pragma once

struct option_list;

/* Runs the command on the words behind its name. Returns the exit status. */
int cmd_gpus(const struct option_list *argv) __attribute__((nonnull));
