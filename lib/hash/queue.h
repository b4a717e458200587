/*
 * The streams that wait for a worker, and the count of those that are being hashed: what the
 * workers of an engine share.
 */
#pragma once

#include "hash/lanes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
	size_t threads;
	size_t capacity;      /* streams that may wait */
	size_t lanes_max;     /* of one worker */
	atomic_size_t hungry; /* workers that have nothing to do; also read without the lock */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t filled;
	pthread_cond_t emptied;
	struct lanes_work *places; /* owned; a ring, with room for all that are given back */
	size_t places_count;
	size_t first;
	size_t waiting;
	size_t live;    /* being hashed */
	uint64_t bytes; /* of those that wait or are being hashed, all of each */
	bool closing;
};

/* Returns 0 (caller: queue_destroy()), or -1 without memory. */
int queue_init(struct queue *queue, size_t threads, size_t capacity, size_t lanes_max)
	__attribute__((nonnull));

/* Appends a stream; waits while there is no room. Called with the lock held. */
void queue_put(struct queue *queue, const struct lanes_work *work) __attribute__((nonnull));

/* The first stream that waits, or NULL. Called with the lock held; valid as long. */
const struct lanes_work *queue_first(const struct queue *queue) __attribute__((nonnull));

/* Takes the first stream, which there must be, as one that is being hashed. Called with the lock
 * held. */
void queue_take(struct queue *queue, struct lanes_work *out) __attribute__((nonnull));

/* Waits, with the lock held, until a stream waits. Returns false when there is none and will be
 * none. */
bool queue_wait(struct queue *queue) __attribute__((nonnull));

/* The lanes that each worker should have live so that all get the same: at least 1,
 * lanes_max at most. Called with the lock held. */
size_t queue_share(const struct queue *queue) __attribute__((nonnull));

/* Streams of LENGTH bytes together are no longer being hashed. */
void queue_done(struct queue *queue, size_t count, uint64_t length) __attribute__((nonnull));

/* Gives a stream that is being hashed back, for a worker that has none. */
void queue_give(struct queue *queue, const struct lanes_work *work) __attribute__((nonnull));

/* No more will come. */
void queue_close(struct queue *queue) __attribute__((nonnull));

/* Frees it; nobody may use it any more. */
void queue_destroy(struct queue *queue) __attribute__((nonnull));
