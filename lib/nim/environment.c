#include "nim/environment.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "nim/cache.h"
#include "nim/environment_table.h"

#include <string.h>
#include <strings.h>

#define PREFIX "NIM_"

/*
 * What stands in the names of variables, and in arguments, that are stronger than a profile's tags
 * about the number of GPUs (facts: nim, section 6): NIM_TENSOR_PARALLEL_SIZE,
 * NIM_NUM_COMPUTE_NODES, NIM_PASSTHROUGH_ARGS, NIM_MANIFEST_ALLOW_UNSAFE, --pipeline-parallel-size,
 * -tp, --nnodes. More names than there are, because new ones come: the price is that nothing is
 * narrowed.
 */
static const char *const spreading[] = { "PARALLEL", "NODE", "UNSAFE", "PASSTHROUGH", "_ARGS",
	"GPUS", "-tp", "-pp" };

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

/* True for the classes that policy decides about. */
static bool is_setting(enum environment_class class)
{
	switch (class) {
	case ENVIRONMENT_MANIFEST:
	case ENVIRONMENT_SOURCE:
	case ENVIRONMENT_UNKNOWN: return true;
	case ENVIRONMENT_NONE:
	case ENVIRONMENT_CACHE:
	case ENVIRONMENT_PIN: break;
	}
	return false;
}

static bool
is_spreading(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(spreading); i++)
		if (strcasestr(text, spreading[i]))
			return true;
	return false;
}

/* VALUE may be NULL. */
static int
add_setting(struct environment *environment, enum environment_class class, const char *name,
	const char *value, struct error *err)
{
	struct environment_setting *setting;

	if (environment->setting_count == LIMIT_SETTINGS)
		return error_set(err, REASON_POLICY, 0,
			"more than %d variables and arguments that bring models: the next is %s",
			LIMIT_SETTINGS, TEXT_QUOTE(name));
	if (!environment->settings)
		environment->settings = calloc(LIMIT_SETTINGS, sizeof(*environment->settings));
	if (!environment->settings)
		return error_no_memory(err);
	setting = &environment->settings[environment->setting_count++];
	setting->class = class;
	setting->name = strndup(name, LIMIT_NAME_BYTES - 1);
	setting->value = value ? strdup(value) : NULL;
	if (!setting->name || (value && !setting->value))
		return error_no_memory(err);
	return 0;
}

static void
release_setting(struct environment_setting *setting)
{
	free(setting->name);
	free(setting->value);
	*setting = (struct environment_setting){ 0 };
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

static bool
is_true(const char *value)
{
	static const char *const words[] = { "1", "true", "yes", "on" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

static int
read_variable(struct environment *environment, struct values *values, const char *variable,
	struct error *err)
{
	const char *equals = strchr(variable, '='), *value;
	cleanup_free char *name = NULL;
	enum environment_class class;
	bool nim = false;

	/* Without a name or "=" it is a variable for nobody. */
	if (!equals || equals == variable)
		return 0;
	name = strndup(variable, (size_t)(equals - variable));
	if (!name)
		return error_no_memory(err);
	value = equals + 1;
	class = environment_table_classify(name, value, &nim);
	environment->nim |= nim;
	environment->spread |= is_nim(name) && is_spreading(name);
	note_value(values, name, value);
	if (strcmp(name, "NIM_DISABLE_MODEL_DOWNLOAD") == 0)
		environment->download_disabled = is_true(value);
	if (!is_setting(class))
		return 0;
	return add_setting(
		environment, class, name, environment_table_shows(name, value) ? value : NULL, err);
}

/* Length of an absolute, plain path without slashes at its end; 0 for any other text. */
static size_t
plain_length(const char *path)
{
	cleanup_free char *plain = NULL;
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	plain = strndup(path, length);
	return plain && plain[0] == '/' && text_is_canonical_path(plain + 1) ? length : 0;
}

/* True if PATH lies below the directory ROOT, as far as the texts tell. */
static bool
is_below(const char *path, const char *root)
{
	size_t length = plain_length(path), root_length = plain_length(root);

	return root_length && length > root_length && path[root_length] == '/' &&
	       strncmp(path, root, root_length) == 0;
}

/* Takes out each HF_HOME below the cache root: links there lead nowhere unseen, because nothing
 * below the root is let through that is not on a list. */
static void
drop_cached_homes(struct environment *environment, const char *cache)
{
	size_t kept = 0;

	for (size_t i = 0; i < environment->setting_count; i++) {
		struct environment_setting *setting = &environment->settings[i];

		if (strcmp(setting->name, "HF_HOME") == 0 && setting->value &&
			is_below(setting->value, cache))
			release_setting(setting);
		else
			environment->settings[kept++] = *setting;
	}
	environment->setting_count = kept;
}

int
environment_parse(
	const char *const *variables, size_t count, struct environment *out, struct error *err)
{
	__attribute__((cleanup(environment_release))) struct environment environment = { 0 };
	struct values values = { 0 };
	const char *pin = NULL;

	for (size_t i = 0; i < count; i++)
		if (read_variable(&environment, &values, variables[i], err))
			return -1;
	if (refuse_duplicates(variables, count, err) || choose_pin(&values, &pin, err) ||
		keep(&environment.cache_path, values.cache, err) ||
		keep(&environment.pin, pin, err))
		return -1;
	drop_cached_homes(&environment, values.cache ? values.cache : CACHE_ROOT_DEFAULT);
	*out = environment;
	environment = (struct environment){ 0 };
	return 0;
}

/* The model URI that an argument is, or that an option carries behind "="; NULL for others. */
static char *
find_model_uri(char *argument)
{
	char *equals = argument[0] == '-' ? strchr(argument, '=') : NULL;
	char *uri = equals ? equals + 1 : argument;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
			return uri;
	return NULL;
}

/* Reads one argument, and cuts what must not be shown off it. */
static int
read_argument(struct environment *environment, char *argument, struct error *err)
{
	char *uri = find_model_uri(argument);
	bool shown = uri && environment_table_shows("", uri);

	if (!uri)
		return 0;
	if (!shown)
		strstr(uri, "://")[strlen("://")] = '\0';
	return add_setting(environment, ENVIRONMENT_SOURCE, argument, shown ? uri : NULL, err);
}

int
environment_add_arguments(
	struct environment *environment, const char *const *args, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *argument = strdup(args[i]);

		if (!argument)
			return error_no_memory(err);
		environment->spread |= is_spreading(argument);
		if (read_argument(environment, argument, err))
			return -1;
	}
	return 0;
}

void
environment_release(struct environment *environment)
{
	free(environment->cache_path);
	free(environment->pin);
	for (size_t i = 0; i < environment->setting_count; i++)
		release_setting(&environment->settings[i]);
	free(environment->settings);
	*environment = (struct environment){ 0 };
}
