#include "oci/state.h"

#include "base/mem.h"

#include "tests/unit/check.h"

/* As written by runc 1.1.5 and crun; crun 1.28 spreads it over lines and escapes each slash (facts:
 * runtimes, section 4). */
static const char runc[] =
	"{\"ociVersion\":\"1.0.2-dev\",\"id\":\"x\",\"status\":\"creating\",\"pid\":6017,"
	"\"bundle\":\"/b\",\"annotations\":{\"com.example.a\":\"v/1\"}}";
static const char crun[] =
	"{\"ociVersion\":\"1.0\",\"id\":\"x\",\"pid\":6377,\"root\":\"rootfs\",\"bundle\":\"/b\","
	"\"status\":\"created\",\"annotations\":{\"com.example.a\":\"v/1\"}}";
static const char crun_1_28[] = "{\n"
				"  \"ociVersion\": \"1.0\",\n"
				"  \"id\": \"x\",\n"
				"  \"pid\": 6377,\n"
				"  \"root\": \"\\/b\\/rootfs\",\n"
				"  \"bundle\": \"\\/b\",\n"
				"  \"status\": \"created\",\n"
				"  \"annotations\": {\n"
				"    \"com.example.a\": \"v\\/1\"\n"
				"  }\n"
				"}\n";

static void
test_accepted(void)
{
	static const struct {
		const char *name, *text;
		int32_t pid;
		const char *id, *oci_bundle, *root;
	} rows[] = {
		{ "runc 1.1.5", runc, 6017, "x", "/b", "" },
		{ "crun 1.8.1", crun, 6377, "x", "/b", "rootfs" },
		{ "crun 1.28", crun_1_28, 6377, "x", "/b", "/b/rootfs" },
		{ "least", "{\"pid\":2,\"id\":\"a\",\"bundle\":\"/\"}", 2, "a", "/", "" },
		{ "largest pid", "{\"pid\":2147483647,\"id\":\"a\",\"bundle\":\"/\"}", INT32_MAX,
			"a", "/", "" },
		{ "unknown members", "{\"pid\":2,\"id\":\"a\",\"bundle\":\"/\",\"x\":[{}]}", 2, "a",
			"/", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct state state = { 0 };
		struct error err = { 0 };
		int result = state_parse(rows[i].text, strlen(rows[i].text), &state, &err);

		check_result(result, REASON_NONE, &err, rows[i].name);
		check(state.pid == rows[i].pid, rows[i].name, "pid %d", state.pid);
		check_text(state.id, rows[i].id, rows[i].name);
		check_text(state.oci_bundle, rows[i].oci_bundle, rows[i].name);
		check_text(state.root, rows[i].root, rows[i].name);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *name, *text;
		enum reason wanted;
		const char *says;
	} rows[] = {
		{ "no pid", "{\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN, "pid: " },
		{ "pid 0", "{\"pid\":0,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN, "'0'" },
		{ "pid 1", "{\"pid\":1,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN, "'1'" },
		{ "pid negative", "{\"pid\":-5,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN,
			"'-5'" },
		{ "pid fraction", "{\"pid\":5.0,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN,
			"'5.0'" },
		{ "pid exponent", "{\"pid\":5e1,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN,
			"'5e1'" },
		{ "pid above int", "{\"pid\":2147483648,\"id\":\"a\",\"bundle\":\"/b\"}",
			REASON_UNSEEN, "'2147483648'" },
		{ "pid wraps to 5", "{\"pid\":4294967301,\"id\":\"a\",\"bundle\":\"/b\"}",
			REASON_UNSEEN, "'4294967301'" },
		{ "pid wraps in 64 bits",
			"{\"pid\":18446744073709551621,\"id\":\"a\",\"bundle\":\"/b\"}",
			REASON_UNSEEN, "'18446744073709551621'" },
		{ "pid as text", "{\"pid\":\"5\",\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN,
			"is a text" },
		{ "pid null", "{\"pid\":null,\"id\":\"a\",\"bundle\":\"/b\"}", REASON_UNSEEN,
			"is null" },
		{ "pid in another case", "{\"PID\":5,\"id\":\"a\",\"bundle\":\"/b\"}",
			REASON_UNSEEN, "is nothing" },
		{ "no bundle", "{\"pid\":5,\"id\":\"a\"}", REASON_UNSEEN, "bundle: " },
		{ "bundle relative", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"b\"}", REASON_UNSEEN,
			"absolute" },
		{ "bundle empty", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"\"}", REASON_UNSEEN,
			"bundle: empty" },
		{ "bundle list", "{\"pid\":5,\"id\":\"a\",\"bundle\":[\"/b\"]}", REASON_UNSEEN,
			"is a list" },
		{ "bundle with NUL", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\\u0000\"}",
			REASON_CONFIG, "u0000" },
		{ "no id", "{\"pid\":5,\"bundle\":\"/b\"}", REASON_CONFIG, "id: " },
		{ "id empty", "{\"pid\":5,\"id\":\"\",\"bundle\":\"/b\"}", REASON_CONFIG,
			"id: empty" },
		{ "id number", "{\"pid\":5,\"id\":7,\"bundle\":\"/b\"}", REASON_CONFIG,
			"is a number" },
		{ "root number", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\",\"root\":7}",
			REASON_CONFIG, "root: " },
		{ "root null", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\",\"root\":null}",
			REASON_CONFIG, "root: " },
		{ "duplicate pid", "{\"pid\":5,\"pid\":6,\"id\":\"a\",\"bundle\":\"/b\"}",
			REASON_CONFIG, "'pid' occurs twice" },
		{ "duplicate of what nobody reads",
			"{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\",\"x\":1,\"x\":2}", REASON_CONFIG,
			"'x' occurs twice" },
		{ "list", "[]", REASON_CONFIG, "must be a JSON object" },
		{ "text", "\"pid\"", REASON_CONFIG, "must be a JSON object" },
		{ "empty", "", REASON_CONFIG, "empty" },
		{ "cut off", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\"", REASON_CONFIG,
			"premature EOF" },
		{ "twice", "{\"pid\":5,\"id\":\"a\",\"bundle\":\"/b\"}{}", REASON_CONFIG,
			"trailing garbage" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct state state = { .pid = 77 };
		struct error err = { 0 };
		int result = state_parse(rows[i].text, strlen(rows[i].text), &state, &err);

		check_result(result, rows[i].wanted, &err, rows[i].name);
		check(strncmp(err.text, "OCI state: ", 11) == 0 && strstr(err.text, rows[i].says),
			rows[i].name, "%s", err.text);
		check(state.pid == 77, rows[i].name, "the output was touched");
	}
}

/* A state whose member KEY has LENGTH letters after a slash. */
static int
parse_long(const char *key, size_t length, struct state *out, struct error *err)
{
	const char *id = strcmp(key, "id") == 0 ? "" : "\"id\":\"a\",";
	const char *oci_bundle = strcmp(key, "bundle") == 0 ? "" : "\"bundle\":\"/b\",";
	cleanup_free char *name = calloc(length + 1, 1);
	cleanup_free char *text = NULL;
	int written;

	if (!name)
		return error_no_memory(err);
	memset(name, 'a', length);
	name[0] = '/';
	written = asprintf(&text, "{%s%s\"pid\":5,\"%s\":\"%s\"}", id, oci_bundle, key, name);
	if (written < 0) {
		text = NULL;
		return error_no_memory(err);
	}
	return state_parse(text, (size_t)written, out, err);
}

static void
test_lengths(void)
{
	static const struct {
		const char *name, *key;
		size_t length;
		enum reason wanted;
	} rows[] = {
		{ "longest id", "id", STATE_ID_MAX, REASON_NONE },
		{ "id too long", "id", STATE_ID_MAX + 1, REASON_CONFIG },
		{ "longest bundle", "bundle", LIMIT_NAME_BYTES - 1, REASON_NONE },
		{ "bundle too long", "bundle", LIMIT_NAME_BYTES, REASON_UNSEEN },
		{ "longest root", "root", LIMIT_NAME_BYTES - 1, REASON_NONE },
		{ "root too long", "root", LIMIT_NAME_BYTES, REASON_CONFIG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct state state = { 0 };
		struct error err = { 0 };

		check_result(parse_long(rows[i].key, rows[i].length, &state, &err), rows[i].wanted,
			&err, rows[i].name);
	}
}

int
main(void)
{
	test_accepted();
	test_refused();
	test_lengths();
	return check_end();
}
