/*
 * The jobs of all models of a verification: every file that is signed and there.
 */
#pragma once

#include "gate/job.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct verification_item;

struct job_list {
	struct job *jobs; /* owned; as they were added, or largest first */
	size_t count;
	size_t capacity;
	uint64_t bytes; /* of all, once they were measured */
};

/* Adds a job like MODEL for each file of ITEM that is signed and there. Returns 0, or -1 with
 * REASON_INTERNAL. */
int job_list_add(struct job_list *list, const struct verification_item *item,
	const struct job *model, struct error *err) __attribute__((nonnull));

/* Looks at the size of each file, also of those that nobody has opened: for links that costs as
 * much as opening. */
void job_list_measure(struct job_list *list) __attribute__((nonnull));

/* Sorts the jobs, the largest first, and numbers their streams in that order; *streams is how many
 * there are. Returns 0, or -1 with REASON_INTERNAL: too many. */
int job_list_order(struct job_list *list, size_t *streams, struct error *err)
	__attribute__((nonnull));

/* The job that the stream NUMBER is of; there is one. Borrowed. */
struct job *job_list_find(struct job_list *list, size_t number) __attribute__((nonnull));

/* Closes and frees all; a zeroed list is fine. */
void job_list_release(struct job_list *list) __attribute__((nonnull));
