#include "gate/start.h"

#include "base/error.h"
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

static int
fill(const struct config *config, const struct environment *environment, struct start *out,
	struct error *err)
{
	const char *cache = environment->cache_path ? environment->cache_path : CACHE_ROOT_DEFAULT;
	const char *pin = environment->pin ? environment->pin : "";

	out->nim = environment->nim;
	out->refused = environment->refused;
	/* For a message alone, which quotes it: an argument may be longer, and is cut. */
	if (environment->refused_name)
		memcpy(out->refused_name, environment->refused_name,
			strnlen(environment->refused_name, sizeof(out->refused_name) - 1));
	if (copy(out->root_path, config->root_path, "root.path", err) ||
		copy(out->cache_root, cache, "NIM_CACHE_PATH", err) ||
		copy(out->pin, pin, "NIM_MODEL_PROFILE", err))
		return -1;
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
	wire_put_u32(message, start->nim);
	wire_put_u32(message, start->refused);
	wire_put_text(message, start->refused_name);
}

int
start_get(struct wire_message *message, struct start *out, struct error *err)
{
	struct start start = { 0 };
	uint32_t refused;

	wire_copy_text(message, start.root_path, sizeof(start.root_path));
	wire_copy_text(message, start.cache_root, sizeof(start.cache_root));
	wire_copy_text(message, start.pin, sizeof(start.pin));
	start.nim = wire_get_u32(message) != 0;
	refused = wire_get_u32(message);
	wire_copy_text(message, start.refused_name, sizeof(start.refused_name));
	if (!wire_is_whole(message) || refused > ENVIRONMENT_UNKNOWN)
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about config.json is malformed");
	start.refused = (enum environment_class)refused;
	*out = start;
	return 0;
}
