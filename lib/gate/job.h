/*
 * One signed file on its way through the hasher: opened once, leased, hashed through that
 * descriptor as a whole or shard by shard, checked for changes meanwhile, and compared.
 *
 * What is wrong with the file becomes one finding of the report; only our own failures are errors.
 */
#pragma once

#include "base/identity.h"
#include "base/lease.h"
#include "gate/model.h"
#include "hash/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;
struct receipts;
struct report;
struct resource;
struct verification_item;

struct job;

/* Who is told of each file that is as signed, while it is still open, leased and unchanged. */
struct job_witness {
	void (*verified)(void *context, const struct job *job);
	void *context; /* borrowed */
};

/* What a receipt will say of the file, once it is as signed. */
struct job_memory {
	struct identity identity; /* when it was opened */
	struct timespec since;    /* CLOCK_REALTIME: before its first byte was read */
};

struct job {
	const struct verification_item *item; /* borrowed */
	const struct job_witness *witness;    /* borrowed; NULL: nobody */
	struct receipts *receipts;            /* borrowed; NULL: nothing is remembered */
	struct resource *resource;            /* borrowed; a stream for each of its digests */
	const struct tree_entry *entry;       /* borrowed; of the model's tree */
	bool collect;     /* store the digests in the resource instead of comparing them */
	uint64_t size;    /* bytes, when it was first looked at; for the order and the progress
			     alone */
	bool sized;       /* it has been looked at */
	size_t first;     /* number of its first stream, in the pool */
	size_t submitted; /* streams that went to the hasher */
	size_t answered;
	bool failed; /* it has its finding */
	bool direct; /* it is read past the page cache */
	struct job_memory
		*memory; /* owned; while it is open, where a receipt can be had; else NULL */
	struct lease lease;
	struct model_file file; /* while streams are outstanding or to come; else fd is -1 */
};

/*
 * Opens the file for all its streams, a large one past the page cache where DIRECT asks for that
 * and its file system can. A file that is empty, or has a receipt, needs no streams: then it is
 * compared, counted and closed at once. Returns 0 (a file that could not be opened has its
 * finding), or -1 with REASON_INTERNAL.
 */
int job_open(struct job *job, bool direct, struct report *report, struct error *err)
	__attribute__((nonnull));

/* The file's size when it was first looked at, which may be now; 0 where it cannot be had. */
uint64_t job_size(struct job *job) __attribute__((nonnull));

/* Nothing is left to be done: it is as signed, or has its finding. */
bool job_is_done(const struct job *job) __attribute__((nonnull));

/* Closes a job that has been opened and not begun, to be opened again. */
void job_postpone(struct job *job) __attribute__((nonnull));

/* Streams that are still to be submitted: none once the job has failed. */
size_t job_streams_left(const struct job *job) __attribute__((nonnull));

/* The next stream of an open job that has one left: the file, or its next shard. Its descriptor
 * stays the job's. */
struct stream job_next_stream(struct job *job) __attribute__((nonnull));

/*
 * Takes what became of the stream of digest INDEX; the last one closes the file and, where all are
 * equal, counts it in the report. Returns 0, or -1 with REASON_INTERNAL.
 */
int job_take(struct job *job, struct report *report, size_t index,
	const struct stream_result *result, struct error *err) __attribute__((nonnull));

/* Closes the file, if it is open, which ends its lease: the hasher has closed it before it
 * answered. */
void job_close(struct job *job) __attribute__((nonnull));
