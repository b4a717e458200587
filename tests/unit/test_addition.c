#include "base/addition.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY "{\"path\":\"/a b\\\"\",\"args\":[\"x\"]}"

static const char *const forms[] = { ENTRY, "[" ENTRY "]", "\"list\":[" ENTRY "]",
	"{\"list\":[" ENTRY "]}", "\"map\":{\"list\":[" ENTRY "]}" };

static const struct {
	const char *name, *before, *after;
	bool right;
} table[] = {
	{ "behind the last", "{\"list\":[1]}", "{\"list\":[1," ENTRY "]}", true },
	{ "into an empty list", "{\"list\":[]}", "{\"list\":[" ENTRY "]}", true },
	{ "behind its like", "{\"list\":[" ENTRY "]}", "{\"list\":[" ENTRY "," ENTRY "]}", true },
	{ "a list", "{\"a\":1}", "{\"a\":1,\"list\":[" ENTRY "]}", true },
	{ "a map, laid out", "{\n  \"a\": 1\n}",
		"{\n  \"a\": 1,\n  \"map\": {\"list\":[{ \"path\":\"/a b\\\"\" , \"args\":[\"x\"]}]}\n}",
		true },
	{ "for a null", "{\"list\":null}", "{\"list\":[" ENTRY "]}", true },
	{ "a map for a null", "{\"map\":null,\"b\":0}", "{\"map\":{\"list\":[" ENTRY "]},\"b\":0}",
		true },
	{ "nothing", "{\"list\":[1]}", "{\"list\":[1]}", false },
	{ "another byte elsewhere", "{\"list\":[1]}", "{\"list\":[2," ENTRY "]}", false },
	{ "another entry", "{\"list\":[]}", "{\"list\":[{\"path\":\"/evil\",\"args\":[\"x\"]}]}",
		false },
	{ "a part of it", "{\"list\":[]}", "{\"list\":[{\"path\":\"/a b\\\"\"}]}", false },
	{ "more behind it", "{\"list\":[]}", "{\"list\":[" ENTRY ",1]}", false },
	{ "more before it", "{\"list\":[]}", "{\"list\":[1," ENTRY "]}", false },
	{ "two commas", "{\"list\":[1]}", "{\"list\":[1,," ENTRY "]}", false },
	{ "a space within a text", "{\"list\":[]}",
		"{\"list\":[{\"path\":\"/a  b\\\"\",\"args\":[\"x\"]}]}", false },
	{ "brackets that close what is around", "{\"list\":[[1]]}",
		"{\"list\":[[1]]," ENTRY ",[]]}", false },
	{ "within a text", "{\"a\":\"b,c\"}", "{\"a\":\"b" ENTRY ",c\"}", false },
	{ "within a text, behind a quote", "{\"a\":\"\\\",c\"}", "{\"a\":\"\\\"" ENTRY ",c\"}",
		false },
	{ "behind a text that ends in a backslash", "[\"\\\\\"]", "[\"\\\\\"," ENTRY "]", true },
	{ "instead of another word", "{\"list\":true}", "{\"list\":[" ENTRY "]}", false },
	{ "instead of everything", "{\"list\":[1]}", ENTRY, false },
	{ "something is gone", "{\"a\":1,\"list\":[1]}", "{\"list\":[1," ENTRY "]}", false },
	{ "behind the end", "{\"a\":1}", "{\"a\":1}" ENTRY,
		true }, /* no JSON; whoever reads it says so */
	{ "shorter", "{\"a\":1}", "{\"a\"", false },
	{ "empty", "{\"a\":1}", "", false },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct addition addition = { table[i].before, strlen(table[i].before),
			table[i].after, strlen(table[i].after) };
		/* Of their own, so that nothing beside them is looked at. */
		cleanup_free char *before = malloc(addition.length + 1);
		cleanup_free char *after = malloc(addition.after_length + 1);
		struct addition own = addition;

		if (!before || !after)
			abort();
		own.before = memcpy(before + 1, addition.before, addition.length);
		own.after = memcpy(after + 1, addition.after, addition.after_length);
		check(addition_is_one_of(&own, forms, ARRAY_SIZE(forms)) == table[i].right,
			table[i].name, "taken for the contrary");
	}
	return check_end();
}
