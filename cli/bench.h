/*
 * What `nimgate bench` measures: the hash kernels of this machine as the engine finds, checks,
 * measures and groups them, and one directory on the way that verify, sign and digest take.
 */
#pragma once

#include "hash/kernel_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct source_options;

struct bench_machine {
	bool fips;      /* started with fips=1: kernels may not be used */
	size_t threads; /* that hash */
	struct kernel_set found;
	struct kernel_set sound;   /* those that agree with OpenSSL */
	struct kernel_rates rates; /* of the sound ones, measured just now */
	struct kernel_plan plan;   /* made from them */
};

struct bench_directory {
	const char *path; /* borrowed */
	size_t files;
	uint64_t bytes;
	uint64_t wall_us;  /* from the first look at the directory to the last digest */
	uint64_t cpu_us;   /* user and system, of both processes */
	uint64_t peak_kib; /* the most that each process ever had resident, added up; what they
			      share counts twice */
};

/* Looks at the machine; THREADS as for engine_threads(). Returns 0, or -1 with REASON_INTERNAL. */
int bench_measure_machine(size_t threads, struct bench_machine *out, struct error *err)
	__attribute__((nonnull));

/* True if SET holds KERNEL. */
bool bench_has_kernel(const struct kernel_set *set, const struct kernel *kernel)
	__attribute__((nonnull));

/*
 * Hashes every file of the directory or file PATH; once in the life of a process, since its peak is
 * part of the result. Returns 0, or -1 with the reasons of source_collect().
 */
int bench_hash_directory(const struct source_options *options, const char *path,
	struct bench_directory *out, struct error *err) __attribute__((nonnull));
