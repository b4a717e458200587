/*
 * What NVIDIA's management library (NVML) says about this machine's GPUs, kept for those who cannot
 * ask it: nimgate gpus --write asks and writes, the hook reads.
 *
 * One line a GPU, root's alone, gone with the next boot (it lies in /run):
 *
 *     nimgate-gpus 1
 *     0000:87:00.0 81559 9.0 NVIDIA H100 80GB HBM3
 *
 * PCI address, memory in MiB (0: none of its own), compute capability, model. It only adds to what
 * the kernel says (hash/topology.h); nothing here is needed for a verdict.
 */
#pragma once

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct writer;

#define GPU_LIST_PATH "/run/nimgate/gpus"

enum {
	GPU_LIST_MODEL_BYTES = 64,
	GPU_LIST_MEMORY_MAX = 1 << 24, /* MiB; the largest has 2^18 */
	GPU_LIST_CAPABILITY_MAX = 999, /* times ten: 99.9 */
};

struct gpu_list_item {
	uint64_t pci;                     /* address, of pci_parse() */
	uint64_t memory_mib;              /* 0: it has none of its own */
	unsigned int capability;          /* times ten; at least 10 */
	char model[GPU_LIST_MODEL_BYTES]; /* printable, not empty, no space at either end */
};

struct gpu_list {
	size_t count;
	struct gpu_list_item items[LIMIT_GPUS]; /* each address once, ascending */
};

/* Parses LENGTH bytes. Returns 0, or -1 (OUT empty) for anything that is not exactly as above.
 */
int gpu_list_parse(const char *bytes, size_t length, struct gpu_list *out) __attribute__((nonnull));

/* Writes it as above. */
void gpu_list_format(const struct gpu_list *list, struct writer *writer) __attribute__((nonnull));

/* Reads the file below the directory ROOT, an O_PATH descriptor of "/". Returns 0, or -1 with
 * REASON_IO: not there, others can write it, or it is not understood. */
int gpu_list_read(int root, struct gpu_list *out, struct error *err) __attribute__((nonnull));

/* The GPU with that address, or NULL. Borrowed. */
const struct gpu_list_item *gpu_list_find(const struct gpu_list *list, uint64_t pci)
	__attribute__((nonnull));
