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
	{ "last", "{\"bundle\":\"/run/b\",\"pid\":4711}", true },
	{ "spaces", "{ \"pid\" : 4711 ,\n \"bundle\"\t:\r\n \"/run/b\" }", true },
	{ "crun escapes slashes", "{\"pid\":4711,\"bundle\":\"\\/run\\/b\"}", true },
	{ "codes", "{\"pid\":4711,\"bundle\":\"\\u002frun\\u002Fb\"}", true },
	{ "annotations",
		"{\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"pid\":\"1\",\"bundle\":\"\"}}",
		false },
	{ "an annotation that is called pid",
		"{\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"pid\":\"1\"}}", true },
	{ "an annotation that looks like members",
		"{\"annotations\":{\"a\":\"\\\"pid\\\":1,\\\"bundle\\\":\\\"/evil\\\"\"},\"pid\":4711,"
		"\"bundle\":\"/run/b\"}",
		true },
	{ "a value that is called pid", "{\"id\":\"pid\",\"pid\":4711,\"bundle\":\"/run/b\"}",
		true },
	{ "another process", "{\"pid\":4712,\"bundle\":\"/run/b\"}", false },
	{ "a longer number", "{\"pid\":47110,\"bundle\":\"/run/b\"}", false },
	{ "a shorter number", "{\"pid\":471,\"bundle\":\"/run/b\"}", false },
	{ "a fraction", "{\"pid\":4711.5,\"bundle\":\"/run/b\"}", false },
	{ "negative", "{\"pid\":-4711,\"bundle\":\"/run/b\"}", false },
	{ "a number that wraps round", "{\"pid\":18446744073709556327,\"bundle\":\"/run/b\"}",
		false },
	{ "two processes", "{\"pid\":4711,\"bundle\":\"/run/b\",\"x\":{\"pid\":4711}}", false },
	{ "no process", "{\"bundle\":\"/run/b\"}", false },
	{ "a process in words", "{\"pid\":\"4711\",\"bundle\":\"/run/b\"}", false },
	{ "another bundle", "{\"pid\":4711,\"bundle\":\"/run/c\"}", false },
	{ "a longer bundle", "{\"pid\":4711,\"bundle\":\"/run/b/c\"}", false },
	{ "a shorter bundle", "{\"pid\":4711,\"bundle\":\"/run/\"}", false },
	{ "two bundles",
		"{\"pid\":4711,\"bundle\":\"/run/b\",\"annotations\":{\"bundle\":\"/run/b\"}}",
		false },
	{ "no bundle", "{\"pid\":4711}", false },
	{ "a bundle that does not end", "{\"pid\":4711,\"bundle\":\"/run/b", false },
	{ "a code that does not end", "{\"pid\":4711,\"bundle\":\"\\u00", false },
	{ "an escape that does not end", "{\"pid\":4711,\"bundle\":\"\\", false },
	{ "a foreign code", "{\"pid\":4711,\"bundle\":\"\\u012frun/b\"}", false },
	{ "a number at the end", "{\"bundle\":\"/run/b\",\"pid\":4711", false },
	{ "a name at the end", "{\"bundle\":\"/run/b\",\"pid\"", false },
	{ "nothing", "", false },
};

int
main(void)
{
	static struct state state = { .pid = 4711, .oci_bundle = "/run/b" };

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
