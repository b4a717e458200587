#include "hash/engine.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "hash/kernel_plan.h"
#include "hash/queue.h"
#include "hash/worker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum {
	STACK_BYTES = 256 << 10, /* OpenSSL's deepest path takes a few KiB */
	STREAMS_PER_THREAD =
		64,             /* small files: the next ones wait here, not at the other process */
	CPUS_MAX = 8192,        /* as many as any Linux is built for */
	READERS_PER_THREAD = 4, /* of direct reads */
	READERS_MAX = 32,
};

/* From so many bytes on, a millisecond to learn the rates of the kernels is worth it. */
static const uint64_t MEASURE_BYTES = 256 << 20;

struct thread {
	pthread_t pthread;
	struct engine *engine;
	struct worker worker; /* owned */
};

struct engine {
	struct kernel_plan plan;
	struct queue queue;
	struct direct_pool pool;
	struct thread *threads; /* owned */
	size_t prepared;
	size_t running;
	size_t ready; /* threads that have come to work; under the queue's lock */
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
	return engine->queue.capacity;
}

/* Which kernels hash. Where one is wrong, or nothing can be measured, the others or OpenSSL do: a
 * kernel is never worth a refusal. */
static void
make_plan(struct engine *engine, uint64_t bytes)
{
	struct kernel_rates rates;
	struct kernel_set set;
	struct error ignored;

	kernel_find(&set);
	kernel_check(&set, &ignored);
	rates = kernel_plan_typical(&set);
	if (bytes >= MEASURE_BYTES && kernel_plan_measure(&set, &rates, &ignored))
		rates = kernel_plan_typical(&set);
	kernel_plan_make(&set, &rates, &engine->plan);
}

static void *
work(void *argument)
{
	struct thread *thread = argument;
	struct queue *queue = &thread->engine->queue;

	pthread_mutex_lock(&queue->lock);
	thread->engine->ready++;
	pthread_cond_signal(&queue->emptied);
	pthread_mutex_unlock(&queue->lock);
	worker_run(&thread->worker);
	return NULL;
}

/* Starts the threads, with all signals blocked: those are for the caller's thread. */
static int
start_threads(struct engine *engine, const pthread_attr_t *attributes)
{
	sigset_t all, before;
	int result = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (engine->running < engine->prepared && !result) {
		struct thread *thread = &engine->threads[engine->running];

		result = pthread_create(&thread->pthread, attributes, work, thread);
		if (!result)
			engine->running++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* The C library's first calls of a thread (rseq, set_robust_list) are in no filter's table and end
 * the process where they fail: wait until all threads have made them. */
static void
await_threads(struct engine *engine)
{
	struct queue *queue = &engine->queue;

	pthread_mutex_lock(&queue->lock);
	while (engine->ready < engine->running)
		pthread_cond_wait(&queue->emptied, &queue->lock);
	pthread_mutex_unlock(&queue->lock);
}

static int
run_threads(struct engine *engine, struct error *err)
{
	pthread_attr_t attributes;
	int result = pthread_attr_init(&attributes);

	if (result)
		return error_set_os(err, REASON_INTERNAL, result, "hash engine: no thread");
	result = pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (!result)
		result = start_threads(engine, &attributes);
	pthread_attr_destroy(&attributes);
	await_threads(engine);
	if (result)
		return error_set_os(err, REASON_INTERNAL, result,
			"hash engine: thread %zu of %zu cannot be started", engine->running + 1,
			engine->prepared);
	return 0;
}

static int
start_workers(struct engine *engine, const struct engine_options *options, struct error *err)
{
	const struct worker_options shared = {
		.queue = &engine->queue,
		.plan = &engine->plan,
		.pool = options->direct ? &engine->pool : NULL,
		.done = options->done,
		.context = options->context,
		.progress = options->progress,
	};

	while (engine->prepared < engine->queue.threads) {
		struct thread *thread = &engine->threads[engine->prepared++];

		thread->engine = engine;
		if (worker_open(&thread->worker, &shared, err))
			return -1;
	}
	return run_threads(engine, err);
}

static int
open_direct(struct engine *engine, const struct engine_options *options, struct error *err)
{
	size_t count = engine->queue.threads * READERS_PER_THREAD;

	if (!options->direct)
		return 0;
	return direct_pool_open(&engine->pool, count < READERS_MAX ? count : READERS_MAX, err);
}

struct engine *
engine_open(const struct engine_options *options, struct error *err)
{
	size_t threads = engine_threads(options->threads);
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine || queue_init(&engine->queue, threads, engine_capacity_of(threads),
			       options->direct ? LANES_DIRECT : KERNEL_LANES_MAX)) {
		free(engine);
		error_no_memory(err);
		return NULL;
	}
	make_plan(engine, options->bytes);
	engine->threads = calloc(threads, sizeof(*engine->threads));
	if (!engine->threads)
		error_no_memory(err);
	if (!engine->threads || open_direct(engine, options, err) ||
		start_workers(engine, options, err)) {
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
	struct queue *queue = &engine->queue;

	if (check_jobs(jobs, count, err)) {
		for (size_t i = 0; i < count; i++)
			mem_close_fd(&jobs[i].stream.fd);
		return -1;
	}
	pthread_mutex_lock(&queue->lock);
	for (size_t i = 0; i < count; i++) {
		struct lanes_work work = { .index = jobs[i].index };

		reader_start(&work.reader, &jobs[i].stream);
		queue_put(queue, &work);
	}
	if (count == 1)
		pthread_cond_signal(&queue->filled);
	else
		pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

void
engine_close(struct engine *engine)
{
	if (!engine)
		return;
	queue_close(&engine->queue);
	for (size_t i = 0; i < engine->running; i++)
		pthread_join(engine->threads[i].pthread, NULL);
	for (size_t i = 0; i < engine->prepared; i++)
		worker_close(&engine->threads[i].worker);
	direct_pool_close(&engine->pool);
	queue_destroy(&engine->queue);
	free(engine->threads);
	free(engine);
}
