#include "hash/engine.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

enum {
	CHUNK_BYTES = 256 << 10, /* read() is fastest from here on, and it stays in the L2 cache */
	CHUNK_ALIGNMENT = 4096,
	STACK_BYTES = 256 << 10, /* OpenSSL's deepest path takes a few KiB */
	STREAMS_PER_THREAD =
		64,         /* small files: the next ones wait here, not at the other process */
	BATCH_STREAMS = 16, /* small ones, that one worker takes and answers at a time */
	BATCH_BYTES = 256 << 10, /* of all in a batch but the first */
	CPUS_MAX = 8192,         /* as many as any Linux is built for */
};

struct worker {
	pthread_t thread;
	struct engine *engine;
	uint8_t *buffer;                              /* owned */
	struct digest_context *digests[DIGEST_COUNT]; /* owned; NULL: cannot be computed here */
};

struct engine {
	struct engine_options options;
	size_t threads;         /* that run */
	struct worker *workers; /* owned */
	size_t workers_made;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t filled;
	pthread_cond_t emptied;   /* the queue; also: one more is ready */
	size_t ready;             /* workers that have come to wait for jobs */
	struct engine_job *queue; /* owned; a ring of engine_capacity() places */
	size_t capacity;
	size_t first;
	size_t waiting;
	bool closing;
};

size_t
engine_threads(size_t wanted)
{
	unsigned long mask[CPUS_MAX / (8 * sizeof(unsigned long))] = { 0 };
	size_t count = wanted;

	if (!count && sched_getaffinity(0, sizeof(mask), (cpu_set_t *)mask) == 0)
		count = (size_t)CPU_COUNT_S(sizeof(mask), (cpu_set_t *)mask);
	if (!count)
		return 1;
	return count < LIMIT_THREADS ? count : LIMIT_THREADS;
}

size_t
engine_capacity_of(size_t threads)
{
	return threads * STREAMS_PER_THREAD;
}

size_t
engine_capacity(const struct engine *engine)
{
	return engine->capacity;
}

static void
fail(struct stream_result *result, enum reason reason, int os_errno)
{
	result->reason = reason;
	result->os_errno = os_errno;
}

/* pread() through interruptions. */
static ssize_t
read_at(int fd, void *out, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, out, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads the next bytes of the stream, of which DONE were read, and one more where it must end with
 * the file. Returns how many, 0 at the file's end, or -1 with errno. */
static ssize_t
read_next(struct worker *worker, const struct stream *stream, uint64_t done, size_t *asked)
{
	uint64_t left = stream->length - done;

	*asked = left < CHUNK_BYTES ? (size_t)left + stream->to_end : CHUNK_BYTES;
	return read_at(stream->fd, worker->buffer, *asked, stream->offset + done);
}

/* Reads the stream into the digest. Returns true if all was there and, where the file must end, no
 * more. */
static bool
add_bytes(struct worker *worker, const struct stream *stream, struct stream_result *result)
{
	_Atomic uint64_t *progress = worker->engine->options.progress;
	bool ended = !stream->to_end;
	uint64_t done = 0;
	struct error err;
	size_t asked;
	ssize_t got;

	while (done < stream->length || !ended) {
		got = read_next(worker, stream, done, &asked);
		ended = !stream->to_end || (got >= 0 && (size_t)got < asked);
		if (got == 0 && done == stream->length)
			break;
		if (got <= 0 || (uint64_t)got > stream->length - done) {
			fail(result, got < 0 ? REASON_IO : REASON_BUSY, got < 0 ? errno : 0);
			return false;
		}
		if (digest_update(worker->digests[stream->algorithm], worker->buffer, (size_t)got,
			    &err)) {
			fail(result, err.reason, 0);
			return false;
		}
		done += (uint64_t)got;
		if (progress)
			atomic_fetch_add_explicit(progress, (uint64_t)got, memory_order_relaxed);
	}
	return true;
}

/* The one place that knows how a stream is hashed. */
static void
hash_stream(struct worker *worker, const struct stream *stream, struct stream_result *result)
{
	struct digest_context *context = worker->digests[stream->algorithm];
	struct digest digest;
	struct error err;

	if (stream->length > CHUNK_BYTES) /* advice; a refusal costs time alone */
		posix_fadvise(stream->fd, (off_t)stream->offset, (off_t)stream->length,
			POSIX_FADV_SEQUENTIAL);
	if (!context || digest_restart(context, &err)) {
		fail(result, REASON_INTERNAL, 0);
		return;
	}
	if (!add_bytes(worker, stream, result))
		return;
	if (digest_finish(context, &digest, &err)) {
		fail(result, err.reason, 0);
		return;
	}
	result->digest = digest;
}

/* The next job into the batch, if it fits: one always does. Called with the lock held. */
static bool
take_job(struct engine *engine, struct engine_job *batch, size_t count, uint64_t *bytes)
{
	const struct engine_job *next = &engine->queue[engine->first];

	if (!engine->waiting)
		return false;
	if (count && (count == BATCH_STREAMS || next->stream.length > BATCH_BYTES - *bytes))
		return false;
	batch[count] = *next;
	*bytes = next->stream.length < BATCH_BYTES ? *bytes + next->stream.length : BATCH_BYTES;
	engine->first = (engine->first + 1) % engine->capacity;
	engine->waiting--;
	return true;
}

/* Waits for jobs, and takes as many small ones as leave the other workers their share. Returns how
 * many, 0 when there are none and will be none. */
static size_t
take_jobs(struct engine *engine, struct engine_job *batch)
{
	size_t count = 0, share;
	uint64_t bytes = 0;

	pthread_mutex_lock(&engine->lock);
	while (!engine->waiting && !engine->closing)
		pthread_cond_wait(&engine->filled, &engine->lock);
	share = engine->waiting / engine->threads + 1;
	while (count < share && take_job(engine, batch, count, &bytes))
		count++;
	if (count)
		pthread_cond_signal(&engine->emptied);
	pthread_mutex_unlock(&engine->lock);
	return count;
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct engine *engine = worker->engine;
	struct engine_job batch[BATCH_STREAMS];
	size_t count;

	pthread_mutex_lock(&engine->lock);
	engine->ready++;
	pthread_cond_signal(&engine->emptied);
	pthread_mutex_unlock(&engine->lock);
	while ((count = take_jobs(engine, batch)) > 0) {
		struct stream_result results[BATCH_STREAMS] = { 0 };

		for (size_t i = 0; i < count; i++) {
			results[i].index = batch[i].index;
			hash_stream(worker, &batch[i].stream, &results[i]);
			close(batch[i].stream.fd);
		}
		engine->options.done(engine->options.context, results, count);
	}
	return NULL;
}

static void
release_worker(struct worker *worker)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		digest_close(worker->digests[i]);
	free(worker->buffer);
}

static int
prepare_worker(struct engine *engine, struct worker *worker, struct error *err)
{
	worker->engine = engine;
	worker->buffer = aligned_alloc(CHUNK_ALIGNMENT, CHUNK_BYTES);
	if (!worker->buffer)
		return error_no_memory(err);
	memset(worker->buffer, 0, CHUNK_BYTES); /* so that its pages are there */
	for (size_t i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++) {
		worker->digests[i] = digest_open((enum digest_algorithm)i, err);
		if (!worker->digests[i] && i == DIGEST_SHA256)
			return -1;
	}
	return 0;
}

/* Starts the threads, with all signals blocked: those are for the caller's thread. */
static int
start_threads(struct engine *engine, const pthread_attr_t *attributes)
{
	sigset_t all, before;
	int result = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (engine->threads < engine->workers_made && !result) {
		struct worker *worker = &engine->workers[engine->threads];

		result = pthread_create(&worker->thread, attributes, work, worker);
		if (!result)
			engine->threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* The C library's first calls of a thread (rseq, set_robust_list) are in no filter's table and end
 * the process where they fail: wait until all threads have made them. */
static void
await_threads(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (engine->ready < engine->threads)
		pthread_cond_wait(&engine->emptied, &engine->lock);
	pthread_mutex_unlock(&engine->lock);
}

static int
start_workers(struct engine *engine, size_t count, struct error *err)
{
	pthread_attr_t attributes;
	int result;

	for (size_t i = 0; i < count; i++) {
		engine->workers_made++;
		if (prepare_worker(engine, &engine->workers[i], err))
			return -1;
	}
	result = pthread_attr_init(&attributes);
	if (result)
		return error_set_os(err, REASON_INTERNAL, result, "hash engine: no thread");
	result = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (!result)
		result = start_threads(engine, &attributes);
	pthread_attr_destroy(&attributes);
	await_threads(engine);
	if (result)
		return error_set_os(err, REASON_INTERNAL, result,
			"hash engine: thread %zu of %zu cannot be started", engine->threads + 1,
			count);
	return 0;
}

struct engine *
engine_open(const struct engine_options *options, struct error *err)
{
	size_t threads = engine_threads(options->threads);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine) {
		error_no_memory(err);
		return NULL;
	}
	engine->options = *options;
	engine->capacity = engine_capacity_of(threads);
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->filled, NULL);
	pthread_cond_init(&engine->emptied, NULL);
	engine->queue = calloc(engine->capacity, sizeof(*engine->queue));
	engine->workers = calloc(threads, sizeof(*engine->workers));
	if (!engine->queue || !engine->workers) {
		engine_close(engine);
		error_no_memory(err);
		return NULL;
	}
	if (start_workers(engine, threads, err)) {
		engine_close(engine);
		return NULL;
	}
	return engine;
}

static int
check_jobs(const struct engine_job *jobs, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (digest_size(jobs[i].stream.algorithm) == 0)
			return error_set(err, REASON_INTERNAL, 0,
				"hash engine: stream %u has no algorithm", jobs[i].index);
	return 0;
}

int
engine_submit(struct engine *engine, const struct engine_job *jobs, size_t count, struct error *err)
{
	if (check_jobs(jobs, count, err)) {
		for (size_t i = 0; i < count; i++)
			mem_close_fd(&jobs[i].stream.fd);
		return -1;
	}
	pthread_mutex_lock(&engine->lock);
	for (size_t i = 0; i < count; i++) {
		while (engine->waiting == engine->capacity) {
			pthread_cond_broadcast(&engine->filled);
			pthread_cond_wait(&engine->emptied, &engine->lock);
		}
		engine->queue[(engine->first + engine->waiting) % engine->capacity] = jobs[i];
		engine->waiting++;
	}
	if (count == 1)
		pthread_cond_signal(&engine->filled);
	else
		pthread_cond_broadcast(&engine->filled);
	pthread_mutex_unlock(&engine->lock);
	return 0;
}

void
engine_close(struct engine *engine)
{
	if (!engine)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->closing = true;
	pthread_cond_broadcast(&engine->filled);
	pthread_mutex_unlock(&engine->lock);
	for (size_t i = 0; i < engine->threads; i++)
		pthread_join(engine->workers[i].thread, NULL);
	for (size_t i = 0; i < engine->workers_made; i++)
		release_worker(&engine->workers[i]);
	pthread_cond_destroy(&engine->emptied);
	pthread_cond_destroy(&engine->filled);
	pthread_mutex_destroy(&engine->lock);
	free(engine->workers);
	free(engine->queue);
	free(engine);
}
