#include "border/json.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"

#include "tests/unit/check.h"

/* BEGIN COUNT times, then END COUNT times. */
static char *
nested(const char *begin, const char *end, size_t count)
{
	char *text = malloc(count * (strlen(begin) + strlen(end)) + 2), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, begin);
	if (strcmp(begin, "[") != 0)
		to = stpcpy(to, "0");
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, end);
	return text;
}

static void
test_depth(void)
{
	static const struct {
		const char *name, *begin, *end;
		size_t count;
		enum reason wanted;
	} rows[] = {
		{ "lists at the limit", "[", "]", LIMIT_DEPTH, REASON_NONE },
		{ "lists above the limit", "[", "]", LIMIT_DEPTH + 1, REASON_MANIFEST },
		{ "maps at the limit", "{\"a\":", "}", LIMIT_DEPTH, REASON_NONE },
		{ "maps above the limit", "{\"a\":", "}", LIMIT_DEPTH + 1, REASON_MANIFEST },
		{ "bomb of lists", "[", "]", 100000, REASON_MANIFEST },
		{ "bomb of lists, unclosed", "[", "", 100000, REASON_MANIFEST },
		{ "bomb of maps, unclosed", "{\"a\":", "", 100000, REASON_MANIFEST },
		{ "bomb of both, unclosed", "[{\"\":", "", 50000, REASON_MANIFEST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_document struct node_document *document = NULL;
		cleanup_free char *text = nested(rows[i].begin, rows[i].end, rows[i].count);
		struct error err = { 0 };
		int result;

		if (!text)
			continue;
		result = json_parse(text, strlen(text), REASON_MANIFEST, &document, &err);
		check_result(result, rows[i].wanted, &err, rows[i].name);
		if (result)
			check(strstr(err.text, "nested deeper than 32"), rows[i].name, "%s",
				err.text);
	}
}

static void
test_tree(void)
{
	static const char text[] =
		"{\"pa\\/th\":\"\\/opt\\u002fnim\",\"n\":[-1.50e+3,true,false,null],"
		"\"smile\":\"\\ud83d\\ude00\",\"cut\":\"\"}";
	cleanup_document struct node_document *document = NULL;
	const struct node *root, *list, *child;
	struct error err = { 0 };

	check_result(json_parse(text, strlen(text), REASON_CONFIG, &document, &err), REASON_NONE,
		&err, "tree");
	root = document ? node_root(document) : NULL;
	if (!root)
		return;
	check(root->kind == NODE_MAP && root->count == 4 && !root->key, "tree: root", "wrong");
	check_text(node_text(node_member(root, "pa/th")), "/opt/nim", "tree: escaped slashes");
	check_text(node_text(node_member(root, "smile")), "\xf0\x9f\x98\x80", "tree: pair");
	check_text(node_text(node_member(root, "cut")), "", "tree: empty text");
	list = node_member(root, "n");
	check(list && list->kind == NODE_LIST && list->count == 4, "tree: list", "wrong");
	if (!list || list->count != 4)
		return;
	child = list->first;
	check(child->kind == NODE_NUMBER && child->length == 8, "tree: number", "wrong");
	check_text(child->text, "-1.50e+3", "tree: number as written");
	check(!node_text(child), "tree: a number is no text", "it is");
	child = child->next;
	check(child->kind == NODE_BOOL && child->boolean, "tree: true", "wrong");
	child = child->next;
	check(child->kind == NODE_BOOL && !child->boolean, "tree: false", "wrong");
	child = child->next;
	check(child->kind == NODE_NULL && !child->next && !child->text, "tree: null", "wrong");
}

static void
test_too_much(void)
{
	size_t values = LIMIT_JSON_NODES;
	cleanup_free char *many = malloc(2 * values + 2);
	cleanup_free char *large = malloc(LIMIT_TEXT_BYTES + 1);
	cleanup_document struct node_document *document = NULL;
	struct error err = { 0 };

	if (!many || !large)
		return;
	many[0] = '[';
	for (size_t i = 0; i < values; i++)
		memcpy(many + 1 + 2 * i, "1,", 2);
	many[2 * values] = ']';
	check_result(json_parse(many, 2 * values + 1, REASON_BUNDLE, &document, &err),
		REASON_BUNDLE, &err, "one value too many");
	check(strstr(err.text, "more values"), "one value too many: text", "%s", err.text);
	many[2 * values - 2] = ']';
	check_result(json_parse(many, 2 * values - 1, REASON_BUNDLE, &document, &err), REASON_NONE,
		&err, "as many values as allowed");
	memset(large, ' ', LIMIT_TEXT_BYTES + 1);
	large[0] = '1';
	check_result(json_parse(large, LIMIT_TEXT_BYTES + 1, REASON_POLICY, &document, &err),
		REASON_POLICY, &err, "too many bytes");
}

int
main(void)
{
	test_depth();
	test_tree();
	test_too_much();
	return check_end();
}
