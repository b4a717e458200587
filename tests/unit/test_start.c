#include "gate/start.h"

#include "base/mem.h"
#include "nim/cache.h"
#include "oci/config.h"

#include "tests/unit/wire_lies.h"

#include <stdlib.h>

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char longest[3 * LIMIT_NAME_BYTES];

/* A start from up to two variables, one argument and an annotation. */
static int
read_start(const char *const variables[2], const char *argument, const char *require,
	struct start *out, struct error *err)
{
	struct config config = { .root_path = "rootfs",
		.environment = calloc(2, sizeof(char *)),
		.arguments = calloc(1, sizeof(char *)) };
	int result;

	for (int i = 0; i < 2 && variables[i]; i++)
		config.environment[config.environment_count++] = strdup(variables[i]);
	if (argument)
		config.arguments[config.argument_count++] = strdup(argument);
	if (require)
		config.require = strdup(require);
	result = start_read(&config, out, err);
	config_release(&config);
	return result;
}

static void
test_read(void)
{
	static const struct {
		const char *name, *variables[2], *argument, *require;
		const char *cache, *pin;
		bool nim, disabled;
		enum arguments_kind kind;
		enum environment_class class; /* of the one setting */
		const char *setting, *value;
	} rows[] = {
		{ .name = "nothing" },
		{ .name = "a NIM",
			.variables = { "NIM_MODEL_PROFILE=" PIN, "NIM_CACHE_PATH=/c" },
			.argument = "bash",
			.cache = "/c",
			.pin = PIN,
			.nim = true },
		{ .name = "an empty cache path", .variables = { "NIM_CACHE_PATH=" } },
		{ .name = "weights from elsewhere",
			.variables = { "NIM_MODEL_PROFILE=" PIN },
			.argument = "hf://a/b\033[31m",
			.pin = PIN,
			.nim = true,
			.class = ENVIRONMENT_SOURCE,
			.setting = "hf://a/b\033[31m",
			.value = "hf://a/b\033[31m" },
		{ .name = "an unknown name",
			.variables = { "NIM_NEW_MODEL_TOKEN=/m" },
			.nim = true,
			.class = ENVIRONMENT_UNKNOWN,
			.setting = "NIM_NEW_MODEL_TOKEN" },
		{ .name = "another manifest",
			.variables = { "NIM_MANIFEST_PATH=/m.yaml" },
			.nim = true,
			.class = ENVIRONMENT_MANIFEST,
			.setting = "NIM_MANIFEST_PATH",
			.value = "/m.yaml" },
		{ .name = "no downloads",
			.variables = { "NIM_DISABLE_MODEL_DOWNLOAD=1" },
			.disabled = true },
		{ .name = "a list", .argument = "list-model-profiles", .kind = ARGUMENTS_LIST },
		{ .name = "a filling", .argument = "download-to-cache", .kind = ARGUMENTS_FILL },
		{ .name = "a requirement", .require = "view" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_start struct start start = { 0 };
		struct error err = { 0 };

		check_result(read_start(rows[i].variables, rows[i].argument, rows[i].require,
				     &start, &err),
			REASON_NONE, &err, rows[i].name);
		check_text(start.root_path, "rootfs", rows[i].name);
		check_text(start.cache_root, rows[i].cache ? rows[i].cache : CACHE_ROOT_DEFAULT,
			rows[i].name);
		check_text(start.pin, rows[i].pin ? rows[i].pin : "", rows[i].name);
		check_text(start.require, rows[i].require ? rows[i].require : "", rows[i].name);
		check(start.nim == rows[i].nim && start.download_disabled == rows[i].disabled,
			rows[i].name, "%d, %d", start.nim, start.download_disabled);
		check(start.arguments == rows[i].kind, rows[i].name, "kind %d", start.arguments);
		check(start.setting_count == (rows[i].setting ? 1 : 0), rows[i].name,
			"%zu settings", start.setting_count);
		if (!rows[i].setting || start.setting_count != 1)
			continue;
		check(start.settings[0].class == rows[i].class, rows[i].name, "class %d",
			start.settings[0].class);
		check_text(start.settings[0].name, rows[i].setting, rows[i].name);
		check((start.settings[0].value != NULL) == (rows[i].value != NULL), rows[i].name,
			"value %s", start.settings[0].value);
		if (rows[i].value)
			check_text(start.settings[0].value, rows[i].value, rows[i].name);
	}
}

static void
test_long(void)
{
	static const char *const names[] = { "NIM_CACHE_PATH=/", "NIM_MODEL_PROFILE=" };
	static const char *const none[2] = { NULL };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_start struct start start = { 0 };
		const char *const variables[2] = { longest };

		snprintf(longest, sizeof(longest), "%s%0*d", names[i], LIMIT_NAME_BYTES, 0);
		check_result(read_start(variables, NULL, NULL, &start, &err), REASON_POLICY, &err,
			names[i]);
		check(strstr(err.text, "longer than 4095") != NULL, names[i], "%s", err.text);
	}
	for (int more = 0; more < 2; more++) {
		cleanup_start struct start start = { 0 };

		snprintf(longest, sizeof(longest), "%0*d", LIMIT_REQUIRE_BYTES + more, 0);
		check_result(read_start(none, NULL, longest, &start, &err),
			more ? REASON_POLICY : REASON_NONE, &err,
			more ? "a requirement too long" : "a requirement as long as allowed");
	}
	check(strstr(err.text, "nimgate.dev/require: longer than 256") != NULL, "its text", "%s",
		err.text);
}

static char name_a[] = "NIM_MANIFEST_PATH", value_a[] = "/m.yaml", name_b[] = "NIM_X_MODEL";
static struct environment_setting settings[] = {
	{ ENVIRONMENT_MANIFEST, name_a, value_a },
	{ ENVIRONMENT_UNKNOWN, name_b, NULL },
};
static const struct start honest = { .root_path = "/r",
	.cache_root = "/c",
	.pin = PIN,
	.require = "view",
	.mount_label = "u:r:t:s0:c1,c2",
	.nim = true,
	.sys_admin = true,
	.download_disabled = true,
	.arguments = ARGUMENTS_LIST,
	.gpus = { .kind = GPU_REQUEST_ALL, .source = GPU_SOURCE_CDI },
	.gpus_most = { .kind = GPU_REQUEST_LISTED,
		.source = GPU_SOURCE_DEVICES,
		.count = 1,
		.selectors = { { .kind = GPU_MINOR, .number = 3 } } },
	.spread = true,
	.settings = settings,
	.setting_count = ARRAY_SIZE(settings) };

static void
test_there_and_back(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_start struct start start = { 0 };
	struct error err = { 0 };

	start_put(&message, &honest);
	check_result(start_get(&message, &start, &err), REASON_NONE, &err, "there and back");
	check_text(start.root_path, "/r", "root");
	check_text(start.cache_root, "/c", "cache");
	check_text(start.pin, PIN, "pin");
	check_text(start.require, "view", "requirement");
	check_text(start.mount_label, "u:r:t:s0:c1,c2", "label");
	check(start.nim && start.sys_admin && start.download_disabled &&
			start.arguments == ARGUMENTS_LIST,
		"flags", "differ");
	check(start.gpus.kind == GPU_REQUEST_ALL && start.gpus.source == GPU_SOURCE_CDI, "GPUs",
		"differ");
	check(start.gpus_most.kind == GPU_REQUEST_LISTED &&
			start.gpus_most.selectors[0].number == 3 && start.spread,
		"GPUs at most", "differ");
	check(start.setting_count == 2, "settings", "%zu", start.setting_count);
	if (start.setting_count != 2)
		return;
	check(start.settings[0].class == ENVIRONMENT_MANIFEST &&
			start.settings[1].class == ENVIRONMENT_UNKNOWN,
		"classes", "differ");
	check_text(start.settings[0].name, name_a, "first name");
	check_text(start.settings[0].value, value_a, "first value");
	check_text(start.settings[1].name, name_b, "last name");
	check(!start.settings[1].value, "last value", "%s", start.settings[1].value);
}

/* One message, with a lie where the row has one. */
struct lie {
	const char *name, *root, *cache, *pin, *require;
	uint32_t nim, disabled, kind;
	uint64_t count;
	uint32_t class;
	const char *setting, *value;
};

static void
put_lie(struct wire_message *message, const struct lie *lie, uint32_t sys_admin, uint32_t spread)
{
	wire_put_text(message, lie->root);
	wire_put_text(message, lie->cache);
	wire_put_text(message, lie->pin);
	wire_put_text(message, lie->require);
	wire_put_text(message, "label");
	wire_put_u32(message, lie->nim);
	wire_put_u32(message, sys_admin);
	wire_put_u32(message, lie->disabled);
	wire_put_u32(message, lie->kind);
	gpu_put(message, &honest.gpus);
	gpu_put(message, &honest.gpus_most);
	wire_put_u32(message, spread);
	wire_put_u64(message, lie->count);
	for (uint64_t i = 0; i < lie->count && i <= LIMIT_SETTINGS; i++) {
		wire_put_u32(message, lie->class);
		wire_put_text(message, lie->setting);
		wire_put_text(message, lie->value);
	}
}

static void
test_lies(void)
{
	enum { S = ENVIRONMENT_SOURCE, ALL = LIMIT_SETTINGS };
	static const struct lie truths[] = {
		{ "honest", "/r", "/c", "", "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "the last kind", "/r", "/c", "", "", 1, 1, ARGUMENTS_LIST, 0, 0, NULL, NULL },
		{ "the last class", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_UNKNOWN, "x", "" },
		{ "the first class", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_MANIFEST, "x",
			NULL },
		{ "all settings", "/r", "/c", "", "", 0, 0, 0, ALL, S, "x", "/y" },
	};
	static const struct lie lies[] = {
		{ "no root", NULL, "/c", "", "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "no cache", "/r", NULL, "", "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "no pin", "/r", "/c", NULL, "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "no requirement", "/r", "/c", "", NULL, 0, 0, 0, 0, 0, NULL, NULL },
		{ "a root too long", longest, "/c", "", "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "a cache too long", "/r", longest, "", "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "a pin too long", "/r", "/c", longest, "", 0, 0, 0, 0, 0, NULL, NULL },
		{ "a requirement too long", "/r", "/c", "", longest, 0, 0, 0, 0, 0, NULL, NULL },
		{ "a flag of two", "/r", "/c", "", "", 2, 0, 0, 0, 0, NULL, NULL },
		{ "another flag of two", "/r", "/c", "", "", 0, 2, 0, 0, 0, NULL, NULL },
		{ "no such kind", "/r", "/c", "", "", 0, 0, ARGUMENTS_LIST + 1, 0, 0, NULL, NULL },
		{ "a kind below zero", "/r", "/c", "", "", 0, 0, UINT32_MAX, 0, 0, NULL, NULL },
		{ "a setting too many", "/r", "/c", "", "", 0, 0, 0, ALL + 1, S, "x", NULL },
		{ "a huge count", "/r", "/c", "", "", 0, 0, 0, UINT64_MAX, S, "x", NULL },
		{ "no class", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_NONE, "x", NULL },
		{ "the cache as a setting", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_CACHE, "x",
			NULL },
		{ "the pin as a setting", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_PIN, "x",
			NULL },
		{ "no such class", "/r", "/c", "", "", 0, 0, 0, 1, ENVIRONMENT_UNKNOWN + 1, "x",
			NULL },
		{ "a class below zero", "/r", "/c", "", "", 0, 0, 0, 1, UINT32_MAX, "x", NULL },
		{ "no name", "/r", "/c", "", "", 0, 0, 0, 1, S, NULL, NULL },
		{ "an empty name", "/r", "/c", "", "", 0, 0, 0, 1, S, "", NULL },
		{ "a name too long", "/r", "/c", "", "", 0, 0, 0, 1, S, longest, NULL },
		{ "a value too long", "/r", "/c", "", "", 0, 0, 0, 1, S, "x", longest },
	};

	memset(longest, 'x', LIMIT_NAME_BYTES);
	longest[LIMIT_NAME_BYTES] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(truths) + ARRAY_SIZE(lies); i++) {
		bool lying = i >= ARRAY_SIZE(truths);
		const struct lie *row = lying ? &lies[i - ARRAY_SIZE(truths)] : &truths[i];
		cleanup_message struct wire_message message = { 0 };
		cleanup_start struct start start = { 0 };
		struct error err = { 0 };

		put_lie(&message, row, 0, 0);
		check_result(start_get(&message, &start, &err),
			lying ? REASON_INTERNAL : REASON_NONE, &err, row->name);
		check(!lying || (!start.root_path[0] && !start.settings), row->name,
			"written although refused");
	}
	for (uint32_t i = 0; i < 9; i++) {
		uint32_t sys_admin = i % 3, spread = i / 3;
		cleanup_message struct wire_message message = { 0 };
		cleanup_start struct start start = { 0 };
		bool honest_flags = sys_admin < 2 && spread < 2;
		struct error err = { 0 };

		put_lie(&message, &truths[0], sys_admin, spread);
		check_result(start_get(&message, &start, &err),
			honest_flags ? REASON_NONE : REASON_INTERNAL, &err,
			"whether it may be an administrator, or spread");
		check(start.sys_admin == (honest_flags && sys_admin == 1), "an administrator", "%u",
			i);
		check(start.spread == (honest_flags && spread == 1), "spread", "%u", i);
	}
}

static int
get_start(struct wire_message *message, struct error *err)
{
	cleanup_start struct start start = { 0 };

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
