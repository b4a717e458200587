/*
 * JSON: what is accepted is JSON, and what is JSON is accepted but for the rules that are ours.
 */
#include "base/limits.h"
#include "base/node.h"
#include "border/json.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_rules.h"

/* No name twice in one map, and the counts are right. Returns how deep NODE is. */
static int
check(const struct node *node)
{
	const struct node *child, *other;
	int deepest = 0, depth;
	size_t count = 0;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP)
		return 0;
	for (child = node->first; child; child = child->next, count++) {
		FUZZ_PROMISE((child->key != NULL) == (node->kind == NODE_MAP));
		for (other = node->first; child->key && other != child; other = other->next)
			FUZZ_PROMISE(strcmp(other->key, child->key) != 0);
		depth = check(child);
		deepest = depth > deepest ? depth : deepest;
	}
	FUZZ_PROMISE(count == node->count);
	return deepest + 1;
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct node_document *document = NULL;
	struct error err = { 0 };
	int depth = json_rules_depth(data, size);

	if (json_parse((const char *)data, size, REASON_BUNDLE, &document, &err) == 0) {
		FUZZ_PROMISE(depth >= 0 && depth <= LIMIT_DEPTH);
		FUZZ_PROMISE(check(node_root(document)) == depth);
		node_document_free(document);
		return;
	}
	FUZZ_PROMISE(fuzz_is_refusal(&err));
	FUZZ_PROMISE(depth < 0 || depth > LIMIT_DEPTH || fuzz_has_refused() ||
		     strstr(err.text, "twice"));
}
