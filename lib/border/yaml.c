#include "border/yaml.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"

#include <string.h>
#include <yaml.h>

/* One parse on its way. */
struct reading {
	const struct yaml_options *options;
	struct node_document *document;
	bool in_map[LIMIT_DEPTH]; /* of the lists and maps not closed yet, outermost first */
	bool has_name;            /* the innermost is a map, and its next member has its name */
	size_t depth;
	size_t documents;
	bool done;
};

/* Where in the source something is, from 1. */
struct place {
	size_t line;
	size_t column;
};

static struct place
place_of(const yaml_mark_t *mark)
{
	return (struct place){ .line = mark->line + 1, .column = mark->column + 1 };
}

/* The place of a byte; only errors need it, so it may take its time. */
static struct place
place_at(const char *bytes, size_t offset)
{
	struct place place = { .line = 1, .column = 1 };

	for (size_t i = 0; i < offset; i++) {
		if (bytes[i] == '\n')
			place = (struct place){ .line = place.line + 1, .column = 1 };
		else if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			place.column++;
	}
	return place;
}

static int
wrap(struct place place, struct error *err)
{
	return error_wrap(err, "line %zu, column %zu", place.line, place.column);
}

/*
 * Line breaks that YAML 1.1 knows and 1.2 does not: a comment for one reader is a member for
 * another. Returns the offset of the first, or LENGTH.
 */
static size_t
find_foreign_break(const char *bytes, size_t length)
{
	static const char *const breaks[] = { "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	size_t first = length;
	const char *at;

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		at = memmem(bytes, length, breaks[i], strlen(breaks[i]));
		if (at && (size_t)(at - bytes) < first)
			first = (size_t)(at - bytes);
	}
	return first;
}

/*
 * The first "%" that begins a line, or LENGTH: no value can, so it is a directive (or in a quoted
 * text that goes over lines, which nobody writes so). libyaml is quadratic in directives and tells
 * of them only after the last.
 */
static size_t
find_directive(const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	for (;;) {
		at = memchr(at, '%', (size_t)(end - at));
		if (!at)
			return length;
		if (at == bytes || at[-1] == '\n' || at[-1] == '\r')
			return (size_t)(at - bytes);
		at++;
	}
}

/* The beginning of the first line that is not UTF-8, or LENGTH. */
static size_t
find_foreign_bytes(const char *bytes, size_t length)
{
	size_t at = 0, step;
	const char *end;

	if (text_is_utf8(bytes, length))
		return length;
	for (;;) {
		end = memchr(bytes + at, '\n', length - at);
		step = end ? (size_t)(end - bytes) + 1 - at : length - at;
		if (!end || !text_is_utf8(bytes + at, step))
			return at;
		at += step;
	}
}

/* What is refused whatever libyaml would make of it. */
static int
check_bytes(const char *bytes, size_t length, struct error *err)
{
	static const struct place start = { 1, 1 };
	const char *nul;
	size_t offset;

	if (length > LIMIT_MANIFEST_BYTES) {
		error_set(err, REASON_NONE, 0, "the document has %zu bytes, at most %d are read",
			length, LIMIT_MANIFEST_BYTES);
		return wrap(start, err);
	}
	if (length >= 2 &&
		(memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		error_set(err, REASON_NONE, 0, "the document is UTF-16, only UTF-8 is read");
		return wrap(start, err);
	}
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		error_set(err, REASON_NONE, 0, "the document begins with a byte order mark");
		return wrap(start, err);
	}
	nul = memchr(bytes, '\0', length);
	if (nul) {
		error_set(err, REASON_NONE, 0, "a NUL byte");
		return wrap(place_at(bytes, (size_t)(nul - bytes)), err);
	}
	offset = find_foreign_bytes(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0, "this line is not UTF-8");
		return wrap(place_at(bytes, offset), err);
	}
	offset = find_directive(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0, "directives ('%%...') are not allowed");
		return wrap(place_at(bytes, offset), err);
	}
	offset = find_foreign_break(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0,
			"a line break (U+0085, U+2028 or U+2029) that not every YAML reader takes for one");
		return wrap(place_at(bytes, offset), err);
	}
	return 0;
}

/* Anchors and tags may stand at every node. */
static int
check_properties(const struct reading *reading, const yaml_char_t *anchor, const yaml_char_t *tag,
	struct error *err)
{
	if (anchor)
		return error_set(err, REASON_NONE, 0, "the anchor %s: anchors are not allowed",
			TEXT_QUOTE((const char *)anchor));
	if (tag && (tag[0] != '!' || !reading->options->local_tags))
		return error_set(err, REASON_NONE, 0, "the tag %s is not allowed",
			TEXT_QUOTE((const char *)tag));
	return 0;
}

/* True where the next node names a member of a map. */
static bool
wants_name(const struct reading *reading)
{
	return reading->depth > 0 && reading->in_map[reading->depth - 1] && !reading->has_name;
}

static int
on_name(struct reading *reading, const char *bytes, size_t length, struct error *err)
{
	if (length == 0)
		return error_set(err, REASON_NONE, 0, "a name is empty");
	if (length == 2 && memcmp(bytes, "<<", 2) == 0)
		return error_set(err, REASON_NONE, 0, "merge keys ('<<') are not allowed");
	if (node_add_key(reading->document, bytes, length, err))
		return -1;
	reading->has_name = true;
	return 0;
}

static int
on_scalar(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	const char *bytes = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	if (check_properties(reading, event->data.scalar.anchor, event->data.scalar.tag, err))
		return -1;
	if (wants_name(reading))
		return on_name(reading, bytes, length, err);
	if (reading->depth == 0 && length == 0)
		return error_set(err, REASON_NONE, 0, "the document is empty");
	reading->has_name = false;
	return node_add_scalar(reading->document, NODE_TEXT, bytes, length, err);
}

static int
on_open(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		map ? event->data.mapping_start.tag : event->data.sequence_start.tag;

	if (check_properties(reading, anchor, tag, err))
		return -1;
	if (wants_name(reading))
		return error_set(err, REASON_NONE, 0, "a name is %s, expected a text",
			map ? "a map" : "a list");
	/* libyaml is quadratic in depth: the builder's bound also bounds the time. */
	if (node_open(reading->document, map ? NODE_MAP : NODE_LIST, err))
		return -1;
	reading->in_map[reading->depth++] = map;
	reading->has_name = false;
	return 0;
}

static int
on_close(struct reading *reading, struct error *err)
{
	if (node_close(reading->document, err))
		return -1;
	reading->depth--;
	reading->has_name = false;
	return 0;
}

static int
on_document(struct reading *reading, struct error *err)
{
	if (reading->documents++)
		return error_set(err, REASON_NONE, 0, "a second document follows the first");
	return 0;
}

static int
on_event(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	node_at(reading->document, event->start_mark.line + 1, event->start_mark.column + 1);
	switch (event->type) {
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT: return 0;
	case YAML_DOCUMENT_START_EVENT: return on_document(reading, err);
	case YAML_SCALAR_EVENT: return on_scalar(reading, event, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT: return on_open(reading, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_close(reading, err);
	case YAML_ALIAS_EVENT:
		return error_set(err, REASON_NONE, 0, "the alias %s: aliases are not allowed",
			TEXT_QUOTE((const char *)event->data.alias.anchor));
	case YAML_STREAM_END_EVENT:
		if (!node_root(reading->document))
			return error_set(err, REASON_NONE, 0, "the document is empty");
		reading->done = true;
		return 0;
	case YAML_NO_EVENT: break;
	}
	return error_set(err, REASON_INTERNAL, 0, "libyaml gives an event that it should not");
}

/* libyaml's own complaint, which is fixed English text, in our form. */
static int
refuse_syntax(const yaml_parser_t *parser, const char *bytes, size_t length, struct error *err)
{
	struct place place;

	/* libyaml does not always say that it was memory, but has words for all else. */
	if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
		return error_no_memory(err);
	if (parser->error == YAML_READER_ERROR)
		place = place_at(
			bytes, parser->problem_offset < length ? parser->problem_offset : length);
	else
		place = place_of(&parser->problem_mark);
	if (parser->context)
		error_set(err, REASON_NONE, 0, "%s %s", parser->problem, parser->context);
	else
		error_set(err, REASON_NONE, 0, "%s", parser->problem);
	return wrap(place, err);
}

static int
read_events(struct reading *reading, const char *bytes, size_t length, struct error *err)
{
	yaml_parser_t parser;
	yaml_event_t event;
	struct place place;
	int result = 0;

	if (!yaml_parser_initialize(&parser))
		return error_no_memory(err);
	/* Else a byte order mark or two NULs choose another encoding than the one we checked. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
	while (result == 0 && !reading->done) {
		if (!yaml_parser_parse(&parser, &event)) {
			result = refuse_syntax(&parser, bytes, length, err);
			break;
		}
		result = on_event(reading, &event, err);
		if (result) {
			node_place(reading->document, &place.line, &place.column);
			wrap(place, err);
		}
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

int
yaml_parse(const char *bytes, size_t length, const struct yaml_options *options, enum reason reason,
	struct node_document **out, struct error *err)
{
	static const struct node_limits limits = {
		.nodes = LIMIT_YAML_NODES,
		.text_bytes = LIMIT_MANIFEST_BYTES,
	};
	struct reading reading = { .options = options };

	reading.document = node_document_new(&limits);
	if (!reading.document)
		return error_no_memory(err);
	if (check_bytes(bytes, length, err) || read_events(&reading, bytes, length, err)) {
		node_document_free(reading.document);
		if (err->reason == REASON_NONE)
			err->reason = reason;
		return -1;
	}
	*out = reading.document;
	return 0;
}
