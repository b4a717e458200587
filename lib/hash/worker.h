/*
 * What one worker thread of the engine does: takes streams from the queue, hashes them in its lanes
 * or by OpenSSL, answers, and shares with workers that have run out.
 */
#pragma once

#include "hash/lanes.h"
#include "hash/queue.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { WORKER_ANSWERS = 2 * KERNEL_LANES_MAX };

/* What the workers of an engine share besides the queue. All borrowed. */
struct worker_options {
	struct queue *queue;
	const struct kernel_plan *plan;
	struct direct_pool *pool; /* NULL: no direct reads */
	void (*done)(void *context, const struct stream_result *results, size_t count);
	void *context;
	_Atomic uint64_t *progress; /* NULL: nobody watches */
};

struct worker {
	struct worker_options options;
	struct lanes lanes;                           /* owned */
	uint8_t *buffer;                              /* owned; of streams that OpenSSL hashes */
	struct digest_context *digests[DIGEST_COUNT]; /* owned; NULL: cannot be computed here */
	struct stream_result answers[WORKER_ANSWERS]; /* that wait to be given */
	size_t answer_count;
	uint64_t answer_bytes; /* of their streams */
	bool alone;            /* in its one lane is a stream that dominates all others */
};

/* Allocates all that it needs. Returns 0 (caller: worker_close()), or -1 with REASON_INTERNAL; what
 * there is by then is to be closed, too. */
int worker_open(struct worker *worker, const struct worker_options *options, struct error *err)
	__attribute__((nonnull));

/* Works until the queue is closed and empty. */
void worker_run(struct worker *worker) __attribute__((nonnull));

/* Frees all; a zeroed one is fine. */
void worker_close(struct worker *worker);
