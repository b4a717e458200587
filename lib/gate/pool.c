#include "gate/pool.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/memory.h"
#include "gate/job_list.h"
#include "gate/verification.h"
#include "hash/hasher.h"
#include "receipt/receipts.h"

#include <stdlib.h>

enum {
	PROGRESS_MS = 100,
	/* A rate means something after this time, or this part of all the time that there is,
	   whichever is longer. */
	FORESEE_MS = 500,
	FORESEE_PART = 32,
	RECALL_SAMPLE = 16, /* files */
};

struct pool {
	struct verification *verification;
	const struct pool_options *options;
	struct hasher hasher;
	struct job_list list; /* largest first, once hashing begins */
	size_t next;          /* the first that has streams to submit */
	size_t outstanding;   /* streams that are being hashed */
	bool filling;         /* in the midst of submitting */
	bool *is_hashing;     /* owned; of each stream */
	bool direct;          /* large files are read past the cache */
	int64_t began_ms;     /* when hashing began; 0: not yet */
	int64_t told_ms;      /* when the progress was told last */
};

/* Hands the next stream of the next file to the hasher. */
static int
start_stream(struct pool *pool, struct error *err)
{
	struct job *job = &pool->list.jobs[pool->next];

	if (job->submitted == 0 && !job_is_done(job) &&
		job_open(job, pool->direct, &pool->verification->report, err))
		return -1;
	if (job_streams_left(job)) {
		size_t number = job->first + job->submitted;
		struct stream stream = job_next_stream(job);

		if (hasher_submit(&pool->hasher, (uint32_t)number, &stream, err))
			return -1;
		pool->is_hashing[number] = true;
		pool->outstanding++;
	}
	pool->next += job_streams_left(job) == 0;
	return 0;
}

static int
finish_stream(struct pool *pool, const struct stream_result *result, struct error *err)
{
	struct job *job = job_list_find(&pool->list, result->index);

	if (result->index >= job->first + job->submitted || !pool->is_hashing[result->index])
		return error_set(err, REASON_INTERNAL, 0,
			"the hasher answered for a file that it was not given");
	pool->is_hashing[result->index] = false;
	pool->outstanding--;
	return job_take(job, &pool->verification->report, result->index - job->first, result, err);
}

struct pool_progress
pool_progress(const struct pool *pool)
{
	const uint64_t remembered = pool->verification->report.bytes_remembered;
	/* The hasher's word, which it may have made up: never more than there is to hash. */
	const uint64_t most = pool->list.bytes > remembered ? pool->list.bytes - remembered : 0;
	const uint64_t done = hasher_progress(&pool->hasher);

	return (struct pool_progress){
		.remembered = remembered,
		.done = done < most ? done : most,
		.total = pool->list.bytes,
		.hashing_ms = pool->began_ms ? clock_monotonic_ms() - pool->began_ms : 0,
	};
}

static int
out_of_time(struct pool *pool, struct error *err)
{
	struct pool_progress progress;

	job_list_measure(&pool->list);
	progress = pool_progress(pool);
	return error_set(err, REASON_DEADLINE, 0, "out of time after %llu of %llu bytes",
		(unsigned long long)(progress.done + progress.remembered),
		(unsigned long long)progress.total);
}

/* True if the rest takes longer, at the rate so far, than there is time. */
static bool
foresees_end(const struct pool *pool, int64_t now)
{
	struct pool_progress progress = pool_progress(pool);
	int64_t allowed = pool->options->deadline_ms - pool->began_ms;
	uint64_t gone = progress.remembered + progress.done;
	double needed;

	if (!pool->options->foresee || progress.done == 0 || gone >= progress.total ||
		progress.hashing_ms < FORESEE_MS || progress.hashing_ms < allowed / FORESEE_PART)
		return false;
	needed = (double)(progress.total - gone) / (double)progress.done *
		 (double)progress.hashing_ms;
	return needed > (double)(pool->options->deadline_ms - now);
}

static int
check_deadline(struct pool *pool, struct error *err)
{
	int64_t deadline = pool->options->deadline_ms;

	return deadline && clock_monotonic_ms() >= deadline ? out_of_time(pool, err) : 0;
}

/* Now and then: tells the progress, and asks whether to go on. */
static int
look_around(struct pool *pool, struct error *err)
{
	const struct pool_options *options = pool->options;
	struct pool_progress progress;
	int64_t now = clock_monotonic_ms();

	if (now - pool->told_ms < PROGRESS_MS)
		return 0;
	pool->told_ms = now;
	if (options->receipts)
		receipts_flush(options->receipts);
	if (options->give_up && options->give_up(options->context, err))
		return -1;
	job_list_measure(&pool->list);
	progress = pool_progress(pool);
	if (options->progress)
		options->progress(
			options->context, progress.remembered + progress.done, progress.total);
	return foresees_end(pool, now) ? out_of_time(pool, err) : 0;
}

/* Waits a moment for one result, and compares it. */
static int
take_result(struct pool *pool, struct error *err)
{
	struct stream_result result;
	int got;

	if (look_around(pool, err))
		return -1;
	got = hasher_next(&pool->hasher, PROGRESS_MS, &result, err);
	return got > 0 ? finish_stream(pool, &result, err) : got;
}

/* Submits until no more streams fit, and then again when half of them have been answered: what is
 * submitted together travels together. */
static bool
is_filling(struct pool *pool)
{
	const size_t capacity = hasher_capacity(&pool->hasher), max = pool->options->streams_max;
	const size_t width = max && max < capacity ? max : capacity;

	if (pool->next == pool->list.count || pool->outstanding == width)
		pool->filling = false;
	else if (pool->outstanding <= width / 2)
		pool->filling = true;
	return pool->filling;
}

static int
run(struct pool *pool, struct error *err)
{
	const struct report *report = &pool->verification->report;

	while (pool->next < pool->list.count || pool->outstanding) {
		if (pool->options->stop_early && report->count)
			return 0;
		if (check_deadline(pool, err))
			return -1;
		if (is_filling(pool) ? start_stream(pool, err) : take_result(pool, err))
			return -1;
	}
	return 0;
}

/* What the page cache cannot hold beside all else is better read past it: the workload will read it
 * again, and what others have in the cache stays there (facts: hashing, section 6). */
static bool
reads_directly(const struct pool *pool)
{
	uint64_t spare;

	if (pool->options->io != POOL_IO_AUTO)
		return pool->options->io == POOL_IO_DIRECT;
	spare = memory_available(MEMORY_PATH);
	return spare && pool->list.bytes > spare / 2;
}

struct pool *
pool_open(struct verification *verification, const struct pool_options *options, struct error *err)
{
	const struct job model = { .collect = options->collect,
		.witness = options->witness,
		.receipts = options->receipts };
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		error_no_memory(err);
		return NULL;
	}
	pool->verification = verification;
	pool->options = options;
	pool->told_ms = clock_monotonic_ms();
	pool->hasher.child.socket = -1;
	for (size_t i = 0; i < verification->count; i++)
		if (job_list_add(&pool->list, &verification->items[i], &model, err)) {
			pool_close(pool);
			return NULL;
		}
	return pool;
}

/* One file: done, or to be opened again for hashing. */
static int
recall(struct pool *pool, struct job *job, struct pool_left *left, struct error *err)
{
	if (check_deadline(pool, err) || look_around(pool, err))
		return -1;
	if (job_is_done(job))
		return 0;
	if (job_open(job, false, &pool->verification->report, err))
		return -1;
	left->files += !job_is_done(job);
	left->lasting += job->memory != NULL;
	job_postpone(job);
	return 0;
}

int
pool_recall(struct pool *pool, struct pool_left *left, struct error *err)
{
	const bool any = receipts_any(pool->options->receipts);

	*left = (struct pool_left){ 0 };
	for (size_t i = 0; i < pool->list.count; i++) {
		if (pool->options->stop_early && pool->verification->report.count)
			return 0;
		/* Where nothing is remembered, some tell whether anything ever will be. */
		if (!any && i == RECALL_SAMPLE) {
			left->files += pool->list.count - i;
			return 0;
		}
		if (recall(pool, &pool->list.jobs[i], left, err))
			return -1;
	}
	return 0;
}

uint64_t
pool_bytes_left(struct pool *pool)
{
	const uint64_t remembered = pool->verification->report.bytes_remembered;

	job_list_measure(&pool->list);
	return pool->list.bytes > remembered ? pool->list.bytes - remembered : 0;
}

int
pool_hash(struct pool *pool, struct error *err)
{
	const struct pool_options *options = pool->options;
	struct hasher_options hasher_options = {
		.threads = options->threads,
		.threads_max = options->threads_max,
		.deadline_ms = options->deadline_ms,
	};

	size_t streams;

	job_list_measure(&pool->list);
	if (job_list_order(&pool->list, &streams, err))
		return -1;
	pool->is_hashing = calloc(streams + 1, sizeof(*pool->is_hashing));
	if (!pool->is_hashing)
		return error_no_memory(err);
	hasher_options.bytes = pool->list.bytes - pool->verification->report.bytes_remembered;
	hasher_options.direct = pool->direct = reads_directly(pool);
	if (hasher_start(&pool->hasher, &hasher_options, err))
		return -1;
	pool->began_ms = clock_monotonic_ms();
	return run(pool, err);
}

void
pool_close(struct pool *pool)
{
	if (!pool)
		return;
	hasher_end(&pool->hasher);
	job_list_release(&pool->list);
	free(pool->is_hashing);
	free(pool);
}

int
pool_run(struct verification *verification, const struct pool_options *options, struct error *err)
{
	struct pool *pool = pool_open(verification, options, err);
	struct pool_left left = { .files = 1 };
	int result = -1;

	if (!pool)
		return -1;
	if ((!options->receipts || pool_recall(pool, &left, err) == 0) &&
		(left.files == 0 || pool_hash(pool, err) == 0))
		result = 0;
	pool_close(pool);
	return result;
}
