#include "base/splice.h"

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"
#include "base/writer.h"

#include <string.h>

/* A value in the text, and in a map its name. Offsets; the ends are behind the last byte. */
struct place {
	size_t name; /* where the name begins; in a list, and for the root, the value */
	size_t start;
	size_t end;
};

/* The way down a path, as far as the text has it. */
struct descent {
	const struct node *parent; /* of what is looked at */
	const struct node *node;   /* NULL: the parent has no such member */
	struct place parent_place;
	struct place place; /* of the node */
	size_t index;       /* of the node among its siblings */
	size_t depth;       /* names that were used */
};

static size_t
skip_space(const struct splice *text, size_t at)
{
	while (at < text->length && strchr(" \t\r\n", text->bytes[at]))
		at++;
	return at;
}

/* From a quote to behind the one that ends the text. */
static size_t
skip_text(const struct splice *text, size_t at)
{
	for (at++; at < text->length && text->bytes[at] != '"'; at++)
		if (text->bytes[at] == '\\')
			at++;
	return at + 1;
}

/* From the first byte of a value to behind its last. */
static size_t
skip_value(const struct splice *text, size_t at)
{
	size_t depth = 0;

	do {
		char c = text->bytes[at];

		if (c == '"') {
			at = skip_text(text, at);
		} else if (strchr("{[", c)) {
			depth++;
			at++;
		} else if (strchr("}]", c)) {
			depth--;
			at++;
		} else if (depth) {
			at++;
		} else {
			while (at < text->length && !strchr(" \t\r\n,}]", text->bytes[at]))
				at++;
		}
	} while (depth && at < text->length);
	return at;
}

/* The place of the INDEXth child of the value at PARENT, which has that many. */
static struct place
child_place(const struct splice *text, const struct place *parent, bool map, size_t index)
{
	struct place place = { .end = parent->start };

	for (;; index--) {
		place.name = skip_space(text, place.end + 1); /* behind the bracket or comma */
		place.start = place.name;
		if (map)
			place.start = skip_space(text,
				skip_space(text, skip_text(text, place.name)) + 1); /* the colon */
		place.end = skip_value(text, place.start);
		if (index == 0)
			return place;
		place.end = skip_space(text, place.end);
	}
}

/* Follows the path to its end, or to the first member that is absent or null. */
static int
descend(const struct splice *text, const struct splice_path *path, struct descent *out,
	struct error *err)
{
	struct descent way = { .node = text->root };

	way.place.start = way.place.name = skip_space(text, 0);
	way.place.end = skip_value(text, way.place.start);
	while (way.depth < path->count) {
		if (way.node->kind != NODE_MAP)
			return error_set(err, REASON_CONFIG, 0, "%s: must be a map, is %s",
				way.depth ? TEXT_QUOTE(path->names[way.depth - 1]) : "the text",
				node_kind_words(way.node));
		way.parent = way.node;
		way.parent_place = way.place;
		way.index = 0;
		for (way.node = way.parent->first; way.node; way.node = way.node->next, way.index++)
			if (strcmp(way.node->key, path->names[way.depth]) == 0)
				break;
		way.depth++;
		if (!way.node)
			break;
		way.place = child_place(text, &way.parent_place, true, way.index);
		if (way.node->kind == NODE_NULL)
			break;
	}
	*out = way;
	return 0;
}

static void
write_name(struct writer *out, const char *name)
{
	out->comma = false; /* commas are ours to place */
	writer_string(out, NULL, name);
	writer_bytes(out, ":", 1);
}

/* VALUE inside the maps that the path still needs. */
static void
write_nested(struct writer *out, const struct splice_path *path, size_t depth, const char *value)
{
	size_t i;

	for (i = depth; i < path->count; i++) {
		writer_bytes(out, "{", 1);
		write_name(out, path->names[i]);
	}
	writer_bytes(out, value, strlen(value));
	for (i = depth; i < path->count; i++)
		writer_bytes(out, "}", 1);
}

static void
write_range(struct writer *out, const struct splice *text, size_t start, size_t end)
{
	writer_bytes(out, text->bytes + start, end - start);
}

/* The child of the container at PLACE that comes last, or of an empty one the bracket. */
static struct place
last_place(const struct splice *text, const struct node *container, const struct place *place)
{
	if (container->count)
		return child_place(text, place, container->kind == NODE_MAP, container->count - 1);
	return (struct place){ .end = place->start + 1 };
}

/* All up to the end of the container's children, and the comma and white space of another. Returns
 * where the rest of the text begins. */
static size_t
write_before_new(struct writer *out, const struct splice *text, const struct node *container,
	const struct place *place)
{
	struct place last = last_place(text, container, place);
	size_t space = last.name;

	write_range(out, text, 0, last.end);
	if (!container->count)
		return last.end;
	while (strchr(" \t\r\n", text->bytes[space - 1]))
		space--;
	writer_bytes(out, ",", 1);
	write_range(out, text, space, last.name);
	return last.end;
}

/* A member that its parent lacks, with VALUE in the maps that are still missing. */
static void
insert_member(struct writer *out, const struct splice *text, const struct descent *way,
	const struct splice_path *path, const char *value)
{
	size_t rest = write_before_new(out, text, way->parent, &way->parent_place);

	write_name(out, path->names[way->depth - 1]);
	if (way->parent->count) {
		struct place last = last_place(text, way->parent, &way->parent_place);
		size_t space = last.start;

		while (text->bytes[space - 1] != ':')
			space--;
		write_range(out, text, space, last.start);
	}
	write_nested(out, path, way->depth, value);
	write_range(out, text, rest, text->length);
}

static void
replace_value(struct writer *out, const struct splice *text, const struct descent *way,
	const struct splice_path *path, const char *value)
{
	write_range(out, text, 0, way->place.start);
	write_nested(out, path, way->depth, value);
	write_range(out, text, way->place.end, text->length);
}

int
splice_set(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err)
{
	struct descent way;

	if (descend(text, path, &way, err))
		return -1;
	if (way.node)
		replace_value(out, text, &way, path, value);
	else
		insert_member(out, text, &way, path, value);
	return 0;
}

int
splice_append(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err)
{
	cleanup_writer struct writer list = { 0 };
	struct descent way;
	size_t rest;

	if (descend(text, path, &way, err))
		return -1;
	if (way.node && way.node->kind != NODE_NULL && way.node->kind != NODE_LIST)
		return error_set(err, REASON_CONFIG, 0, "%s: must be a list, is %s",
			TEXT_QUOTE(path->names[path->count - 1]), node_kind_words(way.node));
	if (way.node && way.node->kind == NODE_LIST) {
		rest = write_before_new(out, text, way.node, &way.place);
		writer_bytes(out, value, strlen(value));
		write_range(out, text, rest, text->length);
		return 0;
	}
	writer_format(&list, "[%s]", value);
	if (list.failed)
		out->failed = true;
	else if (way.node)
		replace_value(out, text, &way, path, list.text);
	else
		insert_member(out, text, &way, path, list.text);
	return 0;
}

int
splice_remove(const struct splice *text, const struct splice_path *path, struct writer *out,
	struct error *err)
{
	size_t start = text->length, end = text->length;
	struct descent way;

	if (descend(text, path, &way, err))
		return -1;
	if (way.node && way.parent && way.depth == path->count) {
		start = way.place.name;
		end = way.place.end;
		if (way.index > 0)
			start = child_place(text, &way.parent_place, true, way.index - 1).end;
		else if (way.parent->count > 1)
			end = child_place(text, &way.parent_place, true, 1).name;
	}
	write_range(out, text, 0, start);
	write_range(out, text, end, text->length);
	return 0;
}
