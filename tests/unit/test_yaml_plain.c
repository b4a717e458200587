/*
 * The quick way through YAML: what it takes, libyaml must read the same, places included; what
 * could mean anything else to anybody it must leave to libyaml, whatever that says.
 */
#include "border/yaml_plain.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "border/yaml.h"
#include "tests/fuzz/node_rules.h"
#include "tests/unit/check.h"

static const struct node_limits limits = { .nodes = LIMIT_YAML_NODES,
	.text_bytes = LIMIT_MANIFEST_BYTES };
static const struct yaml_options options = { .local_tags = true };

/* Libyaml's reading: a comment behind the end is not plain. Owned by the caller; NULL: refused. */
static struct node_document *
read_fully(const char *bytes, size_t length, struct error *err)
{
	cleanup_free char *commented = malloc(length + 2);
	struct node_document *document = NULL;

	if (!commented)
		abort();
	memcpy(commented, bytes, length);
	memcpy(commented + length, "#\n", 2);
	if (yaml_plain_read(commented, length + 2, &limits) ||
		yaml_parse(commented, length + 2, &options, REASON_MANIFEST, &document, err))
		return NULL;
	return document;
}

static void
check_taken(const char *name, const char *bytes, size_t length)
{
	cleanup_document struct node_document *plain = yaml_plain_read(bytes, length, &limits);
	struct error err = { 0 };
	cleanup_document struct node_document *full = read_fully(bytes, length, &err);

	check(plain != NULL, name, "left to libyaml");
	check(full != NULL, name, "libyaml's reading: %s", err.text);
	if (plain && full)
		check(node_rules_same(node_root(plain), node_root(full)), name,
			"not what libyaml reads");
}

/* As a program writes it. */
static const char manifest[] =
	"schema_version: '2.0'\n"
	"profile_selection_criteria: auto\n"
	"model: nim/meta/llama-demo\n"
	"profiles:\n"
	"- id: 7b508014e846234db3cabe5c9f38568b4ee96694b60600a0b71c621dc70cacf3\n"
	"  tags:\n"
	"    gpu_device: 2330:10de\n"
	"    tp: \"1\"\n"
	"  workspace:\n"
	"    files:\n"
	"      .gitattributes:\n"
	"        uri: ngc://nim/meta/llama-demo:hf-8c22764?file=.gitattributes\n"
	"        checksum: blake3:7065fb33f25f05e562a0ac12acf084a95c2892ede4bec8b2af0b8c2df6f27172\n"
	"      trtllm_engine/rank0.engine:\n"
	"        uri: ngc://nim/meta/llama-demo:1.0+a%2Fb~c?file=rank0.engine\n"
	"- id: second\n"
	"  list:\n"
	"    - one\n"
	"    - two: 2\n"
	"      three: 3, and (more)\n"
	"release: 1.8.4\n";

static const struct {
	const char *name;
	const char *bytes;
} taken[] = {
	{ "one member", "a: b\n" },
	{ "a colon within a text", "a: b:c:d\n" },
	{ "blanks within a text", "a: b  c - d\n" },
	{ "an empty text in quotes", "a: ''\nb: \"\"\n" },
	{ "signs in quotes", "a: '# [x] {y}: *z &w !v'\nb: \"% @ ` > |\"\n" },
	{ "a list at the margin", "- a\n- b\n" },
	{ "a list of maps at the margin", "- a: 1\n  b: 2\n- a: 3\n" },
	{ "a list as far left as its name", "a:\n- b\n- c: d\ne: f\n" },
	{ "a list to the right of its name", "a:\n  - b\n  - c: d\ne: f\n" },
	{ "a list in a map in a list", "- a:\n  - b\n  - c\n  d: e\n- f\n" },
	{ "several levels end at once", "a:\n  b:\n    c:\n      d: e\nf: g\n" },
	{ "dots at the beginning of a name", "a:\n  ...: b\n" },
	{ "words with a meaning elsewhere", "yes: no\nnull: NULL\n1: 0x10\n_: 5e3\n" },
};

/* Each could be read in two ways, or is not what programs write. */
static const struct {
	const char *name;
	const char *bytes;
} left[] = {
	{ "nothing", "" },
	{ "no line break at the end", "a: b" },
	{ "an empty line", "a: b\n\nc: d\n" },
	{ "blanks alone", "a: b\n  \n" },
	{ "a comment", "# c\na: b\n" },
	{ "a comment behind a text", "a: b # c\n" },
	{ "a hash within a text", "a: b#c\n" },
	{ "a mark of the document", "---\na: b\n" },
	{ "the end of the document", "a: b\n...\n" },
	{ "dots at the margin", "...: b\n" },
	{ "a text goes on", "a: b\n  c\n" },
	{ "a text goes on, and has a colon", "a: b\n  c: d\n" },
	{ "a text of a list goes on", "- a\n  b: c\n" },
	{ "a name without a value", "a:\nb: c\n" },
	{ "a name without a value, last", "a:\n" },
	{ "a map within a line", "a: b: c\n" },
	{ "a colon at the end of a text", "a: b:\n" },
	{ "a blank at the end", "a: b \n" },
	{ "a blank behind a name", "a: \n  b: c\n" },
	{ "two blanks before a text", "a:  b\n" },
	{ "a blank before the colon", "a : b\n" },
	{ "two blanks behind a dash", "-  a\n" },
	{ "a list in a list", "- - a\n" },
	{ "a dash without an item", "-\n" },
	{ "a dash as a text", "a: - b\n" },
	{ "a list below a text", "a: b\n- c\n" },
	{ "a list and then a name", "- a\nb: c\n" },
	{ "a list to the right, and then a name in its column", "a:\n  - b\n  c: d\n" },
	{ "a step back between two levels", "a:\n    b: c\n  d: e\n" },
	{ "an indented first line", "  a: b\n" },
	{ "a text alone", "a\n" },
	{ "a tab", "a:\tb\n" },
	{ "a carriage return", "a: b\r\n" },
	{ "a letter beyond ASCII", "a: \xc3\xa9\n" },
	{ "DEL", "a: '\x7f'\n" },
	{ "a quote within quotes", "a: 'b''c'\n" },
	{ "an escape", "a: \"b\\n\"\n" },
	{ "quotes that do not end", "a: 'b\n" },
	{ "one quote", "a: '\n" },
	{ "a text behind quotes", "a: 'b' c\n" },
	{ "two texts in quotes", "a: 'b': 'c'\n" },
	{ "a name in quotes", "'a': b\n" },
	{ "a map in brackets", "a: {b: c}\n" },
	{ "an anchor", "a: &b c\n" },
	{ "an alias", "a: *b\n" },
	{ "a tag", "a: !b c\n" },
	{ "a literal text", "a: |\n  b\n" },
	{ "a merge key", "<<: a\n" },
	{ "a question mark", "? a\n: b\n" },
	{ "a directive", "%YAML 1.1\n" },
	{ "a name twice", "a: b\na: c\n" },
};

static void
check_bounds(void)
{
	const struct node_limits few = { .nodes = 2, .text_bytes = 100 };
	char name[2048], deep[(LIMIT_DEPTH + 2) * (LIMIT_DEPTH + 2)];
	struct node_document *document;
	size_t length = 0;

	document = yaml_plain_read("a: b\nc: d\n", 10, &few);
	check(!document, "bounds: values", "more than allowed");
	memset(name, 'a', sizeof(name));
	memcpy(name + 1500, ": b\n", 4);
	document = yaml_plain_read(name, 1504, &limits);
	check(!document, "bounds: a name that libyaml takes for none", "taken");
	for (size_t depth = 0; depth <= LIMIT_DEPTH; depth++) {
		memset(deep + length, ' ', depth);
		memcpy(deep + length + depth, "a:\n", 3);
		length += depth + 3;
	}
	memcpy(deep + length - 1, " b\n", 3);
	document = yaml_plain_read(deep, length + 2, &limits);
	check(!document, "bounds: depth", "taken");
}

int
main(void)
{
	struct node_document *document;

	check_taken("a manifest", manifest, sizeof(manifest) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		check_taken(taken[i].name, taken[i].bytes, strlen(taken[i].bytes));
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		document = yaml_plain_read(left[i].bytes, strlen(left[i].bytes), &limits);
		check(!document, left[i].name, "taken");
		node_document_free(document);
	}
	check_bounds();
	return check_end();
}
