#include "oci/config.h"

#include "base/mem.h"

#include "tests/unit/check.h"

static const char whole[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":false,\"user\":{\"uid\":0},"
	"\"args\":[\"/opt/nim/start_server.sh\",\"--x\",\"\"],"
	"\"env\":[\"PATH=/usr/bin\",\"NIM_MODEL_PROFILE=4f90\\u003d4\",\"EMPTY=\"],\"cwd\":\"/\"},"
	"\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":\"a\",\"mounts\":[],"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"annotations\":{\"Env\":\"x\",\"nimgate.dev/require\":\"view\","
	"\"cdi.k8s.io/x\":\"nvidia.com/gpu=1\"}}";

static void
test_whole(void)
{
	cleanup_config struct config config = { 0 };
	struct error err = { 0 };

	check_result(config_parse(whole, strlen(whole), &config, &err), REASON_NONE, &err, "whole");
	check_text(config.root_path, "rootfs", "whole: root.path");
	check_text(config.require, "view", "whole: annotation");
	check(config.gpus.source == GPU_SOURCE_CDI && config.gpus.selectors[0].number == 1,
		"whole: GPUs", "source %d", config.gpus.source);
	check(config.environment_count == 3 && config.argument_count == 3, "whole: counts",
		"%zu, %zu", config.environment_count, config.argument_count);
	if (config.environment_count != 3 || config.argument_count != 3)
		return;
	check_text(config.environment[0], "PATH=/usr/bin", "whole: first variable");
	check_text(config.environment[1], "NIM_MODEL_PROFILE=4f90=4", "whole: escaped variable");
	check_text(config.environment[2], "EMPTY=", "whole: last variable");
	check_text(config.arguments[0], "/opt/nim/start_server.sh", "whole: first argument");
	check_text(config.arguments[2], "", "whole: empty argument");
}

static void
test_sparse(void)
{
	static const struct {
		const char *name, *text;
		size_t variables, arguments;
	} rows[] = {
		{ "no process", "{\"root\":{\"path\":\"/r\"}}", 0, 0 },
		{ "empty process", "{\"root\":{\"path\":\"/r\"},\"process\":{}}", 0, 0 },
		{ "no arguments", "{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":[\"A=1\"]}}", 1,
			0 },
		{ "no environment", "{\"root\":{\"path\":\"/r\"},\"process\":{\"args\":[\"a\"]}}",
			0, 1 },
		{ "empty lists",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"args\":[],\"env\":[]}}", 0, 0 },
		{ "no annotations", "{\"root\":{\"path\":\"/r\"},\"annotations\":{}}", 0, 0 },
		{ "annotations are null", "{\"root\":{\"path\":\"/r\"},\"annotations\":null}", 0,
			0 },
		{ "other annotations",
			"{\"root\":{\"path\":\"/r\"},\"annotations\":{\"nimgate.dev/Require\":\"x\","
			"\"other\":1}}",
			0, 0 },
		{ "other case where nothing is read",
			"{\"root\":{\"path\":\"/r\",\"Process\":1},\"Path\":1,\"env\":[],\"ENV\":1}",
			0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_config struct config config = { 0 };
		struct error err = { 0 };
		int result = config_parse(rows[i].text, strlen(rows[i].text), &config, &err);

		check_result(result, REASON_NONE, &err, rows[i].name);
		check_text(config.root_path, "/r", rows[i].name);
		check(!config.require, rows[i].name, "requires %s", config.require);
		check(config.environment_count == rows[i].variables &&
				config.argument_count == rows[i].arguments,
			rows[i].name, "%zu, %zu", config.environment_count, config.argument_count);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
		{ "annotations a list", "{\"root\":{\"path\":\"/r\"},\"annotations\":[]}",
			"annotations: must be a map, is a list" },
		{ "annotations in another case", "{\"root\":{\"path\":\"/r\"},\"Annotations\":{}}",
			"'Annotations' is a misspelling of annotations" },
		{ "a requirement that is none",
			"{\"root\":{\"path\":\"/r\"},\"annotations\":{\"nimgate.dev/require\":1}}",
			"annotations.nimgate.dev/require: must be a text, is a number" },
		{ "a requirement that is null",
			"{\"root\":{\"path\":\"/r\"},\"annotations\":{\"nimgate.dev/require\":null}}",
			"annotations.nimgate.dev/require: must be a text, is null" },
		{ "a requirement twice",
			"{\"root\":{\"path\":\"/r\"},\"annotations\":{\"nimgate.dev/require\":\"a\","
			"\"nimgate.dev/require\":\"b\"}}",
			"occurs twice" },
		{ "no root", "{\"process\":{}}", "root: must be a map, is nothing" },
		{ "root is text", "{\"root\":\"/r\"}", "root: must be a map, is a text" },
		{ "root is null", "{\"root\":null}", "root: must be a map, is null" },
		{ "no root.path", "{\"root\":{}}", "root.path: must be a text, is nothing" },
		{ "root.path is number", "{\"root\":{\"path\":1}}", "root.path: must be a text" },
		{ "root.path empty", "{\"root\":{\"path\":\"\"}}", "root.path: empty" },
		{ "root.path with NUL", "{\"root\":{\"path\":\"/r\\u0000x\"}}", "u0000" },
		{ "process is null", "{\"root\":{\"path\":\"/r\"},\"process\":null}",
			"process: must be a map, is null" },
		{ "process is list", "{\"root\":{\"path\":\"/r\"},\"process\":[]}",
			"process: must be a map" },
		{ "env is map", "{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":{}}}",
			"process.env: must be a list" },
		{ "env is null", "{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":null}}",
			"process.env: must be a list, is null" },
		{ "env holds number",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":[\"A=1\",2]}}",
			"process.env[1]: must be a text" },
		{ "env holds list",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":[[\"A=1\"]]}}",
			"process.env[0]: must be a text" },
		{ "args is text", "{\"root\":{\"path\":\"/r\"},\"process\":{\"args\":\"sh\"}}",
			"process.args: must be a list" },
		{ "args holds null", "{\"root\":{\"path\":\"/r\"},\"process\":{\"args\":[null]}}",
			"process.args[0]: must be a text, is null" },
		{ "variable with NUL",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":[\"A=\\u0000\"]}}",
			"u0000" },
		{ "second env in capitals",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"env\":[],\"ENV\":[]}}",
			"'ENV'" },
		{ "args with a long s",
			"{\"root\":{\"path\":\"/r\"},\"process\":{\"arg\\u017f\":[]}}",
			"'arg\\xc5\\xbf'" },
		{ "second process", "{\"root\":{\"path\":\"/r\"},\"process\":{},\"Process\":{}}",
			"'Process'" },
		{ "second process with a long s",
			"{\"root\":{\"path\":\"/r\"},\"proce\\u017fS\":{}}", "'proce\\xc5\\xbfS'" },
		{ "second root", "{\"root\":{\"path\":\"/r\"},\"rOot\":{}}", "'rOot'" },
		{ "second path", "{\"root\":{\"path\":\"/r\",\"PATH\":\"/s\"}}", "'PATH'" },
		{ "duplicate process", "{\"root\":{\"path\":\"/r\"},\"process\":{},\"process\":{}}",
			"'process' occurs twice" },
		{ "list", "[]", "must be a JSON object" },
		{ "empty", "", "empty" },
		{ "cut off", "{\"root\":{\"path\":\"/r\"}", "premature EOF" },
		{ "trailing", "{\"root\":{\"path\":\"/r\"}} x", "trailing garbage" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = { 0 };
		struct error err = { 0 };
		int result = config_parse(rows[i].text, strlen(rows[i].text), &config, &err);

		check_result(result, REASON_CONFIG, &err, rows[i].name);
		check(strncmp(err.text, "config.json: ", 13) == 0 && strstr(err.text, rows[i].says),
			rows[i].name, "%s", err.text);
		check(!config.environment && !config.arguments && !config.root_path[0],
			rows[i].name, "the output was touched");
	}
}

/* A configuration with COUNT variables or arguments and a root.path of LENGTH bytes. */
static int
parse_sized(const char *list, size_t count, size_t length, struct config *out, struct error *err)
{
	cleanup_free char *text = malloc(length + count * 6 + 100);
	char *to;

	if (!text)
		return error_no_memory(err);
	to = stpcpy(text, "{\"root\":{\"path\":\"");
	memset(to, 'r', length);
	to += length;
	to += sprintf(to, "\"},\"process\":{\"%s\":[", list);
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, i ? ",\"A=\"" : "\"A=\"");
	to = stpcpy(to, "]}}");
	return config_parse(text, (size_t)(to - text), out, err);
}

static void
test_bounds(void)
{
	static const struct {
		const char *name, *list;
		size_t count, length;
		enum reason wanted;
	} rows[] = {
		{ "most variables", "env", LIMIT_ENVIRONMENT, 1, REASON_NONE },
		{ "too many variables", "env", LIMIT_ENVIRONMENT + 1, 1, REASON_CONFIG },
		{ "most arguments", "args", LIMIT_ENVIRONMENT, 1, REASON_NONE },
		{ "too many arguments", "args", LIMIT_ENVIRONMENT + 1, 1, REASON_CONFIG },
		{ "longest root.path", "env", 0, LIMIT_NAME_BYTES - 1, REASON_NONE },
		{ "root.path too long", "env", 0, LIMIT_NAME_BYTES, REASON_CONFIG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_config struct config config = { 0 };
		struct error err = { 0 };

		check_result(
			parse_sized(rows[i].list, rows[i].count, rows[i].length, &config, &err),
			rows[i].wanted, &err, rows[i].name);
	}
}

int
main(void)
{
	test_whole();
	test_sparse();
	test_refused();
	test_bounds();
	return check_end();
}
