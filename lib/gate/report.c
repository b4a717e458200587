#include "gate/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

struct finding *
report_add(struct report *report, enum reason reason, const char *model, const char *name,
	const char *detail, struct error *err)
{
	cleanup_free char *name_copy = strdup(name), *detail_copy = detail ? strdup(detail) : NULL;
	struct finding *finding;

	if (!name_copy || (detail && !detail_copy) ||
		mem_grow((void **)&report->findings, report->count, &report->capacity,
			sizeof(*report->findings))) {
		error_no_memory(err);
		return NULL;
	}
	finding = &report->findings[report->count++];
	*finding = (struct finding){ .reason = reason, .model = model };
	finding->name = take_ptr(name_copy);
	finding->detail = take_ptr(detail_copy);
	return finding;
}

/* What the reason means for one file. */
static const char *
reason_sentence(enum reason reason)
{
	switch (reason) {
	case REASON_MISSING: return "missing";
	case REASON_EXTRA: return "not signed, yet there";
	case REASON_LINK: return "a link where none is allowed";
	case REASON_SPECIAL: return "not a regular file";
	case REASON_BUSY: return "changed while it was checked";
	default: return reason_word(reason);
	}
}

char *
report_explain(const struct finding *finding, char *out, size_t size)
{
	if (finding->reason == REASON_CHANGED)
		snprintf(out, size, "signed %s, found %s",
			digest_format(&finding->signed_digest).text,
			digest_format(&finding->found_digest).text);
	else
		snprintf(out, size, "%s",
			finding->detail ? finding->detail : reason_sentence(finding->reason));
	return out;
}

char *
report_describe(const struct finding *finding, char *out, size_t size)
{
	char what[LIMIT_ERROR_TEXT + 1];

	snprintf(out, size, "%s: %s", TEXT_QUOTE(finding->name),
		report_explain(finding, what, sizeof(what)));
	return out;
}

int
report_conclude(const struct report *report, struct error *err)
{
	char line[LIMIT_ERROR_TEXT + 1], one[LIMIT_ERROR_TEXT + 1];
	const char *model = NULL;
	size_t used = 0, i;
	int length;

	if (report->count == 0)
		return 0;
	for (i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		/* Room for " (and 123456 more)". */
		size_t room = sizeof(line) - used - 24;

		report_describe(finding, one, sizeof(one));
		if (!model || strcmp(model, finding->model) != 0)
			length = snprintf(
				line + used, room, "%s%s: %s", i ? "; " : "", finding->model, one);
		else
			length = snprintf(line + used, room, "; %s", one);
		if (i && (size_t)length >= room)
			break;
		used += (size_t)length < room ? (size_t)length : room - 1;
		model = finding->model;
	}
	line[used] = '\0';
	if (i < report->count)
		snprintf(line + used, sizeof(line) - used, " (and %zu more)", report->count - i);
	return error_set(err, report->findings[0].reason, 0, "%s", line);
}

void
report_release(struct report *report)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		free(report->findings[i].name);
		free(report->findings[i].detail);
	}
	free(report->findings);
	*report = (struct report){ 0 };
}
