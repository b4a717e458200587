/*
 * How many CPUs the control groups of this process let it use: the quota, which no affinity mask
 * shows.
 */
#pragma once

#include <stddef.h>

struct cpulist;

/*
 * The least quota of the process's group and of those above it, in CPUs, rounded up: cpu.max of
 * cgroup v2, cpu.cfs_quota_us of v1, whichever has the controller. SIZE_MAX where there is none, or
 * where what is there is not understood. ROOT is an O_PATH descriptor of "/".
 */
size_t quota_cpus(int root);

/* How many threads are worth starting on CPUS: one for each, as far as the quota and LIMIT_THREADS
 * go; at least 1. */
size_t quota_threads(int root, const struct cpulist *cpus) __attribute__((nonnull));
