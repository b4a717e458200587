/*
 * Reading past the page cache: threads that read for the workers, two buffers for each stream, so
 * that the disk has many requests at a time while the workers hash.
 *
 * For models that do not fit into memory: the cache would be emptied of everything else, and of the
 * model itself. The descriptor is opened with O_DIRECT by whoever submits the stream.
 */
#pragma once

#include "hash/reader.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum {
	DIRECT_CHUNK_BYTES = 1 << 20, /* of one read */
	DIRECT_ALIGNMENT = 4096,      /* of offsets, lengths and memory */
	DIRECT_BUFFER_BYTES = 2 * DIRECT_CHUNK_BYTES,
};

/* Whom a finished read wakes: one for each worker. */
struct direct_waiter {
	size_t finished; /* reads that nobody has seen yet; under the pool's lock */
	pthread_cond_t wake;
};

/* One read on its way. */
struct direct_read {
	int fd;
	uint8_t *out;
	uint64_t offset;
	size_t size;
	ssize_t got; /* -1: failed, with os_errno */
	int os_errno;
	bool busy; /* it is not finished; under the pool's lock */
	struct direct_waiter *waiter;
	struct direct_read *next; /* in the pool's queue */
};

/* The threads. */
struct direct_pool {
	pthread_mutex_t lock;
	pthread_cond_t queued;
	struct direct_read *first, *last;
	pthread_t *threads; /* owned */
	size_t count;
	size_t ready; /* threads that have come to read; under the lock */
	bool closing;
};

/* One stream's two buffers. */
struct direct {
	struct direct_pool *pool; /* borrowed */
	struct direct_read reads[2];
	size_t current;     /* the one whose bytes come next, or are in use */
	bool in_use;        /* its bytes were handed out */
	uint64_t requested; /* bytes of the stream that reads were asked for */
};

/* What direct_next() found. */
enum direct_state {
	DIRECT_WAIT, /* the next bytes are on their way */
	DIRECT_DATA, /* some bytes, or the end */
	DIRECT_FAILED,
};

/* Starts COUNT reading threads, and waits until all of them are there. Returns 0 (caller:
 * direct_pool_close()), or -1 with REASON_INTERNAL. */
int direct_pool_open(struct direct_pool *pool, size_t count, struct error *err)
	__attribute__((nonnull));

/* Ends the threads; all streams must be stopped. A zeroed pool is fine. */
void direct_pool_close(struct direct_pool *pool) __attribute__((nonnull));

void direct_waiter_init(struct direct_waiter *waiter) __attribute__((nonnull));
void direct_waiter_destroy(struct direct_waiter *waiter) __attribute__((nonnull));

/* Waits until a read of this waiter has finished since the last call. */
void direct_wait(struct direct_pool *pool, struct direct_waiter *waiter) __attribute__((nonnull));

/*
 * Begins to read a stream from where READER stands, a multiple of DIRECT_ALIGNMENT, into the
 * DIRECT_BUFFER_BYTES at BUFFER, which are aligned so, too.
 */
void direct_start(struct direct *direct, struct direct_pool *pool, struct direct_waiter *waiter,
	const struct reader *reader, uint8_t *buffer) __attribute__((nonnull));

/*
 * The next bytes of the stream: *bytes and *length, valid until the next call, which lets their
 * buffer be filled again. Not after the stream is whole. With DIRECT_FAILED the reason is in
 * RESULT.
 */
enum direct_state direct_next(struct direct *direct, struct reader *reader, const uint8_t **bytes,
	size_t *length, struct stream_result *result) __attribute__((nonnull));

/* Waits for the reads that are on their way; what they bring is dropped. */
void direct_stop(struct direct *direct) __attribute__((nonnull));
