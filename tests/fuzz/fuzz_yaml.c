#include "base/limits.h"
#include "base/node.h"
#include "border/yaml.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/node_rules.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	const struct yaml_options options = { .local_tags = size && data[0] & 1 };
	struct node_document *document = NULL;
	struct error err = { 0 };

	if (yaml_parse((const char *)data, size, &options, REASON_MANIFEST, &document, &err) == 0) {
		FUZZ_PROMISE(node_rules_depth(node_root(document)) <= LIMIT_DEPTH);
		node_document_free(document);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
