#include "hash/queue.h"

#include <stdlib.h>

int
queue_init(struct queue *queue, size_t threads, size_t capacity, size_t lanes_max)
{
	*queue = (struct queue){ .threads = threads, .capacity = capacity, .lanes_max = lanes_max };
	queue->places_count = capacity + threads * KERNEL_LANES_MAX;
	queue->places = calloc(queue->places_count, sizeof(*queue->places));
	if (!queue->places)
		return -1;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->filled, NULL);
	pthread_cond_init(&queue->emptied, NULL);
	return 0;
}

void
queue_destroy(struct queue *queue)
{
	pthread_cond_destroy(&queue->emptied);
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
	free(queue->places);
}

static void
append(struct queue *queue, const struct lanes_work *work)
{
	queue->places[(queue->first + queue->waiting) % queue->places_count] = *work;
	queue->waiting++;
}

void
queue_put(struct queue *queue, const struct lanes_work *work)
{
	while (queue->waiting >= queue->capacity) {
		pthread_cond_broadcast(&queue->filled);
		pthread_cond_wait(&queue->emptied, &queue->lock);
	}
	append(queue, work);
	queue->bytes += work->reader.stream.length;
}

const struct lanes_work *
queue_first(const struct queue *queue)
{
	return queue->waiting ? &queue->places[queue->first] : NULL;
}

void
queue_take(struct queue *queue, struct lanes_work *out)
{
	*out = queue->places[queue->first];
	queue->first = (queue->first + 1) % queue->places_count;
	queue->waiting--;
	queue->live++;
	pthread_cond_signal(&queue->emptied);
}

bool
queue_wait(struct queue *queue)
{
	while (!queue->waiting && !queue->closing) {
		atomic_fetch_add(&queue->hungry, 1);
		pthread_cond_wait(&queue->filled, &queue->lock);
		atomic_fetch_sub(&queue->hungry, 1);
	}
	return queue->waiting > 0;
}

size_t
queue_share(const struct queue *queue)
{
	size_t all = queue->waiting + queue->live;
	size_t share = (all + queue->threads - 1) / queue->threads;

	return share == 0 ? 1 : share < queue->lanes_max ? share : queue->lanes_max;
}

void
queue_done(struct queue *queue, size_t count, uint64_t length)
{
	pthread_mutex_lock(&queue->lock);
	queue->live -= count;
	queue->bytes -= length;
	pthread_mutex_unlock(&queue->lock);
}

void
queue_give(struct queue *queue, const struct lanes_work *work)
{
	pthread_mutex_lock(&queue->lock);
	queue->live--;
	append(queue, work);
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

void
queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closing = true;
	pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}
