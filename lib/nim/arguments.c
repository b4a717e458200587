#include "nim/arguments.h"

#include "base/mem.h"
#include "nim/profile.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What may stand in front of a utility: only what becomes the rest of its arguments. */
static const char *const entry_points[] = {
	/* The entry point of NVIDIA's base images prints a banner and ends with exec "$@". */
	"/opt/nvidia/nvidia_entrypoint.sh",
	/* Not /opt/nim/start_server.sh and nim-serve: they serve, whatever follows. Not tini, env,
	   sh and the like: they have options and languages of their own. */
};

/* What an option takes. */
enum operand {
	OPERAND_NONE,
	OPERAND_PROFILE,  /* one full id */
	OPERAND_PROFILES, /* one or more of them */
	OPERAND_DIRECTORY,
};

enum option {
	OPTION_ALL = 1 << 0,
	OPTION_LORA = 1 << 1,
	OPTION_PROFILES = 1 << 2,
	OPTION_PROFILE = 1 << 3,
	OPTION_STORE = 1 << 4,
};

/* One row a spelling. */
struct option_row {
	const char *word;
	enum option option;
	enum operand operand;
};

static const struct option_row options[] = {
	/* of download-to-cache */
	{ "--all", OPTION_ALL, OPERAND_NONE },
	{ "--lora", OPTION_LORA, OPERAND_NONE },
	{ "-p", OPTION_PROFILES, OPERAND_PROFILES },
	{ "--profile", OPTION_PROFILES, OPERAND_PROFILES },
	{ "--profiles", OPTION_PROFILES, OPERAND_PROFILES }, /* Kubernetes operator */
	/* of create-model-store */
	{ "-p", OPTION_PROFILE, OPERAND_PROFILE },
	{ "--profile", OPTION_PROFILE, OPERAND_PROFILE },
	{ "-m", OPTION_STORE, OPERAND_DIRECTORY },
	{ "--model-store", OPTION_STORE, OPERAND_DIRECTORY },
};

struct utility {
	const char *word; /* never a path: a file of that name may be anything */
	enum arguments_kind kind;
	unsigned int allowed; /* options, each once at most */
	unsigned int needed;
};

static const struct utility utilities[] = {
	{ "list-model-profiles", ARGUMENTS_LIST, 0, 0 },
	/* Without options it takes the profile that NIM would choose. Not --model-uri and
	   --manifest-file of model-free images: they fill with what nobody signed. */
	{ "download-to-cache", ARGUMENTS_FILL, OPTION_ALL | OPTION_LORA | OPTION_PROFILES, 0 },
	{ "nim_download_to_cache", ARGUMENTS_FILL, OPTION_ALL | OPTION_LORA | OPTION_PROFILES, 0 },
	{ "create-model-store", ARGUMENTS_FILL, OPTION_PROFILE | OPTION_STORE,
		OPTION_PROFILE | OPTION_STORE },
};

static const struct utility *
find_utility(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(utilities); i++)
		if (strcmp(utilities[i].word, word) == 0)
			return &utilities[i];
	return NULL;
}

static const struct option_row *
find_option(unsigned int allowed, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if ((allowed & options[i].option) && strcmp(options[i].word, word) == 0)
			return &options[i];
	return NULL;
}

static bool
is_operand(enum operand operand, const char *word)
{
	if (operand == OPERAND_DIRECTORY)
		return word[0] != '\0' && word[0] != '-';
	return profile_is_full_id(word);
}

/* How many of COUNT words an option takes as its operands; SIZE_MAX where they do not fit. */
static size_t
count_operands(enum operand operand, const char *const *words, size_t count)
{
	size_t taken = 0;

	if (operand == OPERAND_NONE)
		return 0;
	while (taken < count && is_operand(operand, words[taken])) {
		taken++;
		if (operand != OPERAND_PROFILES)
			break;
	}
	return taken ? taken : SIZE_MAX;
}

/* True if WORDS are options of the utility and nothing else. */
static bool
fits(const struct utility *utility, const char *const *words, size_t count)
{
	unsigned int seen = 0;
	size_t at = 0, taken;

	while (at < count) {
		const struct option_row *option = find_option(utility->allowed & ~seen, words[at]);

		if (!option)
			return false;
		seen |= option->option;
		at++;
		taken = count_operands(option->operand, words + at, count - at);
		if (taken == SIZE_MAX)
			return false;
		at += taken;
	}
	return (seen & utility->needed) == utility->needed;
}

static bool
is_entry_point(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(entry_points); i++)
		if (strcmp(entry_points[i], word) == 0)
			return true;
	return false;
}

enum arguments_kind
arguments_classify(const char *const *args, size_t count)
{
	const struct utility *utility;
	size_t at = count && is_entry_point(args[0]) ? 1 : 0;

	if (at == count)
		return ARGUMENTS_SERVE;
	utility = find_utility(args[at]);
	if (!utility || !fits(utility, args + at + 1, count - at - 1))
		return ARGUMENTS_SERVE;
	return utility->kind;
}
