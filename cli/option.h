/*
 * Command lines, driven by one table a command: the same table parses the words and prints --help.
 *
 * Names match with '-' and '_' alike; values follow as the next word or after '='; options may
 * stand anywhere, and "--" ends them. No value is empty. What is not understood is an error that
 * names it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

enum {
	OPTION_VALUES = 1024, /* of one option or of all plain words: as many as a signature may
				 ignore paths */
};

enum option_kind {
	OPTION_NONE,
	OPTION_FLAG,    /* bool: --name */
	OPTION_SWITCH,  /* bool: --name and --no-name, the last one counts */
	OPTION_TEXT,    /* const char *: --name VALUE, once */
	OPTION_LIST,    /* struct option_list: --name VALUE, any number of times */
	OPTION_REFUSED, /* an option of the reference that this release does not have; its help says
			   why */
};

struct option_list {
	const char *values[OPTION_VALUES]; /* borrowed from argv */
	size_t count;
};

struct option {
	const char *name; /* with hyphens, without the leading ones */
	enum option_kind kind;
	size_t offset;     /* of the value in the command's struct */
	const char *value; /* its name in the help, of OPTION_TEXT and OPTION_LIST */
	const char *help;
};

struct option_table {
	const char *usage; /* what follows "usage: nimgate " */
	const char *about; /* whole lines */
	const struct option *options;
	size_t count;
	bool stop_at_word; /* the first plain word and all that follows it belong to another table
			    */
};

/*
 * Reads ARGV (ARGC words, without the program's name) into VALUES, the command's struct with its
 * defaults; plain words go to WORDS. Returns 0; 1 when --help was printed; -1 with REASON_USAGE.
 */
int option_parse(const struct option_table *table, const struct option_list *argv, void *values,
	struct option_list *words, struct error *err) __attribute__((nonnull));

/* As option_parse(), for a command that takes options alone: a plain word is REASON_USAGE, too. */
int option_parse_alone(const struct option_table *table, const struct option_list *argv,
	void *values, struct error *err) __attribute__((nonnull));

/*
 * True if ARGV says --NAME VALUE or --NAME=VALUE before "--", whatever else is wrong with it: for a
 * command that has to say so in the form that was asked for.
 */
bool option_says(const struct option_list *argv, const char *name, const char *value)
	__attribute__((nonnull));

/* What --output VALUE asks for: "json", or "text", which NULL is too. Returns 0, or -1 with
 * REASON_USAGE. */
int option_parse_output(const char *value, bool *json, struct error *err)
	__attribute__((nonnull(2, 3)));

/* The words of ARGV from FIRST on. Returns 0, or -1 with REASON_USAGE where there are too many. */
int option_words(char *const argv[], size_t first, struct option_list *out, struct error *err)
	__attribute__((nonnull));

/* Whether the value of --OPTION, NULL where it was not given, is an absolute path without detours.
 * Returns 0, or -1 with REASON_USAGE. */
int option_check_path(const char *option, const char *path, struct error *err)
	__attribute__((nonnull(1, 3)));
