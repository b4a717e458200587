#include "base/node.h"
#include "border/yaml.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	const struct yaml_options options = { .local_tags = size && data[0] & 1 };
	struct node_document *document = NULL;
	struct error err = { 0 };

	if (yaml_parse((const char *)data, size, &options, REASON_MANIFEST, &document, &err) == 0) {
		FUZZ_PROMISE(node_root(document));
		node_document_free(document);
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE && err.text[0]);
	}
}
