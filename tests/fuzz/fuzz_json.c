/*
 * JSON: what is accepted is JSON, and what is JSON is accepted but for the rules that are ours.
 */
#include "base/limits.h"
#include "base/node.h"
#include "border/json.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_rules.h"
#include "tests/fuzz/node_rules.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct node_document *document = NULL;
	struct error err = { 0 };
	int depth = json_rules_depth(data, size);

	if (json_parse((const char *)data, size, REASON_BUNDLE, &document, &err) == 0) {
		FUZZ_PROMISE(depth >= 0 && depth <= LIMIT_DEPTH);
		FUZZ_PROMISE(node_rules_depth(node_root(document)) == depth);
		node_document_free(document);
		return;
	}
	FUZZ_PROMISE(fuzz_is_refusal(&err));
	FUZZ_PROMISE(depth < 0 || depth > LIMIT_DEPTH || fuzz_has_refused() ||
		     strstr(err.text, "twice"));
}
