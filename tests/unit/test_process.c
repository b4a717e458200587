#include "oci/process.h"

#include "base/mem.h"
#include "base/writer.h"

#include "tests/unit/check.h"

static const struct process_variable variable = { "PIN", "OLD_PIN", "x\"y" };

/* AFTER NULL: nothing is added. */
static const struct {
	const char *name, *before, *after;
} rows[] = {
	{ "behind the last", "{\"process\":{\"env\":[\"PATH=/bin\"],\"cwd\":\"/\"}}",
		"{\"process\":{\"env\":[\"PATH=/bin\",\"PIN=x\\\"y\"],\"cwd\":\"/\"}}" },
	{ "no variables", "{\"process\":{\"cwd\":\"/\"}}",
		"{\"process\":{\"cwd\":\"/\",\"env\":[\"PIN=x\\\"y\"]}}" },
	{ "variables are null", "{\"process\":{\"env\":null}}",
		"{\"process\":{\"env\":[\"PIN=x\\\"y\"]}}" },
	{ "a longer and a shorter name", "{\"process\":{\"env\":[\"PINS=1\",\"PI=2\",\"PIN\"]}}",
		"{\"process\":{\"env\":[\"PINS=1\",\"PI=2\",\"PIN\",\"PIN=x\\\"y\"]}}" },
	{ "variables elsewhere", "{\"process\":{\"env\":[]},\"env\":[\"PIN=1\"]}",
		"{\"process\":{\"env\":[\"PIN=x\\\"y\"]},\"env\":[\"PIN=1\"]}" },
	{ "another value", "{\"process\":{\"env\":[\"A=1\",\"PIN=z\"]}}", NULL },
	{ "an empty value", "{\"process\":{\"env\":[\"PIN=\",\"A=1\"]}}", NULL },
	{ "an escaped name", "{\"process\":{\"env\":[\"P\\u0049N=z\"]}}", NULL },
	{ "the other name", "{\"process\":{\"env\":[\"OLD_PIN=z\"]}}", NULL },
	{ "no process", "{\"root\":{}}", NULL },
};

static void
test_added(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_writer struct writer out = { 0 }, twice = { 0 };
		struct error err = { 0 };
		int result = process_add_variable(
			rows[i].before, strlen(rows[i].before), &variable, &out, &err);

		if (!rows[i].after) {
			check(result == 1 && !out.text, rows[i].name, "changed: %d", result);
			continue;
		}
		if (result) {
			check_result(result, REASON_NONE, &err, rows[i].name);
			continue;
		}
		check_text(out.text, rows[i].after, rows[i].name);
		result = process_add_variable(out.text, out.length, &variable, &twice, &err);
		check(result == 1, rows[i].name, "added twice: %d", result);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *name, *text, *words;
	} refused[] = {
		{ "not JSON", "{\"process\":", "config.json: not JSON" },
		{ "a list", "[]", "must be a JSON object, is a list" },
		{ "the process is a list", "{\"process\":[]}", "process" },
		{ "the process misspelt", "{\"Process\":{}}",
			"'Process' is a misspelling of process" },
		{ "the variables misspelt", "{\"process\":{\"Env\":[]}}",
			"'Env' is a misspelling of env" },
		{ "variables are a map", "{\"process\":{\"env\":{}}}", "env" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_writer struct writer out = { 0 };
		struct error err = { 0 };

		check_result(process_add_variable(refused[i].text, strlen(refused[i].text),
				     &variable, &out, &err),
			REASON_CONFIG, &err, refused[i].name);
		check(strstr(err.text, refused[i].words), refused[i].name, "says %s", err.text);
	}
}

int
main(void)
{
	test_added();
	test_refused();
	return check_end();
}
