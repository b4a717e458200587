/*
 * The engine: hashes many streams at once, one worker thread for each CPU that the process may use,
 * and as many lanes in each as its kernels gain from.
 *
 * The caller submits streams, largest first, and gets each digest through one function that any
 * worker may call. SHA-256 goes through the kernels of this CPU, checked against OpenSSL before;
 * everything else, and everything where these may not be used (FIPS), through border/digest.
 */
#pragma once

#include "hash/stream.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct engine;

struct engine_options {
	size_t threads; /* as for engine_threads() */
	uint64_t bytes; /* that will come in all, as far as is known; 0: it is not */
	bool direct;    /* direct streams may come, too */

	/* Called by a worker for streams that ended, several small ones at a time; must be quick
	 * and thread-safe. */
	void (*done)(void *context, const struct stream_result *results, size_t count);
	void *context; /* borrowed */

	/* Counts hashed bytes, relaxed; may lie in shared memory. NULL: nobody watches. */
	_Atomic uint64_t *progress;
};

/* How many workers an engine will have: WANTED, or with 0 one for each CPU of the affinity mask;
 * LIMIT_THREADS at most. */
size_t engine_threads(size_t wanted);

/* The capacity of an engine with so many workers. */
size_t engine_capacity_of(size_t threads);

/*
 * Starts the workers. They allocate all they need before this returns, so that a filter may be
 * loaded afterwards. Returns an engine (caller: engine_close()), or NULL with REASON_INTERNAL.
 */
struct engine *engine_open(const struct engine_options *options, struct error *err)
	__attribute__((nonnull));

/* Number of streams worth having open at a time, those that are being hashed included. */
size_t engine_capacity(const struct engine *engine) __attribute__((nonnull));

/* A stream under the caller's number for it. */
struct engine_job {
	uint32_t index;
	struct stream stream;
};

/*
 * Queues COUNT streams; blocks while engine_capacity() streams wait. Takes over their descriptors
 * in every case. Returns 0, or -1 with REASON_INTERNAL (an algorithm is none; nothing is queued
 * then).
 */
int engine_submit(struct engine *engine, const struct engine_job *jobs, size_t count,
	struct error *err) __attribute__((nonnull));

/* Waits until all that was submitted is done, ends the workers and frees the engine; NULL is fine.
 */
void engine_close(struct engine *engine);
