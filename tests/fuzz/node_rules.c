#include "tests/fuzz/node_rules.h"

#include "base/node.h"

#include "tests/fuzz/fuzz.h"

int
node_rules_depth(const struct node *node)
{
	const struct node *child, *other;
	int deepest = 0, depth;
	size_t count = 0;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		FUZZ_PROMISE(!node->text || strlen(node->text) == node->length);
		return 0;
	}
	for (child = node->first; child; child = child->next, count++) {
		FUZZ_PROMISE((child->key != NULL) == (node->kind == NODE_MAP));
		for (other = node->first; child->key && other != child; other = other->next)
			FUZZ_PROMISE(strcmp(other->key, child->key) != 0);
		depth = node_rules_depth(child);
		deepest = depth > deepest ? depth : deepest;
	}
	FUZZ_PROMISE(count == node->count);
	return deepest + 1;
}
