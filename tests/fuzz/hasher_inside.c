/*
 * The hasher's interface in front of the same engine, in the same process: the sanitizers need
 * system calls that the contained child's filter forbids. Linked instead of lib/hash/hasher.c.
 */
#include "hash/hasher.h"

#include "base/error.h"
#include "base/mem.h"

#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>

enum { RESULTS_MAX = 1024 };

/* The only one. */
static struct {
	struct engine *engine;
	struct stream_result results[RESULTS_MAX]; /* not taken yet */
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t more;
} inside = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

/* Called by the workers. */
static void
keep_results(void *context, const struct stream_result *results, size_t count)
{
	(void)context;
	pthread_mutex_lock(&inside.lock);
	FUZZ_PROMISE(count <= RESULTS_MAX - inside.count);
	memcpy(&inside.results[inside.count], results, count * sizeof(results[0]));
	inside.count += count;
	pthread_cond_signal(&inside.more);
	pthread_mutex_unlock(&inside.lock);
}

int
hasher_start(struct hasher *hasher, const struct hasher_options *options, struct error *err)
{
	const struct engine_options engine = { .threads = options->threads, .done = keep_results };

	*hasher = (struct hasher){ 0 };
	inside.count = 0;
	inside.engine = engine_open(&engine, err);
	if (!inside.engine)
		return -1;
	hasher->capacity = engine_capacity(inside.engine);
	return 0;
}

size_t
hasher_capacity(const struct hasher *hasher)
{
	return hasher->capacity;
}

int
hasher_submit(struct hasher *hasher, uint32_t index, const struct stream *stream, struct error *err)
{
	struct engine_job given = { .index = index, .stream = *stream };

	given.stream.fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);
	if (engine_submit(inside.engine, &given, 1, err))
		return -1;
	hasher->outstanding++;
	return 0;
}

int
hasher_flush(struct hasher *hasher, struct error *err)
{
	(void)hasher;
	(void)err;
	return 0;
}

int
hasher_next(struct hasher *hasher, int timeout_ms, struct stream_result *out, struct error *err)
{
	struct timespec until;
	int got = 0;

	(void)err;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1 + timeout_ms / 1000;
	pthread_mutex_lock(&inside.lock);
	while (inside.count == 0 && pthread_cond_timedwait(&inside.more, &inside.lock, &until) == 0)
		;
	if (inside.count) {
		*out = inside.results[--inside.count];
		hasher->outstanding--;
		got = 1;
	}
	pthread_mutex_unlock(&inside.lock);
	return got;
}

uint64_t
hasher_progress(const struct hasher *hasher)
{
	(void)hasher;
	return 0;
}

void
hasher_end(struct hasher *hasher)
{
	(void)hasher;
	engine_close(inside.engine);
	inside.engine = NULL;
}
