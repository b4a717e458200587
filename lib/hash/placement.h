/*
 * Where a start hashes: on the CPUs beside the GPUs that its container gets, so that the page cache
 * fills with the weights in the memory from which those GPUs will load them.
 *
 * It is about speed alone. Whatever cannot be found out means that the start hashes anywhere, and
 * says why. Only placement_gpus() is for more than that, and doubts more.
 */
#pragma once

#include "base/limits.h"
#include "hash/cpulist.h"
#include "hash/gpu.h"
#include "hash/topology.h"

#include <stddef.h>

struct error;

enum placement_kind {
	PLACEMENT_UNKNOWN,  /* anywhere, because it could not be found out (WHY) */
	PLACEMENT_ANYWHERE, /* anywhere is right (WHY) */
	PLACEMENT_NODES,    /* on some nodes of several */
};

struct placement {
	enum placement_kind kind;
	char why[LIMIT_ERROR_TEXT + 1]; /* not of PLACEMENT_NODES */
	struct cpulist cpus;            /* to hash on: always allowed ones */
	struct cpulist nodes; /* of PLACEMENT_NODES: where memory comes from, if there is any free
			       */
	size_t threads;       /* of quota_threads() on CPUS */
	size_t gpu_count;
	struct topology_gpu gpus[LIMIT_GPUS]; /* that the container gets, as far as it is known */
};

/*
 * Finds the placement for the GPUs of REQUEST on the machine whose root folder is ROOT ("/"), for a
 * process that may use the ALLOWED CPUs.
 */
void placement_find(const char *root, const struct gpu_request *request,
	const struct cpulist *allowed, struct placement *out) __attribute__((nonnull));

/*
 * The GPUs of REQUEST, each once, in OUT, of which there are *count: all of them and whole ones, or
 * none at all. Returns 0, or -1 with REASON_IO: the request names none or is unclear, the driver
 * does not know one, or one is divided into MIG devices.
 */
int placement_gpus(const char *root, const struct gpu_request *request,
	struct topology_gpu out[static LIMIT_GPUS], size_t *count, struct error *err)
	__attribute__((nonnull));

/* What placement_apply() asks of the kernel; each returns 0 or an errno value. */
struct placement_calls {
	int (*set_affinity)(const struct cpulist *cpus);
	int (*set_memory_policy)(int mode, const struct cpulist *nodes);
};

extern const struct placement_calls placement_kernel;

/*
 * Moves the calling thread, with all threads and processes that it starts from now on, to a
 * placement on nodes; any other changes nothing. What the kernel refuses is left as it was.
 */
void placement_apply(const struct placement *placement, const struct placement_calls *calls)
	__attribute__((nonnull));
