#include "oci/state_text.h"

#include "base/mem.h"
#include "oci/state.h"

#include "tests/unit/check.h"

#include <string.h>

/* What a parser says is process 4711 and bundle /run/b. */
static const struct {
	const char *name, *text;
	bool same;
} table[] = {
	{ "runc", "{\"ociVersion\":\"1.0\",\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\"}",
		true },
	{ "last", "{\"id\":\"c\",\"bundle\":\"/run/b\",\"pid\":4711}", true },
	{ "spaces", "{\"id\":\"c\",\"pid\" : 4711 ,\n \"bundle\"\t:\r\n \"/run/b\" }", true },
	{ "crun escapes slashes", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"\\/run\\/b\"}", true },
	{ "codes", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"\\u002frun\\u002Fb\"}", true },
	{ "annotations",
		"{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"pid\":\"1\",\"bundle\":\"\"}}",
		false },
	{ "an annotation that is called pid",
		"{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"pid\":\"1\"}}",
		true },
	{ "an annotation that looks like members",
		"{\"id\":\"c\",\"annotations\":{\"a\":\"\\\"pid\\\":1,\\\"bundle\\\":\\\"/evil\\\"\"},\"pid\":4711,"
		"\"bundle\":\"/run/b\"}",
		true },
	{ "a value that is called pid",
		"{\"id\":\"c\",\"x\":\"pid\",\"pid\":4711,\"bundle\":\"/run/b\"}", true },
	{ "another process", "{\"id\":\"c\",\"pid\":4712,\"bundle\":\"/run/b\"}", false },
	{ "a longer number", "{\"id\":\"c\",\"pid\":47110,\"bundle\":\"/run/b\"}", false },
	{ "a shorter number", "{\"id\":\"c\",\"pid\":471,\"bundle\":\"/run/b\"}", false },
	{ "a fraction", "{\"id\":\"c\",\"pid\":4711.5,\"bundle\":\"/run/b\"}", false },
	{ "negative", "{\"id\":\"c\",\"pid\":-4711,\"bundle\":\"/run/b\"}", false },
	{ "a number that wraps round",
		"{\"id\":\"c\",\"pid\":18446744073709556327,\"bundle\":\"/run/b\"}", false },
	{ "two processes", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\",\"x\":{\"pid\":4711}}",
		false },
	{ "no process", "{\"id\":\"c\",\"bundle\":\"/run/b\"}", false },
	{ "a process in words", "{\"id\":\"c\",\"pid\":\"4711\",\"bundle\":\"/run/b\"}", false },
	{ "another bundle", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/c\"}", false },
	{ "a longer bundle", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b/c\"}", false },
	{ "a shorter bundle", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/\"}", false },
	{ "two bundles",
		"{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"bundle\":\"/run/b\"}}",
		false },
	{ "no bundle", "{\"id\":\"c\",\"pid\":4711}", false },
	{ "a bundle that does not end", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b", false },
	{ "a code that does not end", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"\\u00", false },
	{ "an escape that does not end", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"\\", false },
	{ "a foreign code", "{\"id\":\"c\",\"pid\":4711,\"bundle\":\"\\u012frun/b\"}", false },
	{ "a number at the end", "{\"id\":\"c\",\"bundle\":\"/run/b\",\"pid\":4711", false },
	{ "a name at the end", "{\"id\":\"c\",\"bundle\":\"/run/b\",\"pid\"", false },
	{ "another id", "{\"id\":\"d\",\"pid\":4711,\"bundle\":\"/run/b\"}", false },
	{ "another id first",
		"{\"annotations\":{\"id\":\"d\"},\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\"}",
		false },
	{ "another id later",
		"{\"id\":\"c\",\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"id\":\"d\"}}",
		true },
	{ "no id", "{\"pid\":4711,\"bundle\":\"/run/b\"}", false },
	{ "nothing", "", false },
};

int
main(void)
{
	static struct state state = { .pid = 4711, .id = "c", .oci_bundle = "/run/b" };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t length = strlen(table[i].text);
		cleanup_free char *text = malloc(length ? length : 1);
		struct error err = { 0 };
		int result;

		if (!text)
			abort();
		memcpy(text, table[i].text, length); /* no NUL: nothing behind it is looked at */
		result = state_text_check(text, length, &state, &err);
		check_result(
			result, table[i].same ? REASON_NONE : REASON_INTERNAL, &err, table[i].name);
	}
	return check_end();
}
