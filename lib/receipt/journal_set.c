#include "receipt/journal_set.h"

#include "base/error.h"
#include "base/mem.h"
#include "receipt/journal_file.h"

#include <stdlib.h>
#include <string.h>

void
journal_set_release(struct journal_set *set)
{
	free(set->rows);
	free(set->order);
	*set = (struct journal_set){ 0 };
}

/* Sorted rows, tail and gathered ones, behind each other: of two, the later one is later. */
static int
read_rows(const struct journal *journal, struct journal_set *set, size_t total, struct error *err)
{
	struct journal_row_sealed *at;

	set->rows = malloc((total + 1) * sizeof(*set->rows));
	set->order = malloc((total + 1) * sizeof(*set->order));
	if (!set->rows || !set->order)
		return error_no_memory(err);
	at = set->rows;
	if (journal->sorted && journal_file_read_sorted(journal, 0, journal->sorted, at, err))
		return -1;
	at += journal->sorted;
	if (journal->tail_count)
		memcpy(at, journal->tail, journal->tail_count * sizeof(*at));
	at += journal->tail_count;
	memcpy(at, journal->gathered, journal->gathered_count * sizeof(*at));
	return 0;
}

static int
compare(const void *a, const void *b, void *rows)
{
	const struct journal_row_sealed *all = rows;
	const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
	int order = journal_row_compare(&all[first], &all[second]);

	if (order)
		return order;
	return first > second ? -1 : first < second;
}

/* The latest of each comes first. */
static void
keep_latest(struct journal_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++)
		if (kept == 0 || journal_row_compare(&set->rows[set->order[kept - 1]],
					 &set->rows[set->order[i]]) != 0)
			set->order[kept++] = set->order[i];
	set->count = kept;
}

int
journal_set_read(const struct journal *journal, struct journal_set *out, struct error *err)
{
	cleanup_journal_set struct journal_set set = { 0 };
	const size_t total = journal->sorted + journal->tail_count + journal->gathered_count;
	struct journal_row ignored;

	if (read_rows(journal, &set, total, err))
		return -1;
	for (uint32_t i = 0; i < total; i++)
		if (journal_row_unseal(&set.rows[i], journal->mac, &ignored))
			set.order[set.count++] = i;
	qsort_r(set.order, set.count, sizeof(*set.order), compare, set.rows);
	keep_latest(&set);
	*out = set;
	set = (struct journal_set){ 0 };
	return 0;
}
