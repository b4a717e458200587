#include "oci/hooks.h"

#include "base/mem.h"
#include "base/writer.h"

#include "tests/unit/check.h"

/* What hooks_write() makes of the entry below. */
#define OURS                                                                              \
	"{\"path\":\"/h\",\"args\":[\"nimgate-hook\",\"createRuntime\"],\"env\":[\"PATH=" \
	"/usr/sbin:/usr/bin\"],\"timeout\":110}"
#define OTHER "{\"path\":\"/other\"}"

static const struct hooks_entry entry = { "/h", { "nimgate-hook", "createRuntime" } };

/* AFTER NULL: it is there already. */
static const struct {
	const char *name, *before, *after;
} rows[] = {
	{ "no hooks", "{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"}}",
		"{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"},\"hooks\":{\"createRuntime\":[" OURS
		"]}}" },
	{ "empty", "{}", "{\"hooks\":{\"createRuntime\":[" OURS "]}}" },
	{ "hooks are null", "{\"hooks\":null,\"linux\":{}}",
		"{\"hooks\":{\"createRuntime\":[" OURS "]},\"linux\":{}}" },
	{ "hooks are empty", "{\"hooks\":{}}", "{\"hooks\":{\"createRuntime\":[" OURS "]}}" },
	{ "hooks of other stages", "{\"hooks\":{\"prestart\":[" OTHER "]}}",
		"{\"hooks\":{\"prestart\":[" OTHER "],\"createRuntime\":[" OURS "]}}" },
	{ "the stage is null", "{\"hooks\":{\"createRuntime\":null}}",
		"{\"hooks\":{\"createRuntime\":[" OURS "]}}" },
	{ "the stage is empty", "{\"hooks\":{\"createRuntime\":[]}}",
		"{\"hooks\":{\"createRuntime\":[" OURS "]}}" },
	{ "behind another", "{\"hooks\":{\"createRuntime\":[" OTHER "]}}",
		"{\"hooks\":{\"createRuntime\":[" OTHER "," OURS "]}}" },
	{ "ours is not the last", "{\"hooks\":{\"createRuntime\":[" OURS "," OTHER "]}}",
		"{\"hooks\":{\"createRuntime\":[" OURS "," OTHER "," OURS "]}}" },
	{ "ours in another stage", "{\"hooks\":{\"prestart\":[" OURS "]}}",
		"{\"hooks\":{\"prestart\":[" OURS "],\"createRuntime\":[" OURS "]}}" },
	{ "ours with another time-out",
		"{\"hooks\":{\"createRuntime\":[{\"path\":\"/h\",\"args\":[\"nimgate-hook\","
		"\"createRuntime\"],\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":1}]}}",
		"{\"hooks\":{\"createRuntime\":[{\"path\":\"/h\",\"args\":[\"nimgate-hook\","
		"\"createRuntime\"],\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":1}," OURS
		"]}}" },
	{ "ours with fewer arguments",
		"{\"hooks\":{\"createRuntime\":[{\"path\":\"/h\",\"args\":[\"nimgate-hook\"],"
		"\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":110}]}}",
		"{\"hooks\":{\"createRuntime\":[{\"path\":\"/h\",\"args\":[\"nimgate-hook\"],"
		"\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":110}," OURS "]}}" },
	{ "ours is there", "{\"hooks\":{\"createRuntime\":[" OTHER "," OURS "]}}", NULL },
	{ "ours is there, written otherwise",
		"{\"hooks\":{\"createRuntime\":[ {\"timeout\": 110, \"env\":[\"PATH=\\/usr\\/sbin:"
		"\\/usr\\/bin\"],\"args\":[\"nimgate-hook\",\"createRuntime\"], \"path\":\"\\/h\"} ]}}",
		NULL },
	{ "pretty", "{\n\t\"root\": {},\n\t\"linux\": {\n\t\t\"x\": 1\n\t}\n}\n",
		"{\n\t\"root\": {},\n\t\"linux\": {\n\t\t\"x\": 1\n\t},\n\t\"hooks\": "
		"{\"createRuntime\":[" OURS "]}\n}\n" },
	{ "hooks elsewhere are not hooks", "{\"annotations\":{\"hooks\":\"x\"},\"y\":[\"hooks\"]}",
		"{\"annotations\":{\"hooks\":\"x\"},\"y\":[\"hooks\"],\"hooks\":{\"createRuntime\":[" OURS
		"]}}" },
	{ "an escaped name", "{\"h\\u006foks\":{\"createRuntime\":[]}}",
		"{\"h\\u006foks\":{\"createRuntime\":[" OURS "]}}" },
	{ "texts and escapes stay", "{\"a\":\"\\/ \\u00e9 \xc3\xa9 }\\\"\",\"n\":1.50e+2}",
		"{\"a\":\"\\/ \\u00e9 \xc3\xa9 }\\\"\",\"n\":1.50e+2,\"hooks\":{\"createRuntime\":[" OURS
		"]}}" },
};

static void
test_added(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_writer struct writer out = { 0 }, twice = { 0 };
		struct error err = { 0 };
		int result = hooks_add(rows[i].before, strlen(rows[i].before), &entry, &out, &err);

		if (!rows[i].after) {
			check(result == 1 && !out.text, rows[i].name, "not found: %d", result);
			continue;
		}
		if (result) {
			check_result(result, REASON_NONE, &err, rows[i].name);
			continue;
		}
		check_text(out.text, rows[i].after, rows[i].name);
		result = hooks_add(out.text, out.length, &entry, &twice, &err);
		check(result == 1, rows[i].name, "added twice: %d", result);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *name, *text, *words;
	} refused[] = {
		{ "not JSON", "{\"hooks\":", "not JSON" },
		{ "empty file", "", "empty" },
		{ "more behind it", "{} {}", "not JSON" },
		{ "a list", "[]", "must be a JSON object, is a list" },
		{ "hooks twice", "{\"hooks\":{},\"hooks\":{}}", "hooks" },
		{ "hooks twice, once escaped", "{\"hooks\":{},\"h\\u006foks\":null}", "hooks" },
		{ "hooks in capitals", "{\"Hooks\":{}}", "'Hooks' is a misspelling of hooks" },
		{ "hooks in capitals beside it", "{\"hooks\":{},\"HOOKS\":{}}", "'HOOKS'" },
		{ "hooks with a long s", "{\"hook\xc5\xbf\":{}}", "misspelling of hooks" },
		{ "hooks with a Kelvin sign", "{\"hoo\xe2\x84\xaas\":{}}", "misspelling of hooks" },
		{ "hooks are a list", "{\"hooks\":[]}", "hooks: must be a map, is a list" },
		{ "hooks are false", "{\"hooks\":false}", "hooks: must be a map" },
		{ "the stage is a map", "{\"hooks\":{\"createRuntime\":{}}}",
			"hooks.createRuntime: must be a list, is a map" },
		{ "the stage misspelt", "{\"hooks\":{\"createruntime\":[]}}",
			"'createruntime' is a misspelling of createRuntime" },
		{ "the stage twice", "{\"hooks\":{\"createRuntime\":[],\"createRuntime\":[]}}",
			"createRuntime" },
		{ "a byte order mark", "\xef\xbb\xbf{}", "byte order mark" },
		{ "a comment", "{} // none", "not JSON" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_writer struct writer out = { 0 };
		struct error err = { 0 };
		int result =
			hooks_add(refused[i].text, strlen(refused[i].text), &entry, &out, &err);

		check_result(result, REASON_CONFIG, &err, refused[i].name);
		check(strstr(err.text, refused[i].words) != NULL, refused[i].name,
			"wanted '%s', got '%s'", refused[i].words, err.text);
		check(strncmp(err.text, "config.json: ", 13) == 0, refused[i].name, "%s", err.text);
	}
}

/* Everything that our hook's entry may hold fits in a document of ten megabytes. */
static void
test_large(void)
{
	enum { VARIABLES = 200000 };
	cleanup_writer struct writer config = { 0 }, out = { 0 };
	struct error err = { 0 };
	size_t i, before;

	writer_open(&config, NULL, '{');
	writer_open(&config, "env", '[');
	for (i = 0; i < VARIABLES; i++)
		writer_string(&config, NULL, "NAME=a value of some length {[\"}]");
	writer_close(&config, ']');
	before = config.length;
	writer_close(&config, '}');
	check_result(hooks_add(config.text, config.length, &entry, &out, &err), REASON_NONE, &err,
		"large");
	check(out.length == config.length + strlen(",\"hooks\":{\"createRuntime\":[" OURS "]}") &&
			memcmp(out.text, config.text, before) == 0,
		"large: the rest stays", "%zu", out.length);
}

int
main(void)
{
	test_added();
	test_refused();
	test_large();
	return check_end();
}
