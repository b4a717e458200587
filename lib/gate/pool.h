/*
 * The contents of models on their way through the hasher: every file that is signed and there, all
 * models of a start in one pool.
 *
 * Largest first; opened one by one in the order of the lanes, so that open files and memory are
 * bounded whatever the model; each is leased, hashed through one descriptor, as a whole or shard by
 * shard, checked for changes meanwhile, and compared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct job_witness;
struct receipts;
struct verification;

/* How files are read. */
enum pool_io {
	POOL_IO_AUTO,   /* through the page cache, unless the models take half of the host's spare
			   memory */
	POOL_IO_CACHED, /* through the cache, where the workload finds them again */
	POOL_IO_DIRECT, /* past it, as far as the file system lets us */
};

struct pool_options {
	size_t threads;     /* 0: one for each CPU that may be used */
	size_t threads_max; /* as for struct hasher_options */
	bool stop_early;    /* end at the first finding */
	bool collect; /* store the digests in the resources instead of comparing: for signing */
	enum pool_io io;
	int64_t deadline_ms;       /* on CLOCK_MONOTONIC; 0: none */
	struct receipts *receipts; /* borrowed; what was hashed before, and is from now on; NULL:
				      everything is hashed, and nothing remembered */
	/* NULL, or called about every 100 ms with the bytes hashed so far and in all. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;                     /* borrowed */
	const struct job_witness *witness; /* borrowed; told of each file that is as signed; NULL:
					      nobody */
};

/*
 * Hashes and compares. Findings go to the report of VERIFICATION. Returns 0, with or without
 * findings, or -1 with REASON_DEADLINE or REASON_INTERNAL.
 */
int pool_run(struct verification *verification, const struct pool_options *options,
	struct error *err) __attribute__((nonnull));
