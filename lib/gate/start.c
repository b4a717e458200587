#include "gate/start.h"

#include "base/error.h"
#include "base/mem.h"
#include "guard/wire.h"
#include "nim/cache.h"
#include "oci/config.h"

#include <stdio.h>
#include <string.h>

static int
copy(char out[static LIMIT_NAME_BYTES], const char *text, const char *what, struct error *err)
{
	if (strlen(text) >= LIMIT_NAME_BYTES)
		return error_set(
			err, REASON_POLICY, 0, "%s: longer than %d bytes", what, LIMIT_NAME_BYTES);
	snprintf(out, LIMIT_NAME_BYTES, "%s", text);
	return 0;
}

/* A name is cut: an argument may be longer, and is only told. A path that is too long is none. */
static int
take_settings(struct environment *environment, struct start *out, struct error *err)
{
	for (size_t i = 0; i < environment->setting_count; i++) {
		struct environment_setting *setting = &environment->settings[i];

		if (strlen(setting->name) >= LIMIT_NAME_BYTES)
			setting->name[LIMIT_NAME_BYTES - 1] = '\0';
		if (setting->value && strlen(setting->value) >= LIMIT_NAME_BYTES)
			return error_set(err, REASON_POLICY, 0, "%.80s: longer than %d bytes",
				setting->name, LIMIT_NAME_BYTES);
		out->settings[out->setting_count++] = *setting;
		*setting = (struct environment_setting){ 0 };
	}
	return 0;
}

static int
fill(const struct config *config, struct environment *environment, struct start *out,
	struct error *err)
{
	const char *cache = environment->cache_path ? environment->cache_path : CACHE_ROOT_DEFAULT;
	const char *pin = environment->pin ? environment->pin : "";

	out->nim = environment->nim;
	out->download_disabled = environment->download_disabled;
	out->arguments =
		arguments_classify((const char *const *)config->arguments, config->argument_count);
	if (copy(out->root_path, config->root_path, "root.path", err) ||
		copy(out->cache_root, cache, "NIM_CACHE_PATH", err) ||
		copy(out->pin, pin, "NIM_MODEL_PROFILE", err) ||
		copy(out->require, config->require ? config->require : "", CONFIG_REQUIRE, err))
		return -1;
	return take_settings(environment, out, err);
}

int
start_read(const struct config *config, struct start *out, struct error *err)
{
	__attribute__((cleanup(environment_release))) struct environment environment = { 0 };
	cleanup_start struct start start = { 0 };

	if (environment_parse((const char *const *)config->environment, config->environment_count,
		    &environment, err) ||
		environment_add_arguments(&environment, (const char *const *)config->arguments,
			config->argument_count, err) ||
		fill(config, &environment, &start, err))
		return -1;
	*out = start;
	start.setting_count = 0;
	return 0;
}

void
start_put(struct wire_message *message, const struct start *start)
{
	wire_put_text(message, start->root_path);
	wire_put_text(message, start->cache_root);
	wire_put_text(message, start->pin);
	wire_put_text(message, start->require);
	wire_put_u32(message, start->nim);
	wire_put_u32(message, start->download_disabled);
	wire_put_u32(message, start->arguments);
	wire_put_u64(message, start->setting_count);
	for (size_t i = 0; i < start->setting_count; i++) {
		wire_put_u32(message, start->settings[i].class);
		wire_put_text(message, start->settings[i].name);
		wire_put_text(message, start->settings[i].value);
	}
}

static int
malformed(struct error *err)
{
	return error_set(
		err, REASON_INTERNAL, 0, "the parser's answer about config.json is malformed");
}

static int
get_settings(struct wire_message *message, struct start *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_SETTINGS);

	while (out->setting_count < count) {
		struct environment_setting *setting = &out->settings[out->setting_count++];
		uint32_t class = wire_get_u32(message);

		setting->name = wire_get_text(message, LIMIT_NAME_BYTES - 1);
		setting->value = wire_get_text(message, LIMIT_NAME_BYTES - 1);
		if (class < ENVIRONMENT_MANIFEST || class > ENVIRONMENT_UNKNOWN || !setting->name ||
			(setting->value && setting->value[0] != '/'))
			return malformed(err);
		setting->class = (enum environment_class) class;
	}
	return 0;
}

int
start_get(struct wire_message *message, struct start *out, struct error *err)
{
	cleanup_start struct start start = { 0 };
	uint32_t arguments;

	wire_copy_text(message, start.root_path, sizeof(start.root_path));
	wire_copy_text(message, start.cache_root, sizeof(start.cache_root));
	wire_copy_text(message, start.pin, sizeof(start.pin));
	wire_copy_text(message, start.require, sizeof(start.require));
	start.nim = wire_get_u32(message) != 0;
	start.download_disabled = wire_get_u32(message) != 0;
	arguments = wire_get_u32(message);
	if (get_settings(message, &start, err))
		return -1;
	if (!wire_is_whole(message) || arguments > ARGUMENTS_LIST)
		return malformed(err);
	start.arguments = (enum arguments_kind)arguments;
	*out = start;
	start.setting_count = 0;
	return 0;
}

void
start_release(struct start *start)
{
	for (size_t i = 0; i < start->setting_count; i++) {
		free(start->settings[i].name);
		free(start->settings[i].value);
	}
	*start = (struct start){ 0 };
}
