#include "border/yaml.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "tests/unit/check.h"

#include <time.h>

static const struct yaml_options strict, tolerant = { .local_tags = true };

struct refusal {
	const char *name;
	const char *bytes;
	const char *words; /* how the text begins */
};

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

static const struct refusal refusals[] = {
	{ "empty", "", "line 1, column 1: the document is empty" },
	{ "comment only", "# a\n\n", "line 3, column 1: the document is empty" },
	{ "marker only", "---\n", "line 2, column 1: the document is empty" },
	{ "empty quoted", "''", "line 1, column 1: the document is empty" },
	{ "anchor on scalar", "a: &x 1\n", "line 1, column 4: the anchor 'x'" },
	{ "anchor on map", "a: &x {b: c}\n", "line 1, column 4: the anchor 'x'" },
	{ "anchor on list", "a: &x [b]\n", "line 1, column 4: the anchor 'x'" },
	{ "anchor on name", "&x a: b\n", "line 1, column 1: the anchor 'x'" },
	{ "alias", "a: *x\n", "line 1, column 4: the alias 'x'" },
	{ "alias as name", "*x : 1\n", "line 1, column 1: the alias 'x'" },
	{ "alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
		"line 1, column 4: the anchor 'a'" },
	{ "merge key", "a: {b: c}\n<<: {d: e}\n", "line 2, column 1: merge keys" },
	{ "quoted merge key", "'<<': {d: e}\n", "line 1, column 1: merge keys" },
	{ "second document", "a: b\n---\nc: d\n", "line 2, column 1: a second document" },
	{ "second document after an end", "a: b\n...\nc: d\n", "line 3, column 1: " },
	{ "version directive", "%YAML 1.1\n---\na: b\n", "line 1, column 1: directives" },
	{ "tag directive", "%TAG ! tag:x,2000:\n---\na: !b c\n", "line 1, column 1: directives" },
	{ "directive behind a document", "a: b\n...\n%YAML 1.1\n---\n",
		"line 3, column 1: directives" },
	{ "directive behind CR", "# x\r%YAML 1.1\r---\ra: b\r", "line 1, column 5: directives" },
	{ "list as name", "? [a]\n: b\n", "line 1, column 3: a name is a list" },
	{ "map as name", "{{a: b}: c}", "line 1, column 2: a name is a map" },
	{ "empty name", "? ''\n: b\n", "line 1, column 3: a name is empty" },
	{ "duplicate", "a: 1\nb: 2\na: 3\n", "line 3, column 1: the name 'a' occurs twice" },
	{ "duplicate, quoted", "{a: 1, \"\\x61\": 2}", "line 1, column 8: the name 'a' occurs" },
	{ "global tag", "a: !!str b\n", "line 1, column 4: the tag 'tag:yaml.org,2002:str'" },
	{ "verbatim global tag", "a: !<tag:yaml.org,2002:str> b\n", "line 1, column 4: the tag" },
	{ "python tag", "!!python/object/apply:os.system ['id']", "line 1, column 1: the tag" },
	{ "byte order mark",
		"\xef\xbb\xbf"
		"a: b\n",
		"line 1, column 1: the document begins with a byte order mark" },
	{ "UTF-16", "\xff\xfe\x61", "line 1, column 1: the document is UTF-16" },
	{ "UTF-16, big end", "\xfe\xff", "line 1, column 1: the document is UTF-16" },
	{ "not UTF-8", "a: b\nc: \xc0\xae\n", "line 2, column 1: this line is not UTF-8" },
	{ "not UTF-8 at the end", "a: b\nc: \xe2\x80", "line 2, column 1: this line is not UTF-8" },
	{ "NEL ends a comment",
		"# x\xc2\x85"
		"a: b\n",
		"line 1, column 4: a line break (U+0085" },
	{ "LS", "a: b\nc: \xe2\x80\xa8 d\n", "line 2, column 4: a line break" },
	{ "PS", "\xe2\x80\xa9", "line 1, column 1: a line break" },
	{ "escaped NUL", "a: \"\\0\"\n", "line 1, column 4: a text holds a NUL" },
	{ "control character", "a: b\nc: \x01\n", "line 2, column 4: control characters" },
	{ "unclosed list", "[a, b", "line 2, column 1: did not find expected ',' or ']'" },
	{ "unclosed quote", "a: 'b", "line 1, column 6: " },
	{ "tab as indentation", "a:\n\tb: c\n", "line 2, column 1: " },
	{ "trailing bracket", "a: b\n]\n", "line 2, column 1: " },
	{ "two values", "a b\n'c'\n d: e\n", "line " },
};

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
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refused(refusals[i].name, refusals[i].bytes, strlen(refusals[i].bytes),
			&strict, refusals[i].words);
	check_long_inputs();
	check_result(parse_depth(LIMIT_DEPTH, &err), REASON_NONE, &err, "depth: at the limit");
	check_result(parse_depth(LIMIT_DEPTH + 1, &err), REASON_CONFIG, &err, "depth: one more");
	check_text(err.text, "line 1, column 33: nested deeper than 32 levels", "depth: text");
	return check_end();
}
