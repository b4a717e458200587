/*
 * Where this machine's GPUs and CPUs are: from NVIDIA's driver in /proc/driver/nvidia and from the
 * kernel in /sys.
 *
 * These are the kernel's own files; all the same they are read with bounds and strictly. Nothing
 * here is needed for a verdict: what cannot be read or understood is an error that says what, with
 * REASON_IO, and then the caller hashes anywhere.
 */
#pragma once

#include "hash/cpulist.h"
#include "hash/gpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum {
	TOPOLOGY_MODEL_BYTES = 64,
	TOPOLOGY_NODE_UNKNOWN = -1, /* the firmware does not say, or the kernel's word makes no
				       sense */
};

struct topology_gpu {
	uint64_t pci;   /* address, of pci_parse() */
	uint64_t minor; /* of the device file */
	int node;       /* memory node, or TOPOLOGY_NODE_UNKNOWN */
	bool has_uuid;  /* the driver knows none before it has started the GPU */
	uint8_t uuid[GPU_UUID_BYTES];
	char model[TOPOLOGY_MODEL_BYTES]; /* printable; "" where the driver gives none */
	uint64_t memory_mib;              /* by hash/gpu_list.h; 0 where that does not say */
	unsigned int capability;          /* likewise: compute capability, times ten */
};

struct topology {
	size_t count;
	struct topology_gpu gpus[LIMIT_GPUS]; /* in the order of addresses, without those that the
						 driver excludes: the order of NVML's indices */
	struct cpulist nodes; /* memory nodes that are online; none where the kernel has no NUMA */
};

/* Reads what is below the directory ROOT, an O_PATH descriptor of "/". Returns 0 (no GPU is fine),
 * or -1: there is no driver, or it says what we do not understand. */
int topology_read(int root, struct topology *out, struct error *err) __attribute__((nonnull));

/* The CPUs of the GPU's node, which is known; of a node without any: those that the kernel calls
 * local to the GPU. Returns 0 with at least one CPU, or -1. */
int topology_read_cpus(int root, const struct topology_gpu *gpu, struct cpulist *out,
	struct error *err) __attribute__((nonnull));

/* True if the GPU is divided into MIG devices now. */
bool topology_has_instances(int root, const struct topology_gpu *gpu) __attribute__((nonnull));
