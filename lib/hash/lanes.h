/*
 * The lanes of one worker: up to KERNEL_LANES_MAX streams of SHA-256 that are read and hashed in
 * turns, a buffer each, by the kernels of a plan.
 *
 * A stream that has begun can go on in the lanes of another worker.
 */
#pragma once

#include "hash/direct.h"
#include "hash/kernel_plan.h"
#include "hash/reader.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A stream that waits, or waits to go on. */
struct lanes_work {
	uint32_t index; /* the caller's */
	struct reader reader;
	bool started;            /* some of it is hashed already: LANE holds its state */
	struct kernel_lane lane; /* of a started one */
};

struct lanes_slot {
	struct lanes_work work;
	uint8_t *buffer;  /* borrowed from the lanes */
	size_t available; /* bytes from work.lane.next on that are not hashed yet */
	bool live;
	struct direct direct;   /* of a stream that is read so */
	uint8_t *direct_buffer; /* borrowed from the lanes; NULL: none */
};

enum { LANES_DIRECT = 4 /* streams that are read past the cache: a disk has no use for more */ };

struct lanes {
	const struct kernel_plan *plan; /* borrowed */
	_Atomic uint64_t *progress;     /* borrowed; counts hashed bytes; NULL: nobody watches */
	uint8_t *memory;                /* owned; the buffers */
	struct direct_pool *pool;       /* borrowed; NULL: no direct reads */
	struct direct_waiter waiter;
	uint8_t *direct_memory; /* owned; the buffers of direct reads */
	struct lanes_slot slots[KERNEL_LANES_MAX];
	size_t live;
};

/* Makes the buffers, those of direct reads where there is a POOL. Returns 0 (caller:
 * lanes_close()), or -1 without memory. */
int lanes_open(struct lanes *lanes, const struct kernel_plan *plan, struct direct_pool *pool,
	_Atomic uint64_t *progress) __attribute__((nonnull(1, 2)));

/* Takes the stream and its descriptor over; there must be a free lane, one of the first
 * LANES_DIRECT for a direct stream. */
void lanes_take(struct lanes *lanes, const struct lanes_work *work) __attribute__((nonnull));

/*
 * Reads where a lane has run empty, and hashes what all have. RESULTS gets those that ended, at
 * most KERNEL_LANES_MAX; their descriptors are closed, their lengths added to *bytes. Waits where
 * all lanes wait for their disk. Returns how many ended.
 */
size_t lanes_step(struct lanes *lanes, struct stream_result results[static KERNEL_LANES_MAX],
	uint64_t *bytes) __attribute__((nonnull));

/* The most bytes that any lane has still to hash of those that could be given away now; 0 where
 * there is none. */
uint64_t lanes_longest(const struct lanes *lanes) __attribute__((nonnull));

/* Takes that lane's stream out, to go on elsewhere; lanes_longest() must not be 0. */
void lanes_give(struct lanes *lanes, struct lanes_work *out) __attribute__((nonnull));

/* Frees the buffers; no lane may be live. Zeroed ones are fine. */
void lanes_close(struct lanes *lanes);
