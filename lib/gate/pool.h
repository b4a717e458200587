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
	size_t streams_max; /* files or shards that are hashed at once: with few, the first ends
			       sooner, with many, the last; 0: as many as gain anything */
	bool stop_early;    /* end at the first finding */
	bool collect; /* store the digests in the resources instead of comparing: for signing */
	enum pool_io io;
	int64_t deadline_ms;       /* on CLOCK_MONOTONIC; 0: none */
	bool foresee;              /* end with REASON_DEADLINE as soon as the rest will not fit */
	struct receipts *receipts; /* borrowed; what was hashed before, and is from now on; NULL:
				      everything is hashed, and nothing remembered */
	/* NULL, or called about every 100 ms with the bytes hashed so far and in all. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	/* NULL, or asked as often: other than 0, with an error, ends the run. */
	int (*give_up)(void *context, struct error *err);
	void *context;                     /* borrowed */
	const struct job_witness *witness; /* borrowed; told of each file that is as signed; NULL:
					      nobody */
};

/* How much is done. */
struct pool_progress {
	uint64_t remembered; /* bytes that receipts spoke for */
	uint64_t done;       /* bytes hashed in this run, as the hasher says: never for a verdict */
	uint64_t total;      /* bytes of all files */
	int64_t hashing_ms;  /* how long it has been hashing */
};

struct pool; /* the files of one verification on their way; one thread at a time */

/*
 * Lists every file of VERIFICATION that is signed and there. Both arguments must outlive the pool.
 * Returns it (caller: pool_close()), or NULL with REASON_INTERNAL.
 */
struct pool *pool_open(struct verification *verification, const struct pool_options *options,
	struct error *err) __attribute__((nonnull));

/* What pool_recall() left to be hashed. */
struct pool_left {
	size_t files;
	size_t lasting; /* files among them that will have a receipt */
};

/*
 * Compares the files that need no hashing: those with receipts, where there are any, and empty
 * ones. Findings go to the report. Returns 0 with *left, or -1 with REASON_DEADLINE,
 * REASON_INTERNAL or what the option GIVE_UP said. May be called again when others have written
 * receipts.
 */
int pool_recall(struct pool *pool, struct pool_left *left, struct error *err)
	__attribute__((nonnull));

/*
 * Hashes and compares all that is left, by the options as they are now. Once. Findings go to the
 * report. Returns 0, with or without findings; or -1 with REASON_DEADLINE, REASON_INTERNAL, or what
 * the option GIVE_UP said.
 */
int pool_hash(struct pool *pool, struct error *err) __attribute__((nonnull));

/* What pool_recall() left to be hashed, in bytes. */
uint64_t pool_bytes_left(struct pool *pool) __attribute__((nonnull));

struct pool_progress pool_progress(const struct pool *pool) __attribute__((nonnull));

/* Ends what runs and frees it; NULL is fine. */
void pool_close(struct pool *pool);

/* All of that in one. Returns as pool_hash(). */
int pool_run(struct verification *verification, const struct pool_options *options,
	struct error *err) __attribute__((nonnull));
