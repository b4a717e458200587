/*
 * Variables of a process, a line each, and behind an empty line its arguments.
 */
#include "base/limits.h"
#include "nim/arguments.h"
#include "nim/environment.h"

#include "tests/fuzz/fuzz.h"

enum { WORDS_MAX = 128 };

/* A URI that says who asks, and with what password. */
static bool
has_user(const char *value)
{
	const char *authority = strchr("/.~", value[0]) ? NULL : strstr(value, "://");

	return authority && memchr(authority + 3, '@', strcspn(authority + 3, "/?#"));
}

static void
check(const struct environment *environment)
{
	FUZZ_PROMISE(environment->setting_count <= LIMIT_SETTINGS);
	for (size_t i = 0; i < environment->setting_count; i++) {
		const struct environment_setting *setting = &environment->settings[i];

		FUZZ_PROMISE(setting->class >= ENVIRONMENT_MANIFEST && setting->name &&
			     strlen(setting->name) < LIMIT_NAME_BYTES);
		FUZZ_PROMISE(!setting->value || strlen(setting->value) < LIMIT_NAME_BYTES);
		FUZZ_PROMISE(!setting->value || !has_user(setting->value));
	}
	FUZZ_PROMISE(!environment->pin || environment->pin[0]);
	FUZZ_PROMISE(!environment->cache_path || environment->cache_path[0]);
}

static void
read_both(const char *const *words, size_t variables, size_t count)
{
	struct environment environment = { 0 };
	struct error err = { 0 };

	if (environment_parse(words, variables, &environment, &err) == 0) {
		if (environment_add_arguments(
			    &environment, words + variables, count - variables, &err) == 0)
			check(&environment);
		else
			FUZZ_PROMISE(fuzz_is_refusal(&err));
		environment_release(&environment);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
	if (arguments_classify(words + variables, count - variables) != ARGUMENTS_SERVE)
		FUZZ_PROMISE(count > variables);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const char *words[WORDS_MAX];
	char text[8192 + 1], *at = text, *end;
	size_t count = 0, variables = SIZE_MAX;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	for (; count < WORDS_MAX && *at; at = end + 1) {
		end = strchr(at, '\n');
		if (end)
			*end = '\0';
		if (*at == '\0' && variables == SIZE_MAX)
			variables = count;
		else
			words[count++] = at;
		if (!end)
			break;
	}
	read_both(words, variables < count ? variables : count, count);
}
