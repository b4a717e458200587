#include "gate/contents.h"

#include "base/error.h"
#include "gate/running.h"
#include "gate/verification.h"
#include "receipt/receipts.h"

/* One run: its own progress goes to everybody, and to whom the caller named. */
struct contents {
	struct verification *verification;
	const struct contents_options *options;
	struct pool_options pool_options;
	struct pool *pool;
	struct running running;
	struct contents_rest *rest;
};

static void
tell(void *context, uint64_t done, uint64_t total)
{
	struct contents *contents = context;
	const struct pool_options *asked = &contents->options->pool;

	running_tell(&contents->running, done, total);
	if (asked->progress)
		asked->progress(asked->context, done, total);
}

static int
give_up(void *context, struct error *err)
{
	const struct contents *contents = context;
	const struct pool_options *asked = &contents->options->pool;

	return asked->give_up ? asked->give_up(asked->context, err) : 0;
}

/* Waits until nobody else verifies one of the models. */
static int
take_turn(struct contents *contents, bool *waited, struct error *err)
{
	const struct running_wait wait = {
		.deadline_ms = contents->pool_options.deadline_ms,
		.left = pool_bytes_left(contents->pool),
		.give_up = give_up,
		.context = contents,
	};
	struct running_progress ahead = { 0 };
	struct running running;

	if (running_begin(contents->options->running, contents->verification, &wait, &running,
		    waited, &ahead, err) == 0) {
		contents->running = running;
		return 0;
	}
	*contents->rest = (struct contents_rest){
		.elsewhere = true,
		.lasting = true,
		.done = ahead.done,
		.total = ahead.total,
		.left_ms = running_left_ms(&ahead),
	};
	return -1;
}

/* What receipts say; then the turn; and once more where somebody else may have written some. */
static int
recall(struct contents *contents, struct pool_left *left, struct error *err)
{
	bool waited = false;

	if (pool_recall(contents->pool, left, err))
		return -1;
	if (left->lasting == 0 || !contents->options->running)
		return 0;
	if (take_turn(contents, &waited, err))
		return -1;
	/* Also without waiting: it may have ended just before. */
	receipts_refresh(contents->pool_options.receipts);
	return pool_recall(contents->pool, left, err);
}

static void
keep_rest(const struct contents *contents, const struct pool_left *left_files)
{
	const struct pool_progress progress = pool_progress(contents->pool);
	uint64_t left = progress.total - progress.remembered - progress.done;

	*contents->rest = (struct contents_rest){
		.lasting = left_files->lasting > 0,
		.done = progress.remembered + progress.done,
		.total = progress.total,
		.left_ms = -1,
	};
	/* A rate of less than a byte in a millisecond is no rate. */
	if (progress.done && progress.hashing_ms > 0 &&
		progress.done > (uint64_t)progress.hashing_ms)
		contents->rest->left_ms = (int64_t)((double)left / (double)progress.done *
						    (double)progress.hashing_ms);
}

static int
compare(struct contents *contents, struct error *err)
{
	const struct contents_options *options = contents->options;
	struct pool_left left = { .files = 1 };
	int result;

	if (contents->pool_options.receipts && recall(contents, &left, err))
		return -1;
	if (left.files == 0 || (options->pool.stop_early && contents->verification->report.count))
		return 0;
	if (options->place)
		options->place(options->context, &contents->pool_options);
	result = pool_hash(contents->pool, err);
	if (result && err->reason == REASON_DEADLINE)
		keep_rest(contents, &left);
	return result;
}

int
contents_compare(struct verification *verification, const struct contents_options *options,
	struct contents_rest *rest, struct error *err)
{
	struct contents contents = {
		.verification = verification,
		.options = options,
		.pool_options = options->pool,
		.running = RUNNING_NONE,
		.rest = rest,
	};
	int result;

	*rest = (struct contents_rest){ .left_ms = -1 };
	contents.pool_options.progress = tell;
	contents.pool_options.give_up = give_up;
	contents.pool_options.context = &contents;
	contents.pool = pool_open(verification, &contents.pool_options, err);
	if (!contents.pool)
		return -1;
	result = compare(&contents, err);
	pool_close(contents.pool);
	/* Whoever has the turn next finds all that we found. */
	if (contents.running.fd >= 0)
		receipts_refresh(contents.pool_options.receipts);
	running_end(&contents.running);
	return result;
}
