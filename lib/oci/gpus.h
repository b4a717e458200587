/*
 * Which GPUs a container gets, as far as its config.json says.
 *
 * In this order, and the first that says anything counts: the device files of linux.devices, which
 * are what the container really gets (CDI and privileged containers); the names of CDI devices in
 * annotations; the variable NVIDIA_VISIBLE_DEVICES, by which NVIDIA's runtime makes device files
 * when config.json has been written.
 *
 * Which of them counts in the end is the engine's business. Where too few GPUs would be worse than
 * too many, gpus_read_most() takes all that are named anywhere.
 */
#pragma once

struct gpu_request;
struct node;

/* Reads the GPUs of config.json, whose root is TOP. Cannot fail: what is not understood is unclear.
 */
void gpus_read(const struct node *top, struct gpu_request *out) __attribute__((nonnull));

/* The same from all sources together: no GPU that the container may get is missing. Device files
 * that are mounted from the host may be of any GPU. */
void gpus_read_most(const struct node *top, struct gpu_request *out) __attribute__((nonnull));
