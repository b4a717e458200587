#include "base/node.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

static const struct node_limits roomy = { .nodes = 1000, .text_bytes = 1000 };

/* The builder's refusals carry no reason: the border gives it. */
static void
check_refused(int result, const struct error *err, const char *says, const char *name)
{
	check(result == -1 && err->reason == REASON_NONE && strstr(err->text, says), name,
		"wanted \"%s\", got %d: %s", says, result, err->text);
}

static void
test_order(void)
{
	cleanup_document struct node_document *document = node_document_new(&roomy);
	struct error err = { .reason = REASON_IO };

	if (!document)
		return;
	check_refused(node_close(document, &err), &err, "more ends", "end first");
	check_refused(
		node_add_key(document, "k", 1, &err), &err, "a name where", "name at the top");
	check(!node_root(document), "no root yet", "there is one");
	check(node_open(document, NODE_MAP, &err) == 0, "open", "%s", err.text);
	check(!node_root(document), "no root before it is closed", "there is one");
	check_refused(node_add_bool(document, true, &err), &err, "no name", "member without name");
	check_refused(node_open(document, NODE_LIST, &err), &err, "no name", "list without name");
	check(node_add_key(document, "k", 1, &err) == 0, "name", "%s", err.text);
	check_refused(node_add_key(document, "l", 1, &err), &err, "a name where", "two names");
	check_refused(node_close(document, &err), &err, "without a value", "name without value");
	check(node_open(document, NODE_LIST, &err) == 0, "list", "%s", err.text);
	check_refused(node_add_key(document, "m", 1, &err), &err, "a name where", "name in a list");
	check(node_add_bool(document, true, &err) == 0, "element", "%s", err.text);
	check(node_close(document, &err) == 0, "close list", "%s", err.text);
	check(node_close(document, &err) == 0, "close map", "%s", err.text);
	check(node_root(document) != NULL, "root", "none");
	check_refused(node_add_scalar(document, NODE_NULL, NULL, 0, &err), &err, "second value",
		"second value");
}

static void
test_tree(void)
{
	cleanup_document struct node_document *document = node_document_new(&roomy);
	const struct node *root, *member;
	struct error err = { 0 };

	if (!document)
		return;
	node_at(document, 3, 5);
	check(node_open(document, NODE_MAP, &err) == 0 &&
			node_add_key(document, "name!", 4, &err) == 0 &&
			node_add_scalar(document, NODE_TEXT, "text!", 4, &err) == 0 &&
			node_add_key(document, "", 0, &err) == 0 &&
			node_add_scalar(document, NODE_TEXT, NULL, 0, &err) == 0 &&
			node_close(document, &err) == 0,
		"tree", "%s", err.text);
	root = node_root(document);
	if (!root)
		return;
	check(root->line == 3 && root->column == 5 && root->count == 2, "tree: root", "wrong");
	member = node_member(root, "name");
	check_text(node_text(member), "text", "tree: text");
	check_text(member ? member->key : NULL, "name", "tree: key");
	check_text(node_text(node_member(root, "")), "", "tree: empty");
	check(!node_member(root, "nam") && !node_member(NULL, "a") && !node_member(member, "a"),
		"tree: no member", "found");
	check(!node_text(root) && !node_text(NULL), "tree: no text", "found");
	check_text(node_kind_words(root), "a map", "tree: words");
	check_text(node_kind_words(NULL), "nothing", "tree: words of nothing");
}

static void
test_texts(void)
{
	static const struct {
		const char *name, *bytes;
		size_t length;
		const char *says;
	} rows[] = {
		{ "NUL first", "\0a", 2, "NUL" },
		{ "NUL last", "a\0", 2, "NUL" },
		{ "overlong", "\xc0\xae", 2, "not UTF-8" },
		{ "surrogate", "\xed\xa0\x80", 3, "not UTF-8" },
		{ "cut off", "\xe2\x82", 2, "not UTF-8" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_document struct node_document *document = node_document_new(&roomy);
		struct error err = { .reason = REASON_IO };

		if (!document)
			return;
		check_refused(
			node_add_scalar(document, NODE_TEXT, rows[i].bytes, rows[i].length, &err),
			&err, rows[i].says, rows[i].name);
		node_open(document, NODE_MAP, &err);
		err.reason = REASON_IO;
		check_refused(node_add_key(document, rows[i].bytes, rows[i].length, &err), &err,
			rows[i].says, rows[i].name);
	}
}

static void
test_limits(void)
{
	static const struct node_limits tight = { .nodes = 2, .text_bytes = 4 };
	cleanup_document struct node_document *few = node_document_new(&tight);
	cleanup_document struct node_document *deep = node_document_new(&roomy);
	struct error err = { .reason = REASON_IO };
	int opened = 0;

	if (!few || !deep)
		return;
	check(node_open(few, NODE_LIST, &err) == 0, "limits: first", "%s", err.text);
	check_refused(
		node_add_scalar(few, NODE_TEXT, "12345", 5, &err), &err, "longer", "one byte");
	check(node_add_scalar(few, NODE_TEXT, "1234", 4, &err) == 0, "limits: text", "%s",
		err.text);
	check_refused(node_add_bool(few, true, &err), &err, "more values", "one value too many");
	check_refused(
		node_add_scalar(few, NODE_TEXT, "1", 1, &err), &err, "longer", "all together");
	while (opened <= LIMIT_DEPTH && node_open(deep, NODE_LIST, &err) == 0)
		opened++;
	check(opened == LIMIT_DEPTH, "limits: depth", "%d levels", opened);
	check_refused(-1, &err, "nested deeper than 32", "limits: depth");
}

/* A map of COUNT members "k0", "k1", ...; the last one's name is LAST. */
static int
build_map(struct node_document *document, int count, const char *last, struct error *err)
{
	char name[16];

	if (node_open(document, NODE_MAP, err))
		return -1;
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		if (i == count - 1)
			snprintf(name, sizeof(name), "%s", last);
		if (node_add_key(document, name, strlen(name), err) ||
			node_add_bool(document, true, err))
			return -1;
	}
	return node_close(document, err);
}

static void
test_duplicates(void)
{
	/* Both ways of comparing, at the border between them. */
	for (int count = 2; count < 40; count++) {
		cleanup_document struct node_document *same = node_document_new(&roomy);
		cleanup_document struct node_document *other = node_document_new(&roomy);
		struct error err = { .reason = REASON_IO };

		if (!same || !other)
			return;
		check(build_map(other, count, "k", &err) == 0 && node_root(other), "names differ",
			"%d members: %s", count, err.text);
		check_refused(build_map(same, count, "k0", &err), &err, "'k0' occurs twice",
			"first name again");
		check(!node_root(same), "refused: no root", "there is one");
	}
}

static void
test_large_texts(void)
{
	static const struct node_limits limits = { .nodes = 300, .text_bytes = 32 << 20 };
	cleanup_document struct node_document *document = node_document_new(&limits);
	cleanup_free char *text = malloc(100000);
	struct error err = { 0 };
	const struct node *node;
	size_t length = 0;

	if (!document || !text)
		return;
	memset(text, 'x', 100000);
	node_open(document, NODE_LIST, &err);
	for (length = 0; length < 100000; length += 997)
		if (node_add_scalar(document, NODE_TEXT, text, length, &err))
			break;
	check(node_close(document, &err) == 0 && node_root(document), "large", "%s", err.text);
	length = 0;
	for (node = node_root(document)->first; node; node = node->next, length += 997)
		if (node->length != length || strlen(node->text) != length)
			break;
	check(!node && length > 99000, "large: kept", "differs at %zu", length);
}

int
main(void)
{
	test_order();
	test_tree();
	test_texts();
	test_limits();
	test_duplicates();
	test_large_texts();
	return check_end();
}
