#include "base/limits.h"
#include "base/node.h"
#include "border/yaml.h"
#include "border/yaml_plain.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/node_rules.h"

/* What is read the quick way libyaml reads the same: it is asked by a comment behind the end. */
static void
compare(const char *data, size_t size, const struct yaml_options *options,
	const struct node_document *plain)
{
	char *commented;
	struct node_document *full = NULL;
	struct error err = { 0 };
	int result;

	fuzz_trust_memory();
	commented = malloc(size + 2);
	memcpy(commented, data, size);
	memcpy(commented + size, "#\n", 2);
	result = yaml_parse(commented, size + 2, options, REASON_MANIFEST, &full, &err);
	FUZZ_PROMISE(result == 0 && node_rules_same(node_root(plain), node_root(full)));
	node_document_free(full);
	free(commented);
	fuzz_distrust_memory();
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const struct yaml_options options = { .local_tags = size && data[0] & 1 };
	const struct node_limits limits = { .nodes = LIMIT_YAML_NODES,
		.text_bytes = LIMIT_MANIFEST_BYTES };
	struct node_document *document = yaml_plain_read((const char *)data, size, &limits);
	struct error err = { 0 };

	if (document)
		compare((const char *)data, size, &options, document);
	node_document_free(document);
	document = NULL;
	if (yaml_parse((const char *)data, size, &options, REASON_MANIFEST, &document, &err) == 0) {
		FUZZ_PROMISE(node_rules_depth(node_root(document)) <= LIMIT_DEPTH);
		node_document_free(document);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
