#include "border/yaml.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "tests/unit/check.h"

#include <time.h>

static const struct yaml_options strict, tolerant = { .local_tags = true };

static void
check_refused(const char *name, const char *bytes, size_t length,
	const struct yaml_options *options, const char *words)
{
	cleanup_document struct node_document *document = NULL;
	struct error err = { 0 };
	int result = yaml_parse(bytes, length, options, REASON_MANIFEST, &document, &err);

	check_result(result, REASON_MANIFEST, &err, name);
	check(strncmp(err.text, words, strlen(words)) == 0, name, "wanted \"%s\", got \"%s\"",
		words, err.text);
	check(!document, name, "a document although it was refused");
}

static void
check_long_inputs(void)
{
	enum { LENGTH = 100 << 10 };
	static const char *const units[] = { "[", "{", "? ", "- ", "{a: ", "[[a, " };
	cleanup_free char *bytes = malloc(LENGTH);
	cleanup_free char *large = calloc(1, LIMIT_MANIFEST_BYTES + 1);
	struct timespec begin, end;

	if (!bytes || !large)
		abort();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t step = strlen(units[i]);

		for (size_t at = 0; at < LENGTH; at++)
			bytes[at] = units[i][at % step];
		check_refused(units[i], bytes, LENGTH, &strict, "line 1, column ");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	check(end.tv_sec - begin.tv_sec < 3, "depth: time", "%ld s", end.tv_sec - begin.tv_sec);
	check_refused("NUL", "a: b\0c", 6, &strict, "line 1, column 5: a NUL byte");
	check_refused("NUL at the end", "a: b\n", 6, &strict, "line 2, column 1: a NUL byte");
	check_refused("UTF-16 without a mark", "a\0:\0", 4, &strict, "line 1, column 2: a NUL");
	memset(large, '#', LIMIT_MANIFEST_BYTES + 1);
	check_refused("too many bytes", large, LIMIT_MANIFEST_BYTES + 1, &strict,
		"line 1, column 1: the document has 16777217 bytes");
	for (size_t i = 0; i < LIMIT_MANIFEST_BYTES; i++)
		large[i] = i % 2 ? ',' : 'a';
	large[0] = '[';
	check_refused("too many values", large, LIMIT_MANIFEST_BYTES, &strict, "line 1, column ");
}

/* DEPTH lists, one in the other. */
static int
parse_depth(size_t depth, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	char bytes[2 * (LIMIT_DEPTH + 1)];

	memset(bytes, '[', depth);
	memset(bytes + depth, ']', depth);
	return yaml_parse(bytes, 2 * depth, &strict, REASON_CONFIG, &document, err);
}

static void
check_tree(void)
{
	static const char bytes[] = "# a comment\n"
				    "text: 1.10\n"
				    "flow: {list: [yes, '', null], \"quoted\": \"a\\tb\"}\n"
				    "block:\n"
				    "- one\n"
				    "- two: |\n"
				    "    three\n"
				    "\xc3\xa9: \xf0\x9f\x98\x80\n"
				    "empty: # 5%\n";
	cleanup_document struct node_document *document = NULL;
	struct error err = { 0 };
	const struct node *root, *flow, *block, *list;
	int result = yaml_parse(bytes, sizeof(bytes) - 1, &strict, REASON_CONFIG, &document, &err);

	check_result(result, REASON_NONE, &err, "tree");
	if (result)
		return;
	root = node_root(document);
	flow = node_member(root, "flow");
	block = node_member(root, "block");
	list = node_member(flow, "list");
	check(root->kind == NODE_MAP && root->count == 5, "root", "%zu", root->count);
	check_text(node_text(node_member(root, "text")), "1.10", "a number stays a text");
	check(list && list->kind == NODE_LIST && list->count == 3, "flow list", "missing");
	check_text(node_text(list->first), "yes", "a boolean stays a text");
	check_text(node_text(list->first->next), "", "an empty text");
	check_text(node_text(list->first->next->next), "null", "null stays a text");
	check_text(node_text(node_member(flow, "quoted")), "a\tb", "escapes");
	check_text(node_text(block->first), "one", "block list");
	check_text(node_text(node_member(block->first->next, "two")), "three\n", "literal");
	check_text(node_text(node_member(root, "\xc3\xa9")), "\xf0\x9f\x98\x80", "UTF-8");
	check_text(node_text(node_member(root, "empty")), "", "no value");
	check(flow->line == 3 && flow->column == 7, "place of a map", "%u:%u", flow->line,
		flow->column);
	check(block->first->line == 5 && block->first->column == 3, "place in a list", "%u:%u",
		block->first->line, block->first->column);
}

static void
check_tags(void)
{
	static const char bytes[] = "a: !workspace\n"
				    "  b: !name 'LICENSE'\n"
				    "  c: !x [d, ! e]\n"
				    "!k f: !<!verbatim> g\n";
	cleanup_document struct node_document *document = NULL;
	struct error err = { 0 };
	const struct node *root, *inner;
	int result =
		yaml_parse(bytes, sizeof(bytes) - 1, &tolerant, REASON_MANIFEST, &document, &err);

	check_result(result, REASON_NONE, &err, "local tags");
	if (result)
		return;
	root = node_root(document);
	inner = node_member(root, "a");
	check(inner && inner->kind == NODE_MAP, "a tagged map", "%s", node_kind_words(inner));
	check_text(node_text(node_member(inner, "b")), "LICENSE", "a tagged text");
	check(node_member(inner, "c") && node_member(inner, "c")->count == 2, "a tagged list", "-");
	check_text(node_text(node_member(root, "f")), "g", "a tagged name");
	check_refused("local tag, strict", "a: !x b", 7, &strict, "line 1, column 4: the tag '!x'");
	check_refused(
		"non-specific tag, strict", "a: ! b", 6, &strict, "line 1, column 4: the tag '!'");
	check_refused("global tag, tolerant", "a: !!int 1", 10, &tolerant,
		"line 1, column 4: the tag 'tag:yaml.org,2002:int'");
}

int
main(void)
{
	struct error err = { 0 };

	check_tree();
	check_tags();
	check_long_inputs();
	check_result(parse_depth(LIMIT_DEPTH, &err), REASON_NONE, &err, "depth: at the limit");
	check_result(parse_depth(LIMIT_DEPTH + 1, &err), REASON_CONFIG, &err, "depth: one more");
	check_text(err.text, "line 1, column 33: nested deeper than 32 levels", "depth: text");
	return check_end();
}
