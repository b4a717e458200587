#include "cli/metrics_text.h"

#include "base/text.h"
#include "base/writer.h"

#include <inttypes.h>

enum { VALUE_BYTES = 512 };

void
metrics_text_family(
	struct writer *writer, const char *name, enum metrics_text_type type, const char *help)
{
	static const char *const words[] = { "gauge", "counter" };

	writer_format(writer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, words[type]);
}

/* Printable, and then a backslash and a quote as the format has them. */
static void
write_value(struct writer *writer, const char *value)
{
	char text[VALUE_BYTES];

	text_show(text, sizeof(text), value);
	for (const char *at = text; *at; at++)
		writer_format(writer, *at == '\\' || *at == '"' ? "\\%c" : "%c", *at);
}

static void
write_labels(struct writer *writer, const struct metrics_text_label labels[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		writer_format(writer, "%s%s=\"", i ? "," : "{", labels[i].name);
		write_value(writer, labels[i].value);
		writer_format(writer, "\"%s", i + 1 == count ? "}" : "");
	}
}

void
metrics_text_sample(struct writer *writer, const char *name,
	const struct metrics_text_label labels[], size_t count, uint64_t value)
{
	writer_format(writer, "%s", name);
	write_labels(writer, labels, count);
	writer_format(writer, " %" PRIu64 "\n", value);
}

void
metrics_text_single(struct writer *writer, const char *name, enum metrics_text_type type,
	const char *help, uint64_t value)
{
	metrics_text_family(writer, name, type, help);
	metrics_text_sample(writer, name, NULL, 0, value);
}

void
metrics_text_seconds(struct writer *writer, const char *name, enum metrics_text_type type,
	const char *help, uint64_t milliseconds)
{
	metrics_text_family(writer, name, type, help);
	writer_format(writer, "%s %" PRIu64 ".%03u\n", name, milliseconds / 1000,
		(unsigned int)(milliseconds % 1000));
}
