#include "gate/report.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"

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
	if (finding->signed_digest.algorithm != DIGEST_NONE)
		snprintf(out, size, "%s%ssigned %s, found %s",
			finding->detail ? finding->detail : "", finding->detail ? ": " : "",
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

/* JSON has no bytes: a name that is not UTF-8 is told apart from others by its digits. */
static void
write_file(struct writer *writer, const char *name)
{
	size_t length = strlen(name);
	cleanup_free char *digits = NULL;

	writer_string(writer, "file", name);
	if (text_is_utf8(name, length))
		return;
	digits = malloc(2 * length + 1);
	if (!digits) {
		writer->failed = true;
		return;
	}
	writer_string(writer, "file_hex", text_format_hex(digits, (const uint8_t *)name, length));
}

void
report_write(
	const struct finding *finding, const struct digest *signed_digest, struct writer *writer)
{
	writer_string(writer, "reason", reason_word(finding->reason));
	write_file(writer, finding->name);
	if (finding->detail)
		writer_string(writer, "detail", finding->detail);
	if (signed_digest->algorithm != DIGEST_NONE)
		digest_write(signed_digest, "signed", writer);
	if (finding->found_digest.algorithm != DIGEST_NONE)
		digest_write(&finding->found_digest, "found", writer);
}

/* Room for the longest " (and N more)". */
enum { MORE_MAX = 32 };

/* Appends the finding at *used of LINE if it fits, or cut where it is the first. Returns true if it
 * was. */
static bool
append(char line[static LIMIT_ERROR_TEXT + 1], size_t *used, const struct finding *finding,
	bool with_model)
{
	char one[LIMIT_ERROR_TEXT + 1], label[TEXT_QUOTED_MAX] = "";
	size_t room = LIMIT_ERROR_TEXT + 1 - MORE_MAX - *used;
	int length;

	if (with_model)
		text_escape(label, sizeof(label), finding->model, strlen(finding->model));
	report_describe(finding, one, sizeof(one));
	length = snprintf(line + *used, room, "%s%s%s%s", *used ? "; " : "", label,
		with_model ? ": " : "", one);
	if ((size_t)length < room) {
		*used += (size_t)length;
		return true;
	}
	if (*used) {
		line[*used] = '\0';
		return false;
	}
	*used = room - 1;
	memcpy(line + *used - 3, "...", 3);
	return true;
}

int
report_conclude(const struct report *report, struct error *err)
{
	char line[LIMIT_ERROR_TEXT + 1] = "";
	size_t used = 0, i;

	if (report->count == 0)
		return 0;
	for (i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		bool with_model = i == 0 || strcmp(finding[-1].model, finding->model) != 0;

		if (!append(line, &used, finding, with_model))
			break;
	}
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
