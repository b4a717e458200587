#include "gate/start.h"

#include "base/error.h"
#include "guard/wire.h"
#include "nim/cache.h"
#include "oci/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
copy(char *out, size_t size, const char *text, const char *what, struct error *err)
{
	if (strlen(text) >= size)
		return error_set(
			err, REASON_POLICY, 0, "%s: longer than %zu bytes", what, size - 1);
	snprintf(out, size, "%s", text);
	return 0;
}

/* Moves what the environment found into the start. */
static int
fill(const struct config *config, struct environment *environment, struct start *out,
	struct error *err)
{
	const char *cache = environment->cache_path ? environment->cache_path : CACHE_ROOT_DEFAULT;
	const char *pin = environment->pin ? environment->pin : "";
	const char *require = config->require ? config->require : "";
	const char *label = config->mount_label ? config->mount_label : "";

	if (copy(out->root_path, sizeof(out->root_path), config->root_path, "root.path", err) ||
		copy(out->cache_root, sizeof(out->cache_root), cache, "NIM_CACHE_PATH", err) ||
		copy(out->pin, sizeof(out->pin), pin, "NIM_MODEL_PROFILE", err) ||
		copy(out->require, sizeof(out->require), require, "the annotation " CONFIG_REQUIRE,
			err) ||
		copy(out->mount_label, sizeof(out->mount_label), label, "linux.mountLabel", err))
		return -1;
	out->gpus = config->gpus;
	out->gpus_most = config->gpus_most;
	out->spread = environment->spread;
	out->nim = environment->nim;
	out->sys_admin = config->sys_admin;
	out->download_disabled = environment->download_disabled;
	out->arguments =
		arguments_classify((const char *const *)config->arguments, config->argument_count);
	out->settings = environment->settings;
	out->setting_count = environment->setting_count;
	environment->settings = NULL;
	environment->setting_count = 0;
	return 0;
}

int
start_read(const struct config *config, struct start *out, struct error *err)
{
	struct environment environment = { 0 };
	struct start start = { 0 };
	int result;

	if (environment_parse((const char *const *)config->environment, config->environment_count,
		    &environment, err))
		return -1;
	result = environment_add_arguments(
		&environment, (const char *const *)config->arguments, config->argument_count, err);
	if (result == 0)
		result = fill(config, &environment, &start, err);
	environment_release(&environment);
	if (result)
		return -1;
	*out = start;
	return 0;
}

void
start_put(struct wire_message *message, const struct start *start)
{
	wire_put_text(message, start->root_path);
	wire_put_text(message, start->cache_root);
	wire_put_text(message, start->pin);
	wire_put_text(message, start->require);
	wire_put_text(message, start->mount_label);
	wire_put_u32(message, start->nim);
	wire_put_u32(message, start->sys_admin);
	wire_put_u32(message, start->download_disabled);
	wire_put_u32(message, start->arguments);
	gpu_put(message, &start->gpus);
	gpu_put(message, &start->gpus_most);
	wire_put_u32(message, start->spread);
	wire_put_u64(message, start->setting_count);
	for (size_t i = 0; i < start->setting_count; i++) {
		wire_put_u32(message, start->settings[i].class);
		wire_put_text(message, start->settings[i].name);
		wire_put_text(message, start->settings[i].value);
	}
}

/* A number below COUNT; fails the message on any other. */
static uint32_t
get_below(struct wire_message *message, uint32_t count)
{
	uint32_t value = wire_get_u32(message);

	if (value < count)
		return value;
	message->failed = true;
	return 0;
}

/* Fills OUT, whose parts the caller releases whatever happens. */
static void
get_setting(struct wire_message *message, struct environment_setting *out)
{
	out->class = (enum environment_class)get_below(message, ENVIRONMENT_UNKNOWN + 1);
	out->name = wire_get_text(message, LIMIT_NAME_BYTES - 1);
	out->value = wire_get_text(message, LIMIT_NAME_BYTES - 1);
	if (out->class < ENVIRONMENT_MANIFEST || !out->name || out->name[0] == '\0')
		message->failed = true;
}

static int
get_settings(struct wire_message *message, struct start *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_SETTINGS);

	if (count == 0)
		return 0;
	out->settings = calloc(count, sizeof(*out->settings));
	if (!out->settings)
		return error_no_memory(err);
	while (out->setting_count < count && !message->failed)
		get_setting(message, &out->settings[out->setting_count++]);
	return 0;
}

int
start_get(struct wire_message *message, struct start *out, struct error *err)
{
	cleanup_start struct start start = { 0 };

	wire_copy_text(message, start.root_path, sizeof(start.root_path));
	wire_copy_text(message, start.cache_root, sizeof(start.cache_root));
	wire_copy_text(message, start.pin, sizeof(start.pin));
	wire_copy_text(message, start.require, sizeof(start.require));
	wire_copy_text(message, start.mount_label, sizeof(start.mount_label));
	start.nim = get_below(message, 2) != 0;
	start.sys_admin = get_below(message, 2) != 0;
	start.download_disabled = get_below(message, 2) != 0;
	start.arguments = (enum arguments_kind)get_below(message, ARGUMENTS_LIST + 1);
	gpu_get(message, &start.gpus);
	gpu_get(message, &start.gpus_most);
	start.spread = get_below(message, 2) != 0;
	if (get_settings(message, &start, err))
		return -1;
	if (!wire_is_whole(message))
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about config.json is malformed");
	*out = start;
	start.settings = NULL;
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
	free(start->settings);
	*start = (struct start){ 0 };
}
