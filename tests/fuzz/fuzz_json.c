#include "base/node.h"
#include "border/json.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct node_document *document = NULL;
	struct error err = { 0 };

	if (json_parse((const char *)data, size, REASON_BUNDLE, &document, &err) == 0) {
		FUZZ_PROMISE(node_root(document));
		node_document_free(document);
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE && err.text[0]);
	}
}
