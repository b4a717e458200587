#include "hash/direct.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10 };

static void
finish(struct direct_pool *pool, struct direct_read *read, ssize_t got, int os_errno)
{
	pthread_mutex_lock(&pool->lock);
	read->got = got;
	read->os_errno = os_errno;
	read->busy = false;
	read->waiter->finished++;
	pthread_cond_signal(&read->waiter->wake);
	pthread_mutex_unlock(&pool->lock);
}

/* The next read that waits, or NULL at the end. */
static struct direct_read *
take(struct direct_pool *pool)
{
	struct direct_read *read;

	pthread_mutex_lock(&pool->lock);
	while (!pool->first && !pool->closing)
		pthread_cond_wait(&pool->queued, &pool->lock);
	read = pool->first;
	if (read)
		pool->first = read->next;
	pthread_mutex_unlock(&pool->lock);
	return read;
}

static void *
read_on(void *argument)
{
	struct direct_pool *pool = argument;
	struct direct_read *read;
	ssize_t got;

	pthread_mutex_lock(&pool->lock);
	pool->ready++;
	pthread_cond_broadcast(&pool->queued);
	pthread_mutex_unlock(&pool->lock);
	while ((read = take(pool)) != NULL) {
		do
			got = pread(read->fd, read->out, read->size, (off_t)read->offset);
		while (got < 0 && errno == EINTR);
		finish(pool, read, got, got < 0 ? errno : 0);
	}
	return NULL;
}

int
direct_pool_open(struct direct_pool *pool, size_t count, struct error *err)
{
	pthread_attr_t attributes;
	int result;

	*pool = (struct direct_pool){ 0 };
	pool->threads = calloc(count, sizeof(*pool->threads));
	if (!pool->threads)
		return error_no_memory(err);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->queued, NULL);
	pthread_attr_init(&attributes);
	result = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (!result && pool->count < count) {
		result = pthread_create(&pool->threads[pool->count], &attributes, read_on, pool);
		pool->count += !result;
	}
	pthread_attr_destroy(&attributes);
	pthread_mutex_lock(&pool->lock);
	while (pool->ready < pool->count)
		pthread_cond_wait(&pool->queued, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	if (!result)
		return 0;
	direct_pool_close(pool);
	return error_set_os(err, REASON_INTERNAL, result, "hash engine: no thread that reads");
}

void
direct_pool_close(struct direct_pool *pool)
{
	if (!pool->threads)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->queued);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->queued);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	*pool = (struct direct_pool){ 0 };
}

void
direct_waiter_init(struct direct_waiter *waiter)
{
	waiter->finished = 0;
	pthread_cond_init(&waiter->wake, NULL);
}

void
direct_waiter_destroy(struct direct_waiter *waiter)
{
	pthread_cond_destroy(&waiter->wake);
}

void
direct_wait(struct direct_pool *pool, struct direct_waiter *waiter)
{
	pthread_mutex_lock(&pool->lock);
	while (!waiter->finished)
		pthread_cond_wait(&waiter->wake, &pool->lock);
	waiter->finished = 0;
	pthread_mutex_unlock(&pool->lock);
}

/* Asks for the next chunk of the stream, if there is one: up to its end, and one more to see the
 * end where that is due. */
static void
request(struct direct *direct, const struct reader *reader, struct direct_read *read)
{
	const struct stream *stream = &reader->stream;
	struct direct_pool *pool = direct->pool;
	uint64_t left = stream->length - direct->requested;

	if (direct->requested > stream->length ||
		(direct->requested == stream->length && !stream->to_end))
		return;
	read->fd = stream->fd;
	/* The end of a file is seen by a read that reaches behind it. */
	read->size =
		stream->to_end || left > DIRECT_CHUNK_BYTES ? DIRECT_CHUNK_BYTES : (size_t)left;
	read->offset = stream->offset + direct->requested;
	read->busy = true;
	read->next = NULL;
	direct->requested += read->size;
	pthread_mutex_lock(&pool->lock);
	if (pool->first)
		pool->last->next = read;
	else
		pool->first = read;
	pool->last = read;
	pthread_cond_signal(&pool->queued);
	pthread_mutex_unlock(&pool->lock);
}

void
direct_start(struct direct *direct, struct direct_pool *pool, struct direct_waiter *waiter,
	const struct reader *reader, uint8_t *buffer)
{
	*direct = (struct direct){ .pool = pool, .requested = reader->done };
	for (size_t i = 0; i < ARRAY_SIZE(direct->reads); i++) {
		direct->reads[i].out = buffer + i * DIRECT_CHUNK_BYTES;
		direct->reads[i].waiter = waiter;
		request(direct, reader, &direct->reads[i]);
	}
}

static bool
is_busy(struct direct *direct, const struct direct_read *read)
{
	bool busy;

	pthread_mutex_lock(&direct->pool->lock);
	busy = read->busy;
	pthread_mutex_unlock(&direct->pool->lock);
	return busy;
}

enum direct_state
direct_next(struct direct *direct, struct reader *reader, const uint8_t **bytes, size_t *length,
	struct stream_result *result)
{
	struct direct_read *read = &direct->reads[direct->current];

	if (direct->in_use) {
		request(direct, reader, read);
		direct->in_use = false;
		direct->current = 1 - direct->current;
		read = &direct->reads[direct->current];
	}
	if (is_busy(direct, read))
		return DIRECT_WAIT;
	direct->in_use = true;
	if (!reader_accept(reader, read->size, read->got, read->os_errno, result))
		return DIRECT_FAILED;
	*bytes = read->out;
	*length = (size_t)read->got;
	return DIRECT_DATA;
}

void
direct_stop(struct direct *direct)
{
	for (size_t i = 0; i < ARRAY_SIZE(direct->reads); i++)
		while (is_busy(direct, &direct->reads[i]))
			direct_wait(direct->pool, direct->reads[i].waiter);
}
