#include "tests/fuzz/mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum {
	SPANS_MAX = 512,
	DEPTH_MAX = 64,
	COPY_MAX = 4096,
};

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

/* One value, with the name in front of it where it is a member. */
struct span {
	size_t item; /* where its name begins, or START */
	size_t start, end;
};

struct spans {
	struct span list[SPANS_MAX];
	size_t count;
	size_t open[DEPTH_MAX]; /* those whose end is not known yet, by index */
	size_t depth;
	size_t name; /* where the name of the next value begins, where HAS_NAME */
	bool has_name;
};

size_t
mutate_choose(struct mutate_text *text, size_t bound)
{
	text->random ^= text->random << 13;
	text->random ^= text->random >> 7;
	text->random ^= text->random << 17;
	return (size_t)(text->random % bound);
}

void
mutate_splice(struct mutate_text *text, size_t start, size_t end, const void *bytes, size_t length)
{
	if (text->size - (end - start) + length > text->size_max)
		return;
	memmove(text->bytes + start + length, text->bytes + end, text->size - end);
	if (length)
		memcpy(text->bytes + start, bytes, length);
	text->size += length - (end - start);
}

void
mutate_bytes(struct mutate_text *text)
{
	text->size = LLVMFuzzerMutate(text->bytes, text->size, text->size_max);
}

static size_t
add_span(struct spans *spans, size_t start, size_t end)
{
	spans->list[spans->count] =
		(struct span){ spans->has_name ? spans->name : start, start, end };
	spans->has_name = false;
	return spans->count++;
}

static size_t
end_of_string(const struct mutate_text *text, size_t at)
{
	for (at++; at < text->size && text->bytes[at] != '"'; at++)
		at += text->bytes[at] == '\\';
	return at < text->size ? at + 1 : text->size;
}

static size_t
end_of_word(const struct mutate_text *text, size_t at)
{
	while (at < text->size && (isalnum(text->bytes[at]) || strchr("+-.", text->bytes[at])))
		at++;
	return at;
}

/* A string is a name if a colon follows. */
static size_t
scan_string(const struct mutate_text *text, size_t at, struct spans *spans)
{
	size_t end = end_of_string(text, at), next = end;

	while (next < text->size && isspace(text->bytes[next]))
		next++;
	if (next < text->size && text->bytes[next] == ':') {
		spans->name = at;
		spans->has_name = true;
		return next + 1;
	}
	add_span(spans, at, end);
	return end;
}

/* Finds the values of a text that may be broken anywhere. */
static void
scan(const struct mutate_text *text, struct spans *spans)
{
	size_t at = 0;

	while (at < text->size && spans->count < SPANS_MAX) {
		uint8_t c = text->bytes[at];

		if (c == '"') {
			at = scan_string(text, at, spans);
		} else if ((c == '{' || c == '[') && spans->depth < DEPTH_MAX) {
			spans->open[spans->depth++] = add_span(spans, at, text->size);
			at++;
		} else if ((c == '}' || c == ']') && spans->depth) {
			spans->list[spans->open[--spans->depth]].end = ++at;
		} else if (c && (isalnum(c) || c == '-')) {
			size_t end = end_of_word(text, at);

			add_span(spans, at, end);
			at = end;
		} else {
			at++;
		}
	}
}

/* The item with the comma that joins it to its neighbours. */
static void
leave_out(struct mutate_text *text, const struct span *span)
{
	size_t start = span->item, end = span->end;

	if (end < text->size && text->bytes[end] == ',')
		end++;
	else if (start && text->bytes[start - 1] == ',')
		start--;
	mutate_splice(text, start, end, NULL, 0);
}

/* Puts a copy of the item FROM, and a comma, in front of the item TO. */
static void
copy_item(struct mutate_text *text, const struct span *from, const struct span *to)
{
	uint8_t copy[COPY_MAX + 1];
	size_t length = from->end - from->item;

	if (length > COPY_MAX)
		return;
	memcpy(copy, text->bytes + from->item, length);
	copy[length] = ',';
	mutate_splice(text, to->item, to->item, copy, length + 1);
}

static void
copy_value(struct mutate_text *text, const struct span *from, const struct span *to)
{
	uint8_t copy[COPY_MAX];
	size_t length = from->end - from->start;

	if (length > COPY_MAX)
		return;
	memcpy(copy, text->bytes + from->start, length);
	mutate_splice(text, to->start, to->end, copy, length);
}

static void
put_word(struct mutate_text *text, const struct span *span, const char *const *words)
{
	size_t count = 0;
	const char *word;

	while (words[count])
		count++;
	word = words[mutate_choose(text, count)];
	mutate_splice(text, span->start, span->end, word, strlen(word));
}

static void
wrap(struct mutate_text *text, const struct span *span)
{
	static const char *const pairs[][2] = { { "[", "]" }, { "{\"a\":", "}" },
		{ "[null,", "]" } };
	const char *const *pair = pairs[mutate_choose(text, sizeof(pairs) / sizeof(pairs[0]))];

	mutate_splice(text, span->end, span->end, pair[1], strlen(pair[1]));
	mutate_splice(text, span->start, span->start, pair[0], strlen(pair[0]));
}

/* What stands between the quotes, or the digits, by libFuzzer's choice. */
static void
change_characters(struct mutate_text *text, const struct span *span)
{
	size_t quote = text->bytes[span->start] == '"' && span->end - span->start >= 2;
	size_t start = span->start + quote, length = span->end - quote - start;
	uint8_t copy[COPY_MAX];

	if (length == 0 || length > COPY_MAX)
		return;
	memcpy(copy, text->bytes + start, length);
	mutate_splice(text, start, start + length, copy,
		LLVMFuzzerMutate(copy, length, length + 32 < COPY_MAX ? length + 32 : COPY_MAX));
}

/* One character becomes another one of the same string, so that digits stay digits. */
static void
change_character(struct mutate_text *text, const struct span *span)
{
	size_t quote = text->bytes[span->start] == '"' && span->end - span->start >= 2;
	size_t start = span->start + quote, length = span->end - quote - start;

	if (length)
		text->bytes[start + mutate_choose(text, length)] =
			text->bytes[start + mutate_choose(text, length)];
}

/* The name, as the string behind which a colon stands. */
static void
change_name(struct mutate_text *text, const struct span *span)
{
	const struct span name = { span->item, span->item, end_of_string(text, span->item) };

	if (span->item != span->start)
		change_characters(text, &name);
}

void
mutate_json(struct mutate_text *text, const char *const *words)
{
	struct spans spans = { .count = 0 };
	const struct span *span, *other;

	scan(text, &spans);
	if (spans.count == 0) {
		mutate_bytes(text);
		return;
	}
	span = &spans.list[mutate_choose(text, spans.count)];
	other = &spans.list[mutate_choose(text, spans.count)];
	switch (mutate_choose(text, 9)) {
	case 0: leave_out(text, span); break;
	case 1: copy_item(text, span, span); break;
	case 2: copy_item(text, other, span); break;
	case 3: copy_value(text, other, span); break;
	case 4: wrap(text, span); break;
	case 5: change_characters(text, span); break;
	case 6: change_name(text, span); break;
	case 7: change_character(text, span); break;
	default: put_word(text, span, words); break;
	}
}
