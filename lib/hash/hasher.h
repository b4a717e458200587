/*
 * The hasher: the engine in a contained child. Descriptors go in, digests come out.
 *
 * The child can neither open nor parse anything, and it cannot make its parent wait for ever: a
 * child that dies, stalls or lies is an error or a time that is over. Whether a digest belongs to a
 * stream that was asked for, with that algorithm, is for the caller to check by its index.
 *
 * Streams of small files travel in batches, and so do their answers: a message for each would cost
 * more than hashing it.
 *
 * No deadlock: at most hasher_capacity() streams are outstanding, that many fit into the child's
 * queue, and so the child always reads what we send, also while its answers wait to be read.
 */
#pragma once

#include "guard/spawn.h"
#include "guard/wire.h"
#include "hash/engine.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct hasher_options {
	size_t threads;     /* as for engine_threads() */
	size_t threads_max; /* where THREADS is 0: no more than these; 0: no such bound */
	uint64_t bytes;     /* that will come in all, as far as is known; 0: it is not */
	bool direct;        /* direct streams may come, too */
};

struct hasher {
	struct spawn_child child;
	_Atomic uint64_t *progress; /* owned; a page that the child shares; NULL: none */
	size_t capacity;
	size_t outstanding; /* submitted and not taken by hasher_next() */

	struct wire_message request; /* owned; streams that wait to be sent */
	int fds[WIRE_DESCRIPTORS];   /* borrowed; theirs */
	size_t waiting;              /* how many */
	uint64_t waiting_bytes;      /* of their contents */
	struct wire_message answer;  /* owned; results that were received together */
};

#define cleanup_hasher __attribute__((cleanup(hasher_end)))

/* Starts the child; it gets ready while the caller goes on. Returns 0 (caller: hasher_end()), or -1
 * with REASON_INTERNAL. */
int hasher_start(struct hasher *hasher, const struct hasher_options *options, struct error *err)
	__attribute__((nonnull));

/* Streams that may be outstanding at a time. */
size_t hasher_capacity(const struct hasher *hasher) __attribute__((nonnull));

/*
 * Hands a stream over under the caller's INDEX, at once or with the next ones; its descriptor stays
 * the caller's and must stay open until the result has come. Returns 0, or -1 with REASON_INTERNAL:
 * the child is gone, or hasher_capacity() are outstanding.
 */
int hasher_submit(struct hasher *hasher, uint32_t index, const struct stream *stream,
	struct error *err) __attribute__((nonnull));

/* Sends what waits for company. Returns as hasher_submit(). */
int hasher_flush(struct hasher *hasher, struct error *err) __attribute__((nonnull));

/*
 * Sends what waits, and waits for the next result: TIMEOUT_MS at most, negative for ever, and until
 * a signal. Returns 1; 0 when none came; or -1 with REASON_INTERNAL: the child is gone, or said
 * what makes no sense. After -1 only hasher_end() is of use.
 */
int hasher_next(struct hasher *hasher, int timeout_ms, struct stream_result *out, struct error *err)
	__attribute__((nonnull));

/* Bytes hashed so far, as the child says: for a progress bar, never for a decision. */
uint64_t hasher_progress(const struct hasher *hasher) __attribute__((nonnull));

/* Ends the child, whatever it does; a zeroed hasher is fine. */
void hasher_end(struct hasher *hasher);
