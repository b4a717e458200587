#include "gate/start.h"

#include "base/mem.h"
#include "nim/cache.h"
#include "oci/config.h"

#include "tests/unit/wire_lies.h"

#include <stdlib.h>

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char longest[3 * LIMIT_NAME_BYTES];

/* A start from up to two variables and one argument. */
static int
read_start(
	const char *const variables[2], const char *argument, struct start *out, struct error *err)
{
	char *environment[3] = { NULL }, *arguments[1];
	struct config config = {
		.root_path = "rootfs", .environment = environment, .arguments = arguments
	};
	int result;

	for (int i = 0; i < 2 && variables[i]; i++)
		environment[config.environment_count++] = strdup(variables[i]);
	if (argument)
		arguments[config.argument_count++] = strdup(argument);
	result = start_read(&config, out, err);
	while (config.environment_count)
		free(environment[--config.environment_count]);
	while (config.argument_count)
		free(arguments[--config.argument_count]);
	return result;
}

static void
test_read(void)
{
	static const struct {
		const char *name, *variables[2], *argument;
		bool nim;
		const char *cache, *pin;
		enum environment_class refused;
		const char *setting;
	} rows[] = {
		{ "nothing", { NULL }, NULL, false, CACHE_ROOT_DEFAULT, "", ENVIRONMENT_NONE, "" },
		{ "a NIM", { "NIM_MODEL_PROFILE=" PIN, "NIM_CACHE_PATH=/c" }, "bash", true, "/c",
			PIN, ENVIRONMENT_NONE, "" },
		{ "an empty cache path", { "NIM_CACHE_PATH=" }, NULL, false, CACHE_ROOT_DEFAULT, "",
			ENVIRONMENT_NONE, "" },
		{ "weights from elsewhere", { "NIM_MODEL_PROFILE=" PIN }, "hf://a/b\033[31m", true,
			CACHE_ROOT_DEFAULT, PIN, ENVIRONMENT_SOURCE, "hf://a/b\033[31m" },
		{ "an unknown name", { "NIM_NEW_MODEL_PATH=/m" }, NULL, true, CACHE_ROOT_DEFAULT,
			"", ENVIRONMENT_UNKNOWN, "NIM_NEW_MODEL_PATH" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static struct start start;
		struct error err = { 0 };

		check_result(read_start(rows[i].variables, rows[i].argument, &start, &err),
			REASON_NONE, &err, rows[i].name);
		check_text(start.root_path, "rootfs", rows[i].name);
		check_text(start.cache_root, rows[i].cache, rows[i].name);
		check_text(start.pin, rows[i].pin, rows[i].name);
		check_text(start.refused_name, rows[i].setting, rows[i].name);
		check(start.refused == rows[i].refused, rows[i].name, "class %d", start.refused);
		/* Which variables only a NIM is started with is the environment's to know. */
		if (rows[i].nim && rows[i].pin[0])
			check(start.nim, rows[i].name, "no NIM");
	}
}

static void
test_long(void)
{
	static const char *const names[] = { "NIM_CACHE_PATH=/", "NIM_MODEL_PROFILE=" };
	static struct start start;
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *const variables[2] = { longest };

		snprintf(longest, sizeof(longest), "%s%0*d", names[i], LIMIT_NAME_BYTES, 0);
		check_result(
			read_start(variables, NULL, &start, &err), REASON_POLICY, &err, names[i]);
		check(strstr(err.text, "longer than 4096") != NULL, names[i], "%s", err.text);
	}
	/* A setting that is refused anyhow is only named: it is cut. */
	snprintf(longest, sizeof(longest), "hf://%0*d", 2 * LIMIT_NAME_BYTES, 0);
	check_result(read_start((const char *const[2]){ NULL }, longest, &start, &err), REASON_NONE,
		&err, "a long argument");
	check(start.refused == ENVIRONMENT_SOURCE &&
			strlen(start.refused_name) == LIMIT_NAME_BYTES - 1,
		"a long argument: cut", "%zu", strlen(start.refused_name));
}

static const struct start honest = { .root_path = "/r",
	.cache_root = "/c",
	.pin = PIN,
	.nim = true,
	.refused = ENVIRONMENT_MANIFEST,
	.refused_name = "NIM_MANIFEST_PATH" };

static void
test_there_and_back(void)
{
	cleanup_message struct wire_message message = { 0 };
	static struct start start;
	struct error err = { 0 };

	start_put(&message, &honest);
	check_result(start_get(&message, &start, &err), REASON_NONE, &err, "there and back");
	check(memcmp(&start, &honest, sizeof(start)) == 0, "there and back: equal", "differs");
}

static void
test_lies(void)
{
	static const struct {
		const char *name, *root, *cache, *pin;
		uint32_t refused;
		const char *setting;
		enum reason wanted;
	} rows[] = {
		{ "honest", "/r", "/c", "", 0, "", REASON_NONE },
		{ "the last class", "/r", "/c", "", ENVIRONMENT_UNKNOWN, "x", REASON_NONE },
		{ "no such class", "/r", "/c", "", ENVIRONMENT_UNKNOWN + 1, "x", REASON_INTERNAL },
		{ "a class below zero", "/r", "/c", "", UINT32_MAX, "x", REASON_INTERNAL },
		{ "no root", NULL, "/c", "", 0, "", REASON_INTERNAL },
		{ "no cache", "/r", NULL, "", 0, "", REASON_INTERNAL },
		{ "no pin", "/r", "/c", NULL, 0, "", REASON_INTERNAL },
		{ "no setting", "/r", "/c", "", 0, NULL, REASON_INTERNAL },
		{ "a root too long", longest, "/c", "", 0, "", REASON_INTERNAL },
		{ "a cache too long", "/r", longest, "", 0, "", REASON_INTERNAL },
		{ "a pin too long", "/r", "/c", longest, 0, "", REASON_INTERNAL },
		{ "a setting too long", "/r", "/c", "", 0, longest, REASON_INTERNAL },
	};

	memset(longest, 'x', LIMIT_NAME_BYTES);
	longest[LIMIT_NAME_BYTES] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_message struct wire_message message = { 0 };
		static struct start start;
		struct error err = { 0 };

		start = (struct start){ 0 };
		wire_put_text(&message, rows[i].root);
		wire_put_text(&message, rows[i].cache);
		wire_put_text(&message, rows[i].pin);
		wire_put_u32(&message, 0);
		wire_put_u32(&message, rows[i].refused);
		wire_put_text(&message, rows[i].setting);
		check_result(start_get(&message, &start, &err), rows[i].wanted, &err, rows[i].name);
		check(rows[i].wanted == REASON_NONE || !start.root_path[0], rows[i].name,
			"written although refused");
	}
}

static int
get_start(struct wire_message *message, struct error *err)
{
	static struct start start;

	return start_get(message, &start, err);
}

int
main(void)
{
	cleanup_message struct wire_message message = { 0 };

	test_read();
	test_long();
	test_there_and_back();
	test_lies();
	start_put(&message, &honest);
	lies_check(&message, get_start, "start");
	return check_end();
}
