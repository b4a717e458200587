#include "nim/environment.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
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

/* How bad a class is that policy refuses; 0 for the others. */
static int severity(enum environment_class class)
{
	switch (class) {
	case ENVIRONMENT_UNKNOWN: return 1;
	case ENVIRONMENT_MANIFEST: return 2;
	case ENVIRONMENT_SOURCE: return 3;
	case ENVIRONMENT_NONE:
	case ENVIRONMENT_CACHE:
	case ENVIRONMENT_PIN: break;
	}
	return 0;
}

static int
note_class(struct environment *environment, enum environment_class class, const char *name,
	struct error *err)
{
	char *copy;

	if (severity(class) <= severity(environment->refused))
		return 0;
	copy = strdup(name);
	if (!copy)
		return error_no_memory(err);
	free(environment->refused_name);
	environment->refused_name = copy;
	environment->refused = class;
	return 0;
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
	note_value(values, name, value);
	return note_class(environment, class, name, err);
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
			note_class(environment, ENVIRONMENT_SOURCE, args[i], err))
			return -1;
	return 0;
}

void
environment_release(struct environment *environment)
{
	free(environment->cache_path);
	free(environment->pin);
	free(environment->refused_name);
	*environment = (struct environment){ 0 };
}
