#include "gate/job_list.h"

#include "base/error.h"
#include "base/mem.h"
#include "gate/verification.h"

#include <stdlib.h>

static int
add(struct job_list *list, const struct job *job, struct error *err)
{
	if (mem_grow((void **)&list->jobs, list->count, &list->capacity, sizeof(*list->jobs)))
		return error_no_memory(err);
	list->jobs[list->count++] = *job;
	return 0;
}

/* Whether this entry of the tree can be hashed; what cannot be is in the report already. */
static bool
is_hashable(const struct verification_item *item, const struct tree_entry *entry)
{
	return entry->kind == TREE_FILE ||
	       (entry->kind == TREE_LINK && item->model.links != MODEL_LINKS_REFUSE);
}

int
job_list_add(struct job_list *list, const struct verification_item *item, const struct job *model,
	struct error *err)
{
	const struct statement *statement = &item->signed_model.statement;
	struct job job = *model;
	size_t cursor = 0;

	job.item = item;
	job.file.fd = -1;
	for (size_t i = 0; i < statement->resource_count; i++) {
		const char *name = item->model.single ? "." : statement->resources[i].name;

		job.resource = &statement->resources[i];
		job.entry = tree_find_next(&item->model.tree, name, &cursor);
		if (job.entry && is_hashable(item, job.entry) && add(list, &job, err))
			return -1;
	}
	return 0;
}

void
job_list_measure(struct job_list *list)
{
	list->bytes = 0;
	for (size_t i = 0; i < list->count; i++)
		list->bytes += job_size(&list->jobs[i]);
}

static int
larger_first(const void *a, const void *b)
{
	uint64_t left = ((const struct job *)a)->size, right = ((const struct job *)b)->size;

	return left < right ? 1 : left > right ? -1 : 0;
}

int
job_list_order(struct job_list *list, size_t *streams, struct error *err)
{
	*streams = 0;
	if (list->count)
		qsort(list->jobs, list->count, sizeof(*list->jobs), larger_first);
	for (size_t i = 0; i < list->count; i++) {
		list->jobs[i].first = *streams;
		*streams += resource_digest_count(list->jobs[i].resource);
	}
	if (*streams > UINT32_MAX)
		return error_set(
			err, REASON_INTERNAL, 0, "%zu files or shards are too many", *streams);
	return 0;
}

struct job *
job_list_find(struct job_list *list, size_t number)
{
	size_t low = 0, high = list->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (list->jobs[middle].first <= number)
			low = middle;
		else
			high = middle;
	}
	return &list->jobs[low];
}

void
job_list_release(struct job_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		job_close(&list->jobs[i]);
	free(list->jobs);
	*list = (struct job_list){ 0 };
}
