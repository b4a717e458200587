#include "cli/option.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/option_help.h"

#include <string.h>

/* One run over a command line. */
struct parse {
	const struct option_table *table;
	const struct option_list *argv;
	size_t next; /* the word to read */
	char *values;
	struct option_list *words;
};

static int
append(struct option_list *list, const char *value, const char *what, struct error *err)
{
	if (list->count == OPTION_VALUES)
		return error_set(
			err, REASON_USAGE, 0, "%s: given more than %d times", what, OPTION_VALUES);
	list->values[list->count++] = value;
	return 0;
}

/* True if the LENGTH bytes at GIVEN are NAME, '_' being '-'. */
static bool
is_name(const char *given, size_t length, const char *name)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((given[i] == '_' ? '-' : given[i]) != name[i])
			return false;
	return name[length] == '\0';
}

static const struct option *
find(const struct option_table *table, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (is_name(name, length, table->options[i].name))
			return &table->options[i];
	return NULL;
}

/* The switch that "no-NAME" turns off, or NULL. */
static const struct option *
find_switch(const struct option_table *table, const char *name, size_t length)
{
	const struct option *option;

	if (length < 3 || !is_name(name, 3, "no-"))
		return NULL;
	option = find(table, name + 3, length - 3);
	return option && option->kind == OPTION_SWITCH ? option : NULL;
}

/* Refuses a name that no option has. The beginning of one is never enough, since another release
 * may have a second one that begins so; but it is told. */
static int
refuse_name(const struct option_table *table, const char *word, size_t length, struct error *err)
{
	const struct option *meant = NULL;
	char name[64], given[64];
	size_t i, count = 0;

	/* What stands behind '=' may be a secret. */
	snprintf(given, sizeof(given), "--%.*s", (int)length, word + 2);
	for (i = 0; i < table->count; i++) {
		snprintf(name, sizeof(name), "%.*s", (int)length, table->options[i].name);
		if (length && is_name(word + 2, length, name)) {
			meant = &table->options[i];
			count++;
		}
	}
	if (count == 1)
		return error_set(err, REASON_USAGE, 0,
			"%s: no such option; is --%s meant? (see --help)", TEXT_QUOTE(given),
			meant->name);
	return error_set(
		err, REASON_USAGE, 0, "%s: no such option (see --help)", TEXT_QUOTE(given));
}

/* The value of the option in WORD: behind its '=' or in the next word. NULL with REASON_USAGE. */
static const char *
read_value(struct parse *parse, const struct option *option, const char *word, struct error *err)
{
	const char *equals = strchr(word, '='), *value;

	if (equals)
		return equals + 1;
	value = parse->next < parse->argv->count ? parse->argv->values[parse->next] : NULL;
	if (!value) {
		error_set(err, REASON_USAGE, 0, "--%s lacks its %s", option->name, option->value);
		return NULL;
	}
	if (strncmp(value, "--", 2) == 0) {
		error_set(err, REASON_USAGE, 0,
			"--%s lacks its %s, %s follows (a value that starts so is written "
			"--%s=VALUE)",
			option->name, option->value, TEXT_QUOTE(value), option->name);
		return NULL;
	}
	parse->next++;
	return value;
}

static int
store_value(struct parse *parse, const struct option *option, const char *value, struct error *err)
{
	const char **text = (const char **)(void *)(parse->values + option->offset);
	char what[64];

	if (value[0] == '\0')
		return error_set(
			err, REASON_USAGE, 0, "--%s: its %s is empty", option->name, option->value);
	if (option->kind == OPTION_LIST) {
		snprintf(what, sizeof(what), "--%s", option->name);
		return append((struct option_list *)(void *)text, value, what, err);
	}
	if (*text)
		return error_set(err, REASON_USAGE, 0, "--%s is given twice: %s and %s",
			option->name, TEXT_QUOTE(*text), TEXT_QUOTE(value));
	*text = value;
	return 0;
}

/* The word "--NAME" or "--NAME=VALUE". */
static int
parse_option(struct parse *parse, const char *word, struct error *err)
{
	const char *name = word + 2, *value;
	size_t length = strcspn(name, "=");
	const struct option *option = find(parse->table, name, length);
	bool on = option != NULL;

	if (!option)
		option = find_switch(parse->table, name, length);
	if (!option)
		return refuse_name(parse->table, word, length, err);
	if (option->kind == OPTION_REFUSED)
		return error_set(err, REASON_USAGE, 0, "--%s: %s", option->name, option->help);
	if (option->kind == OPTION_FLAG || option->kind == OPTION_SWITCH) {
		if (name[length] == '=')
			return error_set(
				err, REASON_USAGE, 0, "%s: takes no value", TEXT_QUOTE(word));
		*(bool *)(parse->values + option->offset) = on;
		return 0;
	}
	value = read_value(parse, option, word, err);
	return value ? store_value(parse, option, value, err) : -1;
}

static bool
asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* All words that are left are plain. */
static int
take_rest(struct parse *parse, struct error *err)
{
	while (parse->next < parse->argv->count)
		if (append(parse->words, parse->argv->values[parse->next++], "words", err))
			return -1;
	return 0;
}

int
option_parse(const struct option_table *table, const struct option_list *argv, void *values,
	struct option_list *words, struct error *err)
{
	struct parse parse = { .table = table, .argv = argv, .values = values, .words = words };

	while (parse.next < argv->count) {
		const char *word = argv->values[parse.next++];

		if (strcmp(word, "--") == 0)
			return take_rest(&parse, err);
		if (asks_for_help(word)) {
			option_help_print(table, stdout);
			return 1;
		}
		if (strncmp(word, "--", 2) == 0) {
			if (parse_option(&parse, word, err))
				return -1;
			continue;
		}
		if (word[0] == '-' && word[1])
			return error_set(err, REASON_USAGE, 0, "%s: no such option (see --help)",
				TEXT_QUOTE(word));
		if (append(words, word, "words", err))
			return -1;
		if (table->stop_at_word)
			return take_rest(&parse, err);
	}
	return 0;
}

int
option_parse_alone(const struct option_table *table, const struct option_list *argv, void *values,
	struct error *err)
{
	struct option_list words = { 0 };
	int result = option_parse(table, argv, values, &words, err);

	if (result == 0 && words.count)
		return error_set(err, REASON_USAGE, 0, "no words are expected (see --help)");
	return result;
}

bool
option_says(const struct option_list *argv, const char *name, const char *value)
{
	for (size_t i = 0; i < argv->count && strcmp(argv->values[i], "--") != 0; i++) {
		const char *word = argv->values[i], *equals = strchr(word, '=');
		const char *given = equals                ? equals + 1
				    : i + 1 < argv->count ? argv->values[i + 1]
							  : "";

		if (strncmp(word, "--", 2) == 0 &&
			is_name(word + 2, strcspn(word + 2, "="), name) &&
			strcmp(given, value) == 0)
			return true;
	}
	return false;
}

int
option_parse_output(const char *value, bool *json, struct error *err)
{
	if (value && strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
		return error_set(err, REASON_USAGE, 0, "--output %s: expected text or json",
			TEXT_QUOTE(value));
	*json = value && strcmp(value, "json") == 0;
	return 0;
}

int
option_words(char *const argv[], size_t first, struct option_list *out, struct error *err)
{
	out->count = 0;
	for (argv += first; *argv; argv++)
		if (append(out, *argv, "words", err))
			return -1;
	return 0;
}

int
option_check_path(const char *option, const char *path, struct error *err)
{
	if (!path || (path[0] == '/' && text_is_canonical_path(path + 1)))
		return 0;
	return error_set(err, REASON_USAGE, 0,
		"--%s %s: must be an absolute path without '.', '..' or '//'", option,
		TEXT_QUOTE(path));
}
