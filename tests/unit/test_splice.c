#include "base/splice.h"

#include "base/mem.h"
#include "base/node.h"
#include "base/writer.h"
#include "border/json.h"

#include "tests/unit/check.h"

typedef int (*change)(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err);

static int
remove_member(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err)
{
	(void)value;
	return splice_remove(text, path, out, err);
}

/* A change of the member a.b, or of a alone where DEPTH is 1; AFTER NULL: refused. */
struct row {
	const char *name;
	change change;
	size_t depth;
	const char *before, *after;
};

static const struct row rows[] = {
	{ "set: empty", splice_set, 2, "{}", "{\"a\":{\"b\":1}}" },
	{ "set: empty, with space", splice_set, 2, " { } ", " {\"a\":{\"b\":1} } " },
	{ "set: behind another", splice_set, 1, "{\"x\":0}", "{\"x\":0,\"a\":1}" },
	{ "set: takes over white space", splice_set, 1, "{\n\t\"x\" :  0\n}\n",
		"{\n\t\"x\" :  0,\n\t\"a\":  1\n}\n" },
	{ "set: in a map that is there", splice_set, 2, "{\"a\": {\"c\": []}, \"z\":0}",
		"{\"a\": {\"c\": [],\"b\": 1}, \"z\":0}" },
	{ "set: in an empty map", splice_set, 2, "{\"a\":{}}", "{\"a\":{\"b\":1}}" },
	{ "set: a null on the way", splice_set, 2, "{\"a\": null ,\"z\":0}",
		"{\"a\": {\"b\":1} ,\"z\":0}" },
	{ "set: replaces a text", splice_set, 2, "{\"a\":{\"b\":\"}\\\"]\"}}",
		"{\"a\":{\"b\":1}}" },
	{ "set: replaces a map", splice_set, 2, "{\"a\":{\"b\":{\"q\":[{}]} }}",
		"{\"a\":{\"b\":1 }}" },
	{ "set: replaces a number at the end", splice_set, 1, "{\"a\":-1.5e3}", "{\"a\":1}" },
	{ "set: replaces true", splice_set, 1, "{\"a\":true,\"b\":false}",
		"{\"a\":1,\"b\":false}" },
	{ "set: an escaped name", splice_set, 1, "{\"\\u0061\":7}", "{\"\\u0061\":1}" },
	{ "set: brackets and escapes in texts beside it", splice_set, 2,
		"{\"}{\":\"\\\\\",\"[\":[\"]\",\"\\\"\"],\"a\":{\"b\":0}}",
		"{\"}{\":\"\\\\\",\"[\":[\"]\",\"\\\"\"],\"a\":{\"b\":1}}" },
	{ "set: through a list", splice_set, 2, "{\"a\":[]}", NULL },
	{ "set: in a list", splice_set, 1, "[]", NULL },
	{ "set: in a text", splice_set, 1, "\"a\"", NULL },
	{ "append: absent", splice_append, 2, "{\"x\":0}", "{\"x\":0,\"a\":{\"b\":[1]}}" },
	{ "append: a null on the way", splice_append, 2, "{\"a\":null}", "{\"a\":{\"b\":[1]}}" },
	{ "append: a null list", splice_append, 2, "{\"a\":{\"b\":null}}", "{\"a\":{\"b\":[1]}}" },
	{ "append: an empty list", splice_append, 2, "{\"a\":{\"b\":[ ]}}",
		"{\"a\":{\"b\":[1 ]}}" },
	{ "append: behind others", splice_append, 2, "{\"a\":{\"b\":[ 7, [8] ]}}",
		"{\"a\":{\"b\":[ 7, [8], 1 ]}}" },
	{ "append: takes over white space", splice_append, 1, "{\"a\":[\n  {},\n  {}\n]}",
		"{\"a\":[\n  {},\n  {},\n  1\n]}" },
	{ "append: to a map", splice_append, 2, "{\"a\":{\"b\":{}}}", NULL },
	{ "remove: the only one", remove_member, 1, "{ \"a\" : 1 }", "{  }" },
	{ "remove: the first", remove_member, 1, "{\"a\":1, \"z\":0}", "{\"z\":0}" },
	{ "remove: between", remove_member, 1, "{\"x\":0, \"a\":[1,2], \"z\":0}",
		"{\"x\":0, \"z\":0}" },
	{ "remove: the last", remove_member, 1, "{\"x\":0,\n\"a\":{}\n}", "{\"x\":0\n}" },
	{ "remove: inside", remove_member, 2, "{\"a\":{\"b\":1},\"z\":0}", "{\"a\":{},\"z\":0}" },
	{ "remove: a null", remove_member, 1, "{\"a\":null}", "{}" },
	{ "remove: absent", remove_member, 2, "{\"a\":{\"c\":1}}", "{\"a\":{\"c\":1}}" },
	{ "remove: below a null", remove_member, 2, "{\"a\":null}", "{\"a\":null}" },
	{ "remove: through a text", remove_member, 2, "{\"a\":\"b\"}", NULL },
};

static void
run_row(const struct row *row)
{
	static const char *const names[] = { "a", "b" };
	const struct splice_path path = { names, row->depth };
	cleanup_document struct node_document *document = NULL, *again = NULL;
	cleanup_writer struct writer out = { 0 };
	struct splice text = { row->before, strlen(row->before), NULL };
	struct error err = { 0 };
	int result;

	if (json_parse(text.bytes, text.length, REASON_CONFIG, &document, &err)) {
		check(false, row->name, "the row is no JSON: %s", err.text);
		return;
	}
	text.root = node_root(document);
	result = row->change(&text, &path, "1", &out, &err);
	if (!row->after || result) {
		check_result(result, row->after ? REASON_NONE : REASON_CONFIG, &err, row->name);
		return;
	}
	check_text(out.text, row->after, row->name);
	check(json_parse(out.text, out.length, REASON_CONFIG, &again, &err) == 0, row->name,
		"the result is no JSON: %s", err.text);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		run_row(&rows[i]);
	return check_end();
}
