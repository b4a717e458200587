#include "cli/fetch_report.h"

#include "base/writer.h"
#include "supply/fetch.h"

#include <stdio.h>

/* What is wrong with a version, or NULL: why it was not fetched, or that what came does not verify.
 */
static const struct error *
fault_of(const struct fetch_item *item)
{
	if (item->why.reason != REASON_NONE)
		return &item->why;
	return item->trust.reason != REASON_NONE ? &item->trust : NULL;
}

static void
print_item(const struct fetch_item *item, bool quiet)
{
	const struct error *fault = fault_of(item);
	FILE *out = quiet ? stderr : stdout;

	if (fault)
		fprintf(out, "%-10s  %s (%s)\n", fetch_word(item->outcome), fault->text,
			reason_word(fault->reason));
	else if (!quiet && item->outcome != FETCH_UNCHANGED && item->outcome != FETCH_PRESENT)
		fprintf(out, "%-10s  %s%s\n", fetch_word(item->outcome), NGC_REF_TEXT(&item->ref),
			item->verified ? " (verified)" : "");
	/* Both can be wrong. */
	if (fault && fault != &item->trust && item->trust.reason != REASON_NONE)
		fprintf(out, "%-10s  %s: does not verify: %s (%s)\n", "", NGC_REF_TEXT(&item->ref),
			item->trust.text, reason_word(item->trust.reason));
}

static void
count_outcomes(const struct fetch_item *items, size_t count, size_t counts[static FETCH_OUTCOMES])
{
	for (size_t i = 0; i < count; i++)
		counts[items[i].outcome]++;
}

/* In the order of the summary. */
static const enum fetch_outcome order[] = { FETCH_NEW, FETCH_UNCHANGED, FETCH_PRESENT,
	FETCH_REPLACED, FETCH_CHANGED, FETCH_NOT_SIGNED, FETCH_FAILED };

void
fetch_report_text(const struct fetch_item *items, size_t count, bool quiet)
{
	size_t counts[FETCH_OUTCOMES] = { 0 };

	for (size_t i = 0; i < count; i++)
		print_item(&items[i], quiet);
	if (quiet)
		return;
	count_outcomes(items, count, counts);
	printf("%zu versions", count);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (counts[order[i]])
			printf(", %zu %s", counts[order[i]], fetch_word(order[i]));
	printf("\n");
}

static void
write_item(const struct fetch_item *item, struct writer *json)
{
	const struct error *fault = fault_of(item);

	writer_open(json, NULL, '{');
	writer_string(json, "version", NGC_REF_TEXT(&item->ref));
	writer_string(json, "outcome", fetch_word(item->outcome));
	writer_bool(json, "verified", item->verified);
	writer_string(json, "reason", fault ? reason_word(fault->reason) : NULL);
	writer_string(json, "text", fault ? fault->text : NULL);
	writer_close(json, '}');
}

int
fetch_report_json(const struct fetch_item *items, size_t count, struct error *err)
{
	cleanup_writer struct writer json = { 0 };
	size_t counts[FETCH_OUTCOMES] = { 0 };

	writer_open(&json, NULL, '{');
	writer_number(&json, "schema", 1);
	writer_open(&json, "versions", '[');
	for (size_t i = 0; i < count; i++)
		write_item(&items[i], &json);
	writer_close(&json, ']');
	writer_open(&json, "summary", '{');
	count_outcomes(items, count, counts);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		writer_number(&json, fetch_word(order[i]), counts[order[i]]);
	writer_close(&json, '}');
	writer_close(&json, '}');
	if (json.failed)
		return error_no_memory(err);
	printf("%s\n", json.text);
	return 0;
}

int
fetch_report_status(const struct fetch_item *items, size_t count)
{
	int worst = REASON_STATUS_ADMIT;

	for (size_t i = 0; i < count; i++) {
		const struct error *both[] = { &items[i].why, &items[i].trust };

		for (size_t j = 0; j < 2; j++)
			if (both[j]->reason != REASON_NONE &&
				reason_status(both[j]->reason) > worst)
				worst = reason_status(both[j]->reason);
	}
	return worst;
}
