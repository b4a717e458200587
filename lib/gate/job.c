#include "gate/job.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/report.h"
#include "gate/verification.h"
#include "hash/direct.h"
#include "oms/shard.h"
#include "receipt/receipts.h"

#include <fcntl.h>
#include <inttypes.h>

enum { LARGE_BYTES = 64 << 20 /* worth a receipt at once: hashing it again takes a blink */ };

/* Says what is wrong with the file, once. */
static int
add_finding(struct job *job, struct report *report, enum reason reason, const char *detail,
	struct error *err)
{
	if (job->failed)
		return 0;
	job->failed = true;
	return report_add(report, reason, job->item->model.label, job->entry->name, detail, err)
		       ? 0
		       : -1;
}

static void
set_size(struct job *job, uint64_t size)
{
	if (!job->sized)
		job->size = size;
	job->sized = true;
}

uint64_t
job_size(struct job *job)
{
	if (!job->sized)
		set_size(job, model_file_size(&job->item->model, job->entry));
	return job->size;
}

size_t
job_streams_left(const struct job *job)
{
	return job->failed ? 0 : resource_digest_count(job->resource) - job->submitted;
}

bool
job_is_done(const struct job *job)
{
	return job->failed || job->answered == resource_digest_count(job->resource);
}

void
job_close(struct job *job)
{
	mem_close_fd(&job->file.fd);
	job->file.fd = -1;
	free(job->memory);
	job->memory = NULL;
}

void
job_postpone(struct job *job)
{
	job_close(job);
	job->direct = false;
}

/* A file that could not be opened or leased becomes a finding; only our own failures end the run.
 */
static int
open_failed(struct job *job, struct report *report, const struct error *cause, struct error *err)
{
	job_close(job);
	if (cause->reason == REASON_INTERNAL) {
		*err = *cause;
		return error_wrap(err, "%s", TEXT_QUOTE(job->entry->name));
	}
	return add_finding(job, report, cause->reason, cause->text, err);
}

/* A file of another length than its shards cover needs no hashing; while signing, it has just
 * changed. */
static int
check_size(struct job *job, struct report *report, struct error *err)
{
	uint64_t size = (uint64_t)job->file.st.st_size;
	char detail[80];

	if (!job->resource->shards || size == job->resource->size)
		return 0;
	job_close(job);
	if (job->collect)
		return add_finding(job, report, REASON_BUSY, NULL, err);
	snprintf(detail, sizeof(detail), "%" PRIu64 " bytes long, but %" PRIu64 " are signed", size,
		job->resource->size);
	return add_finding(job, report, REASON_CHANGED, detail, err);
}

struct stream
job_next_stream(struct job *job)
{
	const struct resource *resource = job->resource;
	struct stream stream = { .fd = job->file.fd, .direct = job->direct };

	stream.algorithm = resource_digest(resource, job->submitted)->algorithm;
	stream.to_end = job_streams_left(job) == 1;
	if (resource->shards) {
		stream.offset = shard_start(resource, job->submitted);
		stream.length = shard_end(resource, job->submitted) - stream.offset;
	} else {
		stream.length = (uint64_t)job->file.st.st_size;
	}
	job->submitted++;
	return stream;
}

static int
add_changed(struct job *job, struct report *report, size_t index, const struct digest *found,
	struct error *err)
{
	const struct resource *resource = job->resource;
	char detail[80] = "";

	if (resource->shards)
		snprintf(detail, sizeof(detail), "bytes %" PRIu64 " to %" PRIu64,
			shard_start(resource, index), shard_end(resource, index));
	if (add_finding(job, report, REASON_CHANGED, resource->shards ? detail : NULL, err))
		return -1;
	report->findings[report->count - 1].signed_digest = *resource_digest(resource, index);
	report->findings[report->count - 1].found_digest = *found;
	return 0;
}

/* A digest of another algorithm than was asked for is no answer. */
static int
take_digest(struct job *job, struct report *report, size_t index, const struct digest *found,
	struct error *err)
{
	struct digest *wanted =
		job->resource->shards ? &job->resource->shards[index] : &job->resource->digest;

	if (job->collect && found->algorithm == wanted->algorithm)
		*wanted = *found;
	if (digest_equal(found, wanted) || job->failed)
		return 0;
	return add_changed(job, report, index, found, err);
}

/* The whole file is as signed: counts it, and says so while it is still open. */
static void
accept_file(struct job *job, struct report *report)
{
	report->files++;
	report->bytes += (uint64_t)job->file.st.st_size;
	if (job->witness)
		job->witness->verified(job->witness->context, job);
}

/* It was hashed just now: to be remembered. */
static void
remember(struct job *job)
{
	if (!job->memory)
		return;
	receipts_record(job->receipts, job->file.fd, &job->lease, job->resource,
		&job->memory->identity, &job->memory->since);
	if (job->file.st.st_size >= LARGE_BYTES)
		receipts_flush(job->receipts);
}

/* An empty file has one digest: no need to send it round. */
static int
take_empty(struct job *job, struct report *report, struct error *err)
{
	enum digest_algorithm algorithm = resource_digest(job->resource, 0)->algorithm;
	struct digest digest;

	if (digest_compute(algorithm, "", 0, &digest, err) ||
		take_digest(job, report, 0, &digest, err))
		return -1;
	job->submitted = job->answered = 1;
	if (!job->failed)
		accept_file(job, report);
	job_close(job);
	return 0;
}

/* It was hashed before, and is not what was signed: to hash it again would say no more, and a start
 * that has not the time for that would never say it. */
static int
deny(struct job *job, struct report *report, const struct digest *found, struct error *err)
{
	job_close(job);
	if (job->resource->shards)
		return add_finding(job, report, REASON_CHANGED,
			"other bytes than were signed, when it was hashed last", err);
	return add_changed(job, report, 0, found, err);
}

/* Takes a receipt's word for the file, or prepares to write one. Returns 0, or -1 with
 * REASON_INTERNAL. */
static int
recall(struct job *job, struct report *report, struct error *err)
{
	bool (*const find)(struct receipts *, int, const struct lease *, const struct resource *,
		struct identity *, bool *) = job->collect ? receipts_hold : receipts_honour;
	struct job_memory memory;
	struct digest found;
	bool usable;

	if (find(job->receipts, job->file.fd, &job->lease, job->resource, &memory.identity,
		    &usable)) {
		job->submitted = job->answered = resource_digest_count(job->resource);
		report->remembered++;
		report->bytes_remembered += (uint64_t)job->file.st.st_size;
		accept_file(job, report);
		job_close(job);
		return 0;
	}
	if (!usable)
		return 0;
	if (!job->collect && receipts_deny(job->receipts, job->file.fd, &job->lease, job->resource,
				     &memory.identity, &found))
		return deny(job, report, &found, err);
	clock_gettime(CLOCK_REALTIME, &memory.since);
	job->memory = malloc(sizeof(*job->memory));
	if (!job->memory)
		return error_no_memory(err);
	*job->memory = memory;
	return 0;
}

/* Past the page cache from here on, if the file is large, its shards lie as the disk wants them and
 * the file system can. */
static bool
turn_direct(const struct job *job)
{
	int flags;

	if (job->file.st.st_size < DIRECT_CHUNK_BYTES ||
		job->resource->shard_size % DIRECT_ALIGNMENT)
		return false;
	flags = fcntl(job->file.fd, F_GETFL);
	return flags >= 0 && fcntl(job->file.fd, F_SETFL, flags | O_DIRECT) == 0;
}

int
job_open(struct job *job, bool direct, struct report *report, struct error *err)
{
	struct error cause = { 0 };

	/* Where somebody wants the descriptor, an empty file is hashed like any other. */
	if (model_open_file(&job->item->model, job->entry->name, !job->witness, &job->file, &cause))
		return open_failed(job, report, &cause, err);
	set_size(job, (uint64_t)job->file.st.st_size);
	if (job->file.fd >= 0) {
		if (lease_take(job->file.fd, &job->lease, &cause))
			return open_failed(job, report, &cause, err);
		job->file.st = job->lease.st;
	}
	if (check_size(job, report, err))
		return -1;
	if (job->failed)
		return 0;
	if (job->file.st.st_size == 0 && resource_digest_count(job->resource) == 1)
		return take_empty(job, report, err);
	if (job->receipts && recall(job, report, err))
		return -1;
	job->direct = !job_is_done(job) && direct && turn_direct(job);
	return 0;
}

/* What became of the stream of digest INDEX. */
static int
compare(struct job *job, struct report *report, size_t index, const struct stream_result *result,
	struct error *err)
{
	struct error cause;

	if (result->reason == REASON_BUSY || !lease_is_kept(&job->lease, job->file.fd))
		return add_finding(job, report, REASON_BUSY, NULL, err);
	if (result->reason == REASON_INTERNAL)
		return error_set(err, REASON_INTERNAL, 0, "%s: no %s digest can be computed here",
			TEXT_QUOTE(job->entry->name),
			digest_name(resource_digest(job->resource, index)->algorithm));
	if (result->reason != REASON_NONE) {
		error_set_os(&cause, result->reason, result->os_errno, "cannot be read");
		return add_finding(job, report, cause.reason, cause.text, err);
	}
	return take_digest(job, report, index, &result->digest, err);
}

int
job_take(struct job *job, struct report *report, size_t index, const struct stream_result *result,
	struct error *err)
{
	int status = compare(job, report, index, result, err);

	if (++job->answered < job->submitted || job_streams_left(job))
		return status;
	if (!job->failed && status == 0) {
		remember(job);
		accept_file(job, report);
	}
	job_close(job);
	return status;
}
