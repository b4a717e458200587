#include "cli/engine_diff.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

enum { CONTEXT = 3 };

/* A text, line by line. */
struct lines {
	const char *text;
	size_t count;
};

static struct lines
lines_of(const char *text)
{
	struct lines lines = { .text = text ? text : "" };
	const char *at;

	for (at = lines.text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		lines.count++;
	return lines;
}

/* The INDEXth line and its length without the line feed. */
static const char *
line_at(const struct lines *lines, size_t index, size_t *length)
{
	const char *at = lines->text;

	for (; index; index--)
		at += strcspn(at, "\n") + 1;
	*length = strcspn(at, "\n");
	return at;
}

static bool
equal(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	size_t x, y;
	const char *left = line_at(a, i, &x), *right = line_at(b, j, &y);

	return x == y && memcmp(left, right, x) == 0;
}

static void
print(const struct lines *lines, size_t from, size_t to, char sign, FILE *out)
{
	char shown[LIMIT_NAME_BYTES];
	size_t length;

	for (; from < to; from++) {
		const char *line = line_at(lines, from, &length);
		size_t tabs = strspn(line, "\t");

		text_escape(shown, sizeof(shown), line + tabs, length - tabs);
		fprintf(out, "%c%.*s%s\n", sign, (int)tabs, line, shown);
	}
}

void
engine_diff_print(const char *path, const char *before, const char *after, FILE *out)
{
	struct lines a = lines_of(before), b = lines_of(after);
	size_t head = 0, tail = 0, from, to;

	while (head < a.count && head < b.count && equal(&a, head, &b, head))
		head++;
	while (tail < a.count - head && tail < b.count - head &&
		equal(&a, a.count - 1 - tail, &b, b.count - 1 - tail))
		tail++;
	from = head > CONTEXT ? head - CONTEXT : 0;
	to = tail > CONTEXT ? a.count - tail + CONTEXT : a.count;
	fprintf(out, "--- %s\n+++ %s\n", before ? path : "/dev/null", after ? path : "/dev/null");
	fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n", from + (a.count > 0), to - from,
		from + (b.count > 0), to - from - a.count + b.count);
	print(&a, from, head, ' ', out);
	print(&a, head, a.count - tail, '-', out);
	print(&b, head, b.count - tail, '+', out);
	print(&a, a.count - tail, to, ' ', out);
}
