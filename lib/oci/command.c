#include "oci/command.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum option_kind {
	OPTION_UNKNOWN,
	OPTION_FLAG,
	OPTION_VALUE,   /* takes one */
	OPTION_REFUSED, /* moves what the hook would look for at another place */
};

struct option {
	const char *name; /* without hyphens */
	enum option_kind kind;
};

/* Before the command: of runc, crun and youki. */
static const struct option globals[] = {
	{ "root", OPTION_VALUE },
	{ "log", OPTION_VALUE },
	{ "log-format", OPTION_VALUE },
	{ "log-level", OPTION_VALUE },
	{ "rootless", OPTION_VALUE },
	{ "cgroup-manager", OPTION_VALUE },
	{ "criu", OPTION_VALUE },
	{ "debug", OPTION_FLAG },
	{ "systemd-cgroup", OPTION_FLAG },
	{ "version", OPTION_FLAG },
	{ "v", OPTION_FLAG },
	{ "help", OPTION_FLAG },
	{ "h", OPTION_FLAG },
};

/* Behind create and run. */
static const struct option locals[] = {
	{ "bundle", OPTION_VALUE },
	{ "b", OPTION_VALUE },
	{ "console-socket", OPTION_VALUE },
	{ "pidfd-socket", OPTION_VALUE },
	{ "pid-file", OPTION_VALUE },
	{ "preserve-fds", OPTION_VALUE },
	{ "no-pivot", OPTION_FLAG },
	{ "no-new-keyring", OPTION_FLAG },
	{ "no-subreaper", OPTION_FLAG },
	{ "keep", OPTION_FLAG },
	{ "detach", OPTION_FLAG },
	{ "d", OPTION_FLAG },
	{ "help", OPTION_FLAG },
	{ "h", OPTION_FLAG },
	/* crun's: another file than config.json, which is the one that the hook reads. */
	{ "config", OPTION_REFUSED },
	{ "f", OPTION_REFUSED },
};

/* One option of the line. */
struct given {
	const char *name; /* borrowed; without hyphens, up to LENGTH */
	size_t length;
	const char *value; /* borrowed; NULL where it takes none or has none */
	size_t words;      /* that it takes up */
	enum option_kind kind;
};

static enum option_kind
kind_of(const struct option *table, size_t count, const struct given *given)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(table[i].name) == given->length &&
			memcmp(table[i].name, given->name, given->length) == 0)
			return table[i].kind;
	return OPTION_UNKNOWN;
}

/* Reads the option at WORDS. */
static struct given
read_option(char *const words[], const struct option *table, size_t count)
{
	const char *name = words[0] + strspn(words[0], "-"), *equals = strchr(name, '=');
	struct given given = { .name = name, .length = strlen(name), .words = 1 };

	if (equals) {
		given.length = (size_t)(equals - name);
		given.value = equals + 1;
	}
	given.kind = kind_of(table, count, &given);
	if (given.kind == OPTION_VALUE && !equals) {
		given.value = words[1];
		given.words = words[1] ? 2 : 1;
	}
	return given;
}

static bool
is_named(const struct given *given, const char *name)
{
	return strlen(name) == given->length && memcmp(given->name, name, given->length) == 0;
}

static bool
starts_container(const char *word)
{
	return strcmp(word, "create") == 0 || strcmp(word, "run") == 0;
}

static bool
restores_container(const char *word)
{
	return strcmp(word, "restore") == 0;
}

/* An option before the command that nobody knows, and may have a value: the command is not certain.
 */
static int
pass_unknown(char *const words[], struct error *err)
{
	size_t i;

	for (i = 1; words[i]; i++)
		if (starts_container(words[i]) || restores_container(words[i]))
			return error_set(err, REASON_USAGE, 0,
				"option %s before the command is not known to nimgate-runtime",
				TEXT_QUOTE(words[0]));
	return 0;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* The options before the command. Returns the command's position, or that of the end where there is
 * none that counts; or -1. */
static ptrdiff_t
read_globals(char *const words[], struct command *command, struct error *err)
{
	ptrdiff_t at = 0;

	while (words[at] && is_option(words[at])) {
		struct given given = read_option(words + at, globals, ARRAY_SIZE(globals));

		if (strcmp(words[at], "--") == 0)
			return at + 1;
		if (given.kind == OPTION_UNKNOWN) {
			if (pass_unknown(words + at, err))
				return -1;
			while (words[at])
				at++;
			return at;
		}
		if (is_named(&given, "log"))
			command->log = given.value;
		else if (is_named(&given, "log-format"))
			command->log_json = given.value && strcmp(given.value, "json") == 0;
		at += (ptrdiff_t)given.words;
	}
	return at;
}

/* A single hyphen in front of more than one letter, or an option that differs from its table: runc
 * and crun read these in different ways. */
static bool
is_plain(const char *word, const struct given *given)
{
	return given->kind != OPTION_UNKNOWN &&
	       (given->length > 1 ? strncmp(word, "--", 2) == 0
				  : word[1] != '-' && word[2] == '\0');
}

static int
take_local(const char *word, const struct given *given, struct command *command, struct error *err)
{
	if (!is_plain(word, given))
		return error_set(err, REASON_USAGE, 0,
			"option %s of a start is not known to nimgate-runtime", TEXT_QUOTE(word));
	if (given->kind == OPTION_REFUSED)
		return error_set(err, REASON_USAGE, 0,
			"option %s: the container's configuration must be config.json",
			TEXT_QUOTE(word));
	if (given->kind == OPTION_VALUE && !given->value)
		return error_set(
			err, REASON_USAGE, 0, "option %s lacks its value", TEXT_QUOTE(word));
	if (!given->value || (!is_named(given, "bundle") && !is_named(given, "b")))
		return 0;
	if (command->bundle)
		return error_set(err, REASON_USAGE, 0, "the bundle is given twice");
	if (given->value[0] == '\0')
		return error_set(err, REASON_USAGE, 0, "option %s: empty", TEXT_QUOTE(word));
	command->bundle = given->value;
	return 0;
}

/* What follows create or run: options, then the container's id. */
static int
read_locals(char *const words[], struct command *command, struct error *err)
{
	bool id = false;
	size_t at = 0;

	while (words[at] && strcmp(words[at], "--") != 0) {
		struct given given = read_option(words + at, locals, ARRAY_SIZE(locals));

		if (!is_option(words[at])) {
			id = true;
			at++;
			continue;
		}
		/* Runtimes that stop at the id would take another bundle. */
		if (id)
			return error_set(err, REASON_USAGE, 0,
				"option %s must stand before the container's id",
				TEXT_QUOTE(words[at]));
		if (take_local(words[at], &given, command, err))
			return -1;
		at += given.words;
	}
	return 0;
}

int
command_parse(char *const words[], struct command *out, struct error *err)
{
	ptrdiff_t at;

	*out = (struct command){ 0 };
	at = read_globals(words, out, err);
	if (at < 0)
		return -1;
	out->restores = words[at] && restores_container(words[at]);
	if (words[at] && starts_container(words[at])) {
		out->starts = true;
		if (read_locals(words + at + 1, out, err))
			return -1;
	}
	if (!out->bundle)
		out->bundle = ".";
	return 0;
}
