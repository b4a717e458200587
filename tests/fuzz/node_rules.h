/*
 * What base/node.h promises of a tree, looked at node by node.
 */
#pragma once

#include "base/node.h"

#include <string.h>

/*
 * How deep lists and maps lie in each other below and at NODE, 0 for a single value. Ends the
 * program where a name is missing or occurs twice, or a count is wrong.
 */
int node_rules_depth(const struct node *node);

static inline bool
node_rules_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* True if both say the same, at the same places. */
static inline bool
node_rules_same(const struct node *a, const struct node *b)
{
	const struct node *left = a->first, *right = b->first;

	if (a->kind != b->kind || a->line != b->line || a->column != b->column ||
		a->key_line != b->key_line || a->key_column != b->key_column ||
		a->count != b->count || a->length != b->length ||
		!node_rules_same_text(a->key, b->key) || !node_rules_same_text(a->text, b->text))
		return false;
	for (; left && right; left = left->next, right = right->next)
		if (!node_rules_same(left, right))
			return false;
	return left == right;
}
