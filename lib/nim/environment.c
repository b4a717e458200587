#include "nim/environment.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "nim/cache.h"
#include "nim/environment_table.h"

#include <string.h>
#include <strings.h>

#define PREFIX "NIM_"

/* What a model URI begins with (facts: nim, section 4). */
static const char *const schemes[] = {
	"ngc://",
	"hf://",
	"s3://",
	"gs://",
	"modelscope://",
	"local://",
};

enum environment_class
environment_classify(const char *name, const char *value)
{
	return environment_table_classify(name, value, NULL);
}

static bool is_decided(enum environment_class class)
{
	return class == ENVIRONMENT_MANIFEST || class == ENVIRONMENT_SOURCE ||
	       class == ENVIRONMENT_UNKNOWN;
}

/* Adds the setting. VALUE is kept only as a path: a URI can hold a password. */
static int
add_setting(struct environment *environment, enum environment_class class, const char *name,
	const char *value, struct error *err)
{
	struct environment_setting *setting;

	if (environment->setting_count == LIMIT_SETTINGS)
		return error_set(err, REASON_POLICY, 0,
			"more than %d settings that bring models from elsewhere", LIMIT_SETTINGS);
	if (!environment->settings)
		environment->settings = calloc(LIMIT_SETTINGS, sizeof(*environment->settings));
	if (!environment->settings)
		return error_no_memory(err);
	setting = &environment->settings[environment->setting_count++];
	setting->class = class;
	setting->name = strdup(name);
	if (!setting->name)
		return error_no_memory(err);
	if (value[0] != '/')
		return 0;
	setting->value = strdup(value);
	return setting->value ? 0 : error_no_memory(err);
}

static bool
is_nim(const char *name)
{
	return strncasecmp(name, PREFIX, strlen(PREFIX)) == 0;
}

/* Compares the names of two variables. */
static int
by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	size_t left_length = strcspn(*left, "="), right_length = strcspn(*right, "=");
	size_t shorter = left_length < right_length ? left_length : right_length;
	int order = strncasecmp(*left, *right, shorter);

	return order ? order : (left_length > right_length) - (left_length < right_length);
}

/* Which of two settings the programs read differs from one to another. */
static int
refuse_duplicates(const char *const *variables, size_t count, struct error *err)
{
	cleanup_free const char **sorted = calloc(count ? count : 1, sizeof(*sorted));
	size_t used = 0;

	if (!sorted)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++)
		if (is_nim(variables[i]))
			sorted[used++] = variables[i];
	qsort(sorted, used, sizeof(*sorted), by_name);
	for (size_t i = 1; i < used; i++) {
		if (by_name(&sorted[i - 1], &sorted[i]) == 0) {
			cleanup_free char *name = strndup(sorted[i], strcspn(sorted[i], "="));

			return error_set(err, REASON_POLICY, 0, "the variable %s is set twice",
				TEXT_QUOTE(name));
		}
	}
	return 0;
}

/* The variables whose values we need, borrowed from the caller's strings. */
struct values {
	const char *cache;
	const char *model_profile;
	const char *manifest_profile;
	const char *selector;
	const char *disable;
};

static void
note_value(struct values *values, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	if (strcmp(name, "NIM_CACHE_PATH") == 0)
		values->cache = value;
	else if (strcmp(name, "NIM_MODEL_PROFILE") == 0)
		values->model_profile = value;
	else if (strcmp(name, "NIM_MANIFEST_PROFILE") == 0)
		values->manifest_profile = value;
	else if (strcmp(name, "NIM_TAGS_SELECTOR") == 0)
		values->selector = value;
	else if (strcmp(name, "NIM_DISABLE_MODEL_DOWNLOAD") == 0)
		values->disable = value;
}

static bool
is_yes(const char *value)
{
	static const char *const words[] = { "1", "true", "yes", "on" };

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

/* HF_HOME below the cache root brings nothing that the cache root's closed list does not see. */
static bool
lies_in_cache(const struct values *values, const char *path)
{
	const char *root = values->cache ? values->cache : CACHE_ROOT_DEFAULT;
	size_t length = strlen(root);

	return strncmp(path, root, length) == 0 && path[length] == '/' &&
	       text_is_canonical_path(path + length + 1);
}

/* Sets *pin, borrowed; NULL where nothing is pinned. */
static int
choose_pin(const struct values *values, const char **pin, struct error *err)
{
	const char *chosen =
		values->model_profile ? values->model_profile : values->manifest_profile;

	if (values->model_profile && values->manifest_profile &&
		strcmp(values->model_profile, values->manifest_profile) != 0)
		return error_set(err, REASON_POLICY, 0,
			"NIM_MODEL_PROFILE and NIM_MANIFEST_PROFILE name different profiles: %.80s and %.80s",
			TEXT_QUOTE(values->model_profile), TEXT_QUOTE(values->manifest_profile));
	if (chosen && strcmp(chosen, "default") == 0)
		chosen = NULL;
	/* Nothing says which of them wins, and the selector may choose another profile. */
	if (chosen && values->selector)
		return error_set(err, REASON_POLICY, 0,
			"%s pins a profile and NIM_TAGS_SELECTOR selects one: set one of them",
			values->model_profile ? "NIM_MODEL_PROFILE" : "NIM_MANIFEST_PROFILE");
	*pin = chosen;
	return 0;
}

static int
keep(char **to, const char *text, struct error *err)
{
	if (!text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : error_no_memory(err);
}

/* Splits VARIABLE. Returns 0 with *name (owned by the caller; NULL where it is a variable for
 * nobody) and *value, or -1. */
static int
split(const char *variable, char **name, const char **value, struct error *err)
{
	const char *equals = strchr(variable, '=');

	if (!equals || equals == variable)
		return 0;
	*name = strndup(variable, (size_t)(equals - variable));
	*value = equals + 1;
	return *name ? 0 : error_no_memory(err);
}

static int
read_values(const char *const *variables, size_t count, struct values *values, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = NULL;
		const char *value = NULL;

		if (split(variables[i], &name, &value, err))
			return -1;
		if (name)
			note_value(values, name, value);
	}
	return 0;
}

static int
read_variable(struct environment *environment, const struct values *values, const char *variable,
	struct error *err)
{
	cleanup_free char *name = NULL;
	const char *value = NULL;
	enum environment_class class;
	bool nim = false;

	if (split(variable, &name, &value, err))
		return -1;
	if (!name)
		return 0;
	class = environment_table_classify(name, value, &nim);
	environment->nim |= nim;
	if (!is_decided(class) || (strcmp(name, "HF_HOME") == 0 && lies_in_cache(values, value)))
		return 0;
	return add_setting(environment, class, name, value, err);
}

int
environment_parse(
	const char *const *variables, size_t count, struct environment *out, struct error *err)
{
	__attribute__((cleanup(environment_release))) struct environment environment = { 0 };
	struct values values = { 0 };
	const char *pin = NULL;

	if (read_values(variables, count, &values, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (read_variable(&environment, &values, variables[i], err))
			return -1;
	environment.download_disabled = is_yes(values.disable);
	if (refuse_duplicates(variables, count, err) || choose_pin(&values, &pin, err) ||
		keep(&environment.cache_path, values.cache, err) ||
		keep(&environment.pin, pin, err))
		return -1;
	*out = environment;
	environment = (struct environment){ 0 };
	return 0;
}

/* True for a model URI by itself, and for an option that carries one behind "=". */
static bool
is_model_uri(const char *argument)
{
	const char *value = argument[0] == '-' ? strchr(argument, '=') : NULL;

	if (value)
		argument = value + 1;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncasecmp(argument, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

int
environment_add_arguments(
	struct environment *environment, const char *const *args, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (is_model_uri(args[i]) &&
			add_setting(environment, ENVIRONMENT_SOURCE, args[i], "", err))
			return -1;
	return 0;
}

void
environment_release(struct environment *environment)
{
	free(environment->cache_path);
	free(environment->pin);
	for (size_t i = 0; i < environment->setting_count; i++) {
		free(environment->settings[i].name);
		free(environment->settings[i].value);
	}
	free(environment->settings);
	*environment = (struct environment){ 0 };
}
