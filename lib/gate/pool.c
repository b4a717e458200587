#include "gate/pool.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lease.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/verification.h"
#include "hash/hasher.h"

#include <errno.h>
#include <string.h>

enum { PROGRESS_MS = 100 };

enum job_state {
	JOB_WAITING,
	JOB_HASHING,
	JOB_DONE,
};

/* One file that is signed and there. */
struct job {
	const struct verification_item *item;
	struct resource *resource;
	const char *name; /* in the model's tree */
	uint64_t size;    /* when it was listed; for the order and the progress alone */
	enum job_state state;
	bool leased;
	struct model_file file; /* while JOB_HASHING */
};

struct pool {
	struct verification *verification;
	const struct pool_options *options;
	struct hasher hasher;
	struct job *jobs; /* owned; largest first */
	size_t count;
	size_t capacity;
	size_t next;        /* the first that waits */
	size_t outstanding; /* being hashed */
	uint64_t total;     /* bytes */
	int64_t told_ms;    /* when the progress was told last */
};

static int
add_job(struct pool *pool, const struct verification_item *item, struct resource *resource,
	const char *name, struct error *err)
{
	struct job *job;

	if (mem_grow((void **)&pool->jobs, pool->count, &pool->capacity, sizeof(*pool->jobs)))
		return error_no_memory(err);
	job = &pool->jobs[pool->count++];
	*job = (struct job){ .item = item, .resource = resource, .name = name, .file.fd = -1 };
	job->size = model_file_size(&item->model, name);
	pool->total += job->size;
	return 0;
}

/* Whether this entry of the tree can be hashed; what cannot be is in the report already. */
static bool
is_hashable(const struct verification_item *item, const struct tree_entry *entry)
{
	return entry->kind == TREE_FILE ||
	       (entry->kind == TREE_LINK && item->model.links != MODEL_LINKS_REFUSE);
}

static int
add_jobs(struct pool *pool, const struct verification_item *item, struct error *err)
{
	const struct statement *statement = &item->signed_model.statement;
	size_t i;

	for (i = 0; i < statement->resource_count; i++) {
		struct resource *resource = &statement->resources[i];
		const char *name = item->model.single ? "." : resource->name;
		const struct tree_entry *entry = tree_find(&item->model.tree, name);

		if (entry && is_hashable(item, entry) &&
			add_job(pool, item, resource, entry->name, err))
			return -1;
	}
	return 0;
}

static int
larger_first(const void *a, const void *b)
{
	uint64_t left = ((const struct job *)a)->size, right = ((const struct job *)b)->size;

	return left < right ? 1 : left > right ? -1 : 0;
}

static int
add_finding(struct pool *pool, const struct job *job, enum reason reason, const char *detail,
	struct error *err)
{
	return report_add(&pool->verification->report, reason, job->item->model.label, job->name,
		       detail, err)
		       ? 0
		       : -1;
}

/* A file that could not be opened or leased becomes a finding; only our own failures end the run.
 */
static int
job_failed(struct pool *pool, struct job *job, const struct error *cause, struct error *err)
{
	mem_close_fd(&job->file.fd);
	job->file.fd = -1;
	job->state = JOB_DONE;
	if (cause->reason == REASON_INTERNAL) {
		*err = *cause;
		return error_wrap(err, "%s", TEXT_QUOTE(job->name));
	}
	return add_finding(pool, job, cause->reason, cause->text, err);
}

/* Opens the next file and hands it to the hasher. */
static int
start_job(struct pool *pool, struct error *err)
{
	struct job *job = &pool->jobs[pool->next++];
	struct stream stream = { .algorithm = job->resource->digest.algorithm, .to_end = true };
	struct error cause = { 0 };

	if (model_open_file(&job->item->model, job->name, &job->file, &cause) ||
		lease_take(job->file.fd, &job->leased, &cause))
		return job_failed(pool, job, &cause, err);
	/* After the flush, which may move the times. */
	if (fstat(job->file.fd, &job->file.st))
		return error_set_os(err, REASON_INTERNAL, errno, "%s: cannot be examined",
			TEXT_QUOTE(job->name));
	stream.fd = job->file.fd;
	stream.length = (uint64_t)job->file.st.st_size;
	if (hasher_submit(&pool->hasher, (uint32_t)(job - pool->jobs), &stream, err))
		return -1;
	job->state = JOB_HASHING;
	pool->outstanding++;
	return 0;
}

static bool
same_times(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* True if nobody wrote the file, as far as the kernel tells, since it was opened. */
static bool
is_unchanged(const struct job *job)
{
	const struct stat *before = &job->file.st;
	struct stat after;

	return fstat(job->file.fd, &after) == 0 && before->st_size == after.st_size &&
	       same_times(&before->st_mtim, &after.st_mtim) &&
	       same_times(&before->st_ctim, &after.st_ctim) &&
	       (!job->leased || lease_is_held(job->file.fd));
}

static int
compare(struct pool *pool, const struct job *job, const struct stream_result *result,
	struct error *err)
{
	struct report *report = &pool->verification->report;
	struct finding *finding;

	if (result->reason == REASON_BUSY || !is_unchanged(job))
		return add_finding(pool, job, REASON_BUSY, NULL, err);
	if (result->reason != REASON_NONE) {
		struct error cause;

		error_set_os(&cause, result->reason, result->os_errno, "cannot be read");
		return add_finding(pool, job, cause.reason, cause.text, err);
	}
	/* A digest of another algorithm than was asked for is no answer. */
	if (pool->options->collect && result->digest.algorithm == job->resource->digest.algorithm)
		job->resource->digest = result->digest;
	if (digest_equal(&result->digest, &job->resource->digest)) {
		report->files++;
		report->bytes += (uint64_t)job->file.st.st_size;
		return 0;
	}
	finding = report_add(report, REASON_CHANGED, job->item->model.label, job->name, NULL, err);
	if (!finding)
		return -1;
	finding->signed_digest = job->resource->digest;
	finding->found_digest = result->digest;
	return 0;
}

static int
finish_job(struct pool *pool, const struct stream_result *result, struct error *err)
{
	struct job *job;
	int status;

	if (result->index >= pool->count || pool->jobs[result->index].state != JOB_HASHING)
		return error_set(err, REASON_INTERNAL, 0,
			"the hasher answered for a file that it was not given");
	job = &pool->jobs[result->index];
	status = compare(pool, job, result, err);
	/* The hasher may hold the file a while longer; its writers need not wait for that. */
	if (job->leased)
		lease_drop(job->file.fd);
	mem_close_fd(&job->file.fd);
	job->file.fd = -1;
	job->state = JOB_DONE;
	pool->outstanding--;
	return status;
}

static void
tell_progress(struct pool *pool)
{
	int64_t now = clock_monotonic_ms();
	uint64_t done = hasher_progress(&pool->hasher);

	if (!pool->options->progress || now - pool->told_ms < PROGRESS_MS)
		return;
	pool->told_ms = now;
	pool->options->progress(
		pool->options->context, done < pool->total ? done : pool->total, pool->total);
}

static int
check_deadline(struct pool *pool, struct error *err)
{
	if (!pool->options->deadline_ms || clock_monotonic_ms() < pool->options->deadline_ms)
		return 0;
	return error_set(err, REASON_DEADLINE, 0, "out of time after %llu of %llu bytes",
		(unsigned long long)hasher_progress(&pool->hasher),
		(unsigned long long)pool->total);
}

/* Waits a moment for one result, and compares it. */
static int
take_result(struct pool *pool, struct error *err)
{
	struct stream_result result;
	int got;

	tell_progress(pool);
	got = hasher_next(&pool->hasher, PROGRESS_MS, &result, err);
	return got > 0 ? finish_job(pool, &result, err) : got;
}

static int
run(struct pool *pool, struct error *err)
{
	const struct report *report = &pool->verification->report;
	size_t width = hasher_capacity(&pool->hasher);

	while (pool->next < pool->count || pool->outstanding) {
		if (pool->options->stop_early && report->count)
			return 0;
		if (check_deadline(pool, err))
			return -1;
		if (pool->next < pool->count && pool->outstanding < width) {
			if (start_job(pool, err))
				return -1;
		} else if (take_result(pool, err)) {
			return -1;
		}
	}
	return 0;
}

static void
release(struct pool *pool)
{
	size_t i;

	hasher_end(&pool->hasher);
	for (i = 0; i < pool->count; i++)
		mem_close_fd(&pool->jobs[i].file.fd);
	free(pool->jobs);
}

int
pool_run(struct verification *verification, const struct pool_options *options, struct error *err)
{
	const struct hasher_options hasher_options = { .threads = options->threads };
	struct pool pool = { .verification = verification, .options = options };
	size_t i;
	int result = -1;

	for (i = 0; i < verification->count; i++)
		if (add_jobs(&pool, &verification->items[i], err))
			goto release;
	if (pool.count)
		qsort(pool.jobs, pool.count, sizeof(*pool.jobs), larger_first);
	if (hasher_start(&pool.hasher, &hasher_options, err))
		goto release;
	result = run(&pool, err);
release:
	release(&pool);
	return result;
}
