#include "nim/arguments.h"

#include "base/mem.h"
#include "base/text.h"
#include "nim/profile.h"

#include <stdbool.h>
#include <string.h>

/*
 * What an image may run before the words of its user, and which only runs these. start_server.sh is
 * none: it serves whatever its arguments are.
 */
static const char *const entry_points[] = {
	"/opt/nvidia/nvidia_entrypoint.sh",
};

enum value {
	VALUE_NONE, /* a flag */
	VALUE_IDS,  /* one or more full profile ids, as words of their own */
	VALUE_PATH, /* an absolute path */
};

struct option_row {
	const char *name;
	enum value value;
};

enum { OPTIONS_MAX = 6 };

/* The programs, and every option that we know to change nothing about what they are. */
static const struct utility_row {
	const char *name;
	enum arguments_kind kind;
	struct option_row options[OPTIONS_MAX];
} utilities[] = {
	{ "list-model-profiles", ARGUMENTS_LIST, { { NULL, VALUE_NONE } } },
	{ "download-to-cache", ARGUMENTS_FILL,
		{ { "--all", VALUE_NONE }, { "--lora", VALUE_NONE }, { "-p", VALUE_IDS },
			{ "--profile", VALUE_IDS }, { "--profiles", VALUE_IDS } } },
	{ "nim_download_to_cache", ARGUMENTS_FILL,
		{ { "--all", VALUE_NONE }, { "--lora", VALUE_NONE }, { "-p", VALUE_IDS },
			{ "--profile", VALUE_IDS }, { "--profiles", VALUE_IDS } } },
	{ "create-model-store", ARGUMENTS_FILL,
		{ { "-p", VALUE_IDS }, { "--profile", VALUE_IDS }, { "-m", VALUE_PATH },
			{ "--model-store", VALUE_PATH } } },
};

static bool
is_entry_point(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(entry_points); i++)
		if (strcmp(word, entry_points[i]) == 0)
			return true;
	return false;
}

static const struct option_row *
find_option(const struct utility_row *utility, const char *word)
{
	for (size_t i = 0; i < OPTIONS_MAX && utility->options[i].name; i++)
		if (strcmp(word, utility->options[i].name) == 0)
			return &utility->options[i];
	return NULL;
}

/* Number of words that the option's value takes; 0 where it has no valid one. */
static size_t
value_length(enum value value, const char *const *words, size_t count)
{
	size_t length = 0;

	if (value == VALUE_PATH)
		return count && words[0][0] == '/' && text_is_canonical_path(words[0] + 1);
	while (length < count && profile_is_full_id(words[length]))
		length++;
	return length;
}

static bool
fits(const struct utility_row *utility, const char *const *words, size_t count)
{
	const struct option_row *option;
	size_t length, i = 0;

	while (i < count) {
		option = find_option(utility, words[i++]);
		if (!option)
			return false;
		if (option->value == VALUE_NONE)
			continue;
		length = value_length(option->value, words + i, count - i);
		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

enum arguments_kind
arguments_classify(const char *const *args, size_t count)
{
	if (count && is_entry_point(args[0])) {
		args++;
		count--;
	}
	for (size_t i = 0; count && i < ARRAY_SIZE(utilities); i++)
		if (strcmp(args[0], utilities[i].name) == 0 &&
			fits(&utilities[i], args + 1, count - 1))
			return utilities[i].kind;
	return ARGUMENTS_SERVE;
}
