#include "hash/worker.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
	CHUNK_BYTES = 256 << 10, /* read() is fastest from here on, and it stays in the L2 cache */
	CHUNK_ALIGNMENT = 4096,
	ANSWER_BYTES = 1 << 20, /* answers about less content may wait for company */
	GIVE_BYTES = 1 << 20,   /* less is sooner hashed here than handed over */
};

int
worker_open(struct worker *worker, const struct worker_options *options, struct error *err)
{
	*worker = (struct worker){ .options = *options };
	worker->buffer = aligned_alloc(CHUNK_ALIGNMENT, CHUNK_BYTES);
	if (!worker->buffer ||
		lanes_open(&worker->lanes, options->plan, options->pool, options->progress))
		return error_no_memory(err);
	for (size_t i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++) {
		worker->digests[i] = digest_open((enum digest_algorithm)i, err);
		if (!worker->digests[i] && i == DIGEST_SHA256)
			return -1;
	}
	return 0;
}

void
worker_close(struct worker *worker)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		digest_close(worker->digests[i]);
	lanes_close(&worker->lanes);
	free(worker->buffer);
}

/* Reads the stream into the digest of its kind. Returns false with the reason in RESULT. */
static bool
add_bytes(struct worker *worker, struct reader *reader, struct stream_result *result)
{
	struct digest_context *context = worker->digests[reader->stream.algorithm];
	_Atomic uint64_t *progress = worker->options.progress;
	struct error err;
	size_t got;

	result->reason = REASON_INTERNAL;
	if (!context || digest_restart(context, &err))
		return false;
	while (!reader->whole) {
		if (!reader_read(reader, worker->buffer, CHUNK_BYTES, &got, result))
			return false;
		if (digest_update(context, worker->buffer, got, &err))
			return false;
		if (progress)
			atomic_fetch_add_explicit(progress, got, memory_order_relaxed);
	}
	if (digest_finish(context, &result->digest, &err))
		return false;
	result->reason = REASON_NONE;
	return true;
}

/* Hashes one stream from its beginning to its end by OpenSSL. */
static void
hash_plain(struct worker *worker, struct lanes_work *work)
{
	struct stream_result *result = &worker->answers[worker->answer_count++];

	*result = (struct stream_result){ .index = work->index };
	if (!add_bytes(worker, &work->reader, result))
		result->digest = (struct digest){ 0 };
	worker->answer_bytes += work->reader.stream.length;
	reader_end(&work->reader);
}

static void
send_answers(struct worker *worker)
{
	if (!worker->answer_count)
		return;
	queue_done(worker->options.queue, worker->answer_count, worker->answer_bytes);
	worker->options.done(worker->options.context, worker->answers, worker->answer_count);
	worker->answer_count = 0;
	worker->answer_bytes = 0;
}

/* Those of much content go at once, so that nobody waits for them; those of small files in company.
 */
static void
send_full_answers(struct worker *worker)
{
	if (worker->answer_bytes >= ANSWER_BYTES || worker->answer_count >= WORKER_ANSWERS / 2)
		send_answers(worker);
}

/* True if the kernels hash this stream, beside as many others as there are for each worker. */
static bool
suits_lanes(const struct worker *worker, const struct lanes_work *work)
{
	return work->started ||
	       (work->reader.stream.algorithm == DIGEST_SHA256 &&
		       kernel_plan_gains(worker->options.plan, queue_share(worker->options.queue)));
}

/* True if that stream alone in a worker takes longer than everything together takes all of them: it
 * should not share a worker for a moment (facts: hashing, section 5). */
static bool
dominates(const struct worker *worker, const struct lanes_work *work)
{
	const struct kernel_plan *plan = worker->options.plan;
	const struct queue *queue = worker->options.queue;
	size_t share = queue_share(queue);
	double alone, together;

	if (share < 2 || worker->lanes.live)
		return false;
	alone = (double)reader_left(&work->reader) * plan->seconds[1];
	together = (double)queue->bytes * plan->seconds[share] / (double)share /
		   (double)queue->threads;
	return alone > together;
}

/* Takes streams that wait into free lanes, as many as leave the other workers their share; or one
 * that OpenSSL hashes, into PLAIN. Called with the lock held. Returns true if there is one in
 * PLAIN. */
static bool
take_streams(struct worker *worker, struct lanes_work *plain)
{
	struct queue *queue = worker->options.queue;
	const struct lanes_work *next;
	struct lanes_work work;

	while ((next = queue_first(queue)) &&
		worker->lanes.live < (worker->alone ? 1 : queue_share(queue))) {
		if (!suits_lanes(worker, next)) {
			if (worker->lanes.live)
				return false;
			queue_take(queue, plain);
			return true;
		}
		worker->alone = dominates(worker, next);
		queue_take(queue, &work);
		lanes_take(&worker->lanes, &work);
	}
	return false;
}

/* Gets something to do; waits where there is nothing, with all answers given. Returns false at the
 * end of all work. */
static bool
get_work(struct worker *worker, struct lanes_work *plain, bool *has_plain)
{
	struct queue *queue = worker->options.queue;
	bool going = true;

	pthread_mutex_lock(&queue->lock);
	if (!worker->lanes.live && !queue_first(queue)) {
		pthread_mutex_unlock(&queue->lock);
		send_answers(worker);
		pthread_mutex_lock(&queue->lock);
		going = queue_wait(queue);
	}
	*has_plain = going && take_streams(worker, plain);
	pthread_mutex_unlock(&queue->lock);
	return going;
}

/* Lets the longest stream go on elsewhere where a worker has nothing to do. */
static void
share_work(struct worker *worker)
{
	struct queue *queue = worker->options.queue;
	struct lanes_work work;

	if (!atomic_load_explicit(&queue->hungry, memory_order_relaxed) || worker->lanes.live < 2 ||
		lanes_longest(&worker->lanes) < GIVE_BYTES)
		return;
	lanes_give(&worker->lanes, &work);
	queue_give(queue, &work);
}

static void
step(struct worker *worker)
{
	struct stream_result *answers = worker->answers + worker->answer_count;

	worker->answer_count += lanes_step(&worker->lanes, answers, &worker->answer_bytes);
	worker->alone = worker->alone && worker->lanes.live;
	share_work(worker);
}

void
worker_run(struct worker *worker)
{
	struct lanes_work plain;
	bool has_plain;

	while (get_work(worker, &plain, &has_plain)) {
		if (has_plain)
			hash_plain(worker, &plain);
		else
			step(worker);
		send_full_answers(worker);
	}
}
