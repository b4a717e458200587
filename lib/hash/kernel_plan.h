/*
 * Which kernels hash so many lanes in the least time: from rates, measured here or typical ones,
 * never from the name of a CPU.
 *
 * A kernel takes the same time for a step, one block in each of its lanes, however many of these
 * are live. So a wide kernel with idle lanes may beat narrow ones, and on some CPUs one lane at a
 * time is as good as four.
 */
#pragma once

#include "hash/kernel.h"

/* Bytes per second, on one CPU. */
struct kernel_rates {
	uint64_t kernels[KERNEL_COUNT_MAX]; /* as in the set; with all lanes live */
	uint64_t openssl;                   /* one message through border/digest */
};

/* Some of the live lanes and the kernel that advances them. */
struct kernel_group {
	const struct kernel *kernel; /* NULL: there is none */
	size_t live;                 /* 1 to kernel->lanes */
};

struct kernel_plan {
	struct kernel_group groups[KERNEL_LANES_MAX + 1]; /* the first one, for so many lanes */
	double seconds[KERNEL_LANES_MAX + 1];             /* of one block in each of them */
	double openssl;                                   /* seconds of one block */
};

/* The rates to go by where nothing is measured. */
struct kernel_rates kernel_plan_typical(const struct kernel_set *set) __attribute__((nonnull));

/*
 * Measures them, in about a millisecond. Pays where hundreds of MiB are to be hashed. Returns 0, or
 * -1 with REASON_INTERNAL: no memory, or OpenSSL failed.
 */
int kernel_plan_measure(const struct kernel_set *set, struct kernel_rates *out, struct error *err)
	__attribute__((nonnull));

/* The plan for such rates; a rate of 0 is that of a kernel that must not be used. */
void kernel_plan_make(const struct kernel_set *set, const struct kernel_rates *rates,
	struct kernel_plan *out) __attribute__((nonnull));

/*
 * The first group for LIVE lanes; the caller asks again for the rest. More lanes than
 * KERNEL_LANES_MAX count as that many.
 */
struct kernel_group kernel_plan_next(const struct kernel_plan *plan, size_t live)
	__attribute__((nonnull));

/* False where OpenSSL hashes that many messages, one after another, clearly faster; always where
 * the set has no kernel. */
bool kernel_plan_gains(const struct kernel_plan *plan, size_t live) __attribute__((nonnull));
