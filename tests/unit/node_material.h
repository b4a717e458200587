/*
 * A document in one line, to compare: lists and maps as JSON writes them, numbers as they were
 * written, texts between quotes as they are.
 */
#pragma once

#include "base/node.h"

#include "tests/unit/check.h"

struct node_line {
	char text[512];
	size_t length;
};

static inline void
node_print(struct node_line *out, const char *text)
{
	size_t length = strlen(text);

	if (length >= sizeof(out->text) - out->length)
		length = sizeof(out->text) - out->length - 1;
	memcpy(out->text + out->length, text, length);
	out->length += length;
	out->text[out->length] = '\0';
}

static inline void
node_print_quoted(struct node_line *out, const char *text)
{
	node_print(out, "\"");
	node_print(out, text);
	node_print(out, "\"");
}

/* The builder bounds the depth. */
static inline void
node_show(struct node_line *out, const struct node *node)
{
	const struct node *child;

	switch (node->kind) {
	case NODE_NULL: node_print(out, "null"); break;
	case NODE_BOOL: node_print(out, node->boolean ? "true" : "false"); break;
	case NODE_NUMBER: node_print(out, node->text); break;
	case NODE_TEXT: node_print_quoted(out, node->text); break;
	case NODE_LIST:
	case NODE_MAP:
		node_print(out, node->kind == NODE_MAP ? "{" : "[");
		for (child = node->first; child; child = child->next) {
			if (child->key) {
				node_print_quoted(out, child->key);
				node_print(out, ":");
			}
			node_show(out, child);
			if (child->next)
				node_print(out, ",");
		}
		node_print(out, node->kind == NODE_MAP ? "}" : "]");
		break;
	case NODE_NONE: node_print(out, "?"); break;
	}
}

/* What DOCUMENT holds is WANTED. */
static inline void
node_check(const struct node_document *document, const char *wanted, const char *name)
{
	struct node_line line = { .length = 0 };

	node_show(&line, node_root(document));
	check_text(line.text, wanted, name);
}
