#include "oci/member.h"

#include "base/mem.h"
#include "base/node.h"
#include "border/json.h"

#include "tests/unit/check.h"

/* WORDS NULL: not refused; then FOUND tells whether the member is there. */
static const struct {
	const char *name, *member, *text;
	bool found;
	const char *words;
} rows[] = {
	{ "there", "hooks", "{\"a\":1,\"hooks\":{}}", true, NULL },
	{ "absent", "hooks", "{\"a\":1}", false, NULL },
	{ "an empty map", "hooks", "{}", false, NULL },
	{ "a beginning", "hooks", "{\"hook\":1,\"hooks2\":1}", false, NULL },
	{ "mixed case, as it is", "createRuntime", "{\"createRuntime\":{}}", true, NULL },
	{ "in capitals", "hooks", "{\"HOOKS\":{}}", false, "'HOOKS' is a misspelling of hooks" },
	{ "mixed case, in small letters", "createRuntime", "{\"createruntime\":{}}", false,
		"'createruntime' is a misspelling of createRuntime" },
	{ "beside the right one", "hooks", "{\"hooks\":{},\"hookS\":{}}", false, "'hookS'" },
	{ "a long s", "process", "{\"proces\\u017f\":{}}", false, "misspelling of process" },
	{ "a Kelvin sign", "hooks", "{\"hoo\\u212as\":{}}", false, "misspelling of hooks" },
	{ "another letter beyond ASCII", "hooks", "{\"h\\u00f6oks\":{}}", false, NULL },
	{ "no map", "hooks", "{\"hooks\":[]}", false, "hooks: must be a map, is a list" },
	{ "null", "hooks", "{\"hooks\":null}", false, "hooks: must be a map" },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_document struct node_document *document = NULL;
		const struct node *found = NULL;
		struct error err = { 0 };
		int result;

		if (json_parse(
			    rows[i].text, strlen(rows[i].text), REASON_CONFIG, &document, &err)) {
			check(false, rows[i].name, "the row is no JSON: %s", err.text);
			continue;
		}
		result = member_find_map(node_root(document), rows[i].member, &found, &err);
		check_result(
			result, rows[i].words ? REASON_CONFIG : REASON_NONE, &err, rows[i].name);
		if (rows[i].words)
			check(strstr(err.text, rows[i].words) != NULL, rows[i].name,
				"wanted '%s', got '%s'", rows[i].words, err.text);
		else
			check((found != NULL) == rows[i].found, rows[i].name, "found: %d",
				found != NULL);
	}
	return check_end();
}
