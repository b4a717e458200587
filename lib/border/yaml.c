#include "border/yaml.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"
#include "border/yaml_layout.h"
#include "border/yaml_plain.h"
#include "border/yaml_source.h"

#include <string.h>
#include <yaml.h>

/* One parse on its way. */
struct reading {
	const struct yaml_options *options;
	struct node_document *document;
	struct yaml_layout layout;
	bool in_map[LIMIT_DEPTH];    /* of the lists and maps not closed yet, outermost first */
	size_t indents[LIMIT_DEPTH]; /* blanks that their lines have at least */
	size_t flow_depth;           /* how many of them, innermost first, are in brackets */
	bool has_name;               /* the innermost is a map, and its next member has its name */
	size_t depth;
	size_t documents;
	bool done;
};

static struct yaml_place
place_of(const yaml_mark_t *mark)
{
	return (struct yaml_place){ .line = mark->line + 1, .column = mark->column + 1 };
}

static int
wrap(struct yaml_place place, struct error *err)
{
	return error_wrap(err, "line %zu, column %zu", place.line, place.column);
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

/* How far the lines of what stands in the innermost list or map are indented. */
static size_t
indent_of(const struct reading *reading)
{
	return reading->depth ? reading->indents[reading->depth - 1] : 0;
}

/* A list or map begins; FLOW: in brackets. One with a tag may begin before its first line. */
static void
indent_more(struct reading *reading, const yaml_event_t *event, bool flow, bool tagged)
{
	size_t indent = indent_of(reading);

	if (flow || reading->flow_depth) {
		reading->flow_depth++;
		reading->layout.indent = indent;
	} else if (!tagged) {
		indent = event->start_mark.column + 1;
	}
	reading->indents[reading->depth] = indent;
}

static int
on_open(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			: event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
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
	indent_more(reading, event, flow, tag != NULL);
	reading->in_map[reading->depth++] = map;
	reading->has_name = false;
	return 0;
}

static int
on_close(struct reading *reading, struct error *err)
{
	if (node_close(reading->document, err))
		return -1;
	if (reading->flow_depth && --reading->flow_depth == 0)
		reading->layout.indent = 0;
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

/* Walks over a text; libyaml judges the lines of all but quoted ones. */
static int
walk_scalar(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	struct yaml_layout *layout = &reading->layout;
	const size_t indent = layout->indent;
	int result = 0;

	switch (event->data.scalar.style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE: layout->indent = indent_of(reading); break;
	case YAML_LITERAL_SCALAR_STYLE:
	case YAML_FOLDED_SCALAR_STYLE:
		if (!event->data.scalar.tag)
			result = yaml_layout_check_header(layout, err);
		break;
	default: break;
	}
	if (result == 0)
		result = yaml_layout_walk_text(
			layout, event->end_mark.line, event->end_mark.column, err);
	layout->indent = indent;
	return result;
}

/* Walks up to the end of what the event is about; an error stands where the walk does. */
static int
check_layout(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	const yaml_mark_t *start = &event->start_mark, *end = &event->end_mark;
	struct yaml_layout *layout = &reading->layout;
	int result = yaml_layout_walk(layout, start->line, start->column, err);

	if (result == 0 && event->type == YAML_SCALAR_EVENT)
		result = walk_scalar(reading, event, err);
	else if (result == 0 && reading->flow_depth)
		result = yaml_layout_walk(layout, end->line, end->column, err);
	if (result)
		node_at(reading->document, layout->line + 1, layout->column + 1);
	return result;
}

static int
on_event(struct reading *reading, const yaml_event_t *event, struct error *err)
{
	if (check_layout(reading, event, err))
		return -1;
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
	struct yaml_place place;

	/* libyaml does not always say that it was memory, but has words for all else. */
	if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
		return error_no_memory(err);
	if (parser->error == YAML_READER_ERROR)
		place = yaml_source_place(
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
	struct yaml_place place;
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
	struct reading reading = { .options = options,
		.layout = { .bytes = bytes, .length = length } };

	*out = yaml_plain_read(bytes, length, &limits);
	if (*out)
		return 0;
	reading.document = node_document_new(&limits);
	if (!reading.document)
		return error_no_memory(err);
	if (yaml_source_check(bytes, length, err) || read_events(&reading, bytes, length, err)) {
		node_document_free(reading.document);
		if (err->reason == REASON_NONE)
			err->reason = reason;
		return -1;
	}
	*out = reading.document;
	return 0;
}
