/*
 * What the command says on standard error: warnings and notes by the reference's levels, and the
 * one line of a failure.
 */
#pragma once

struct error;

enum console_level {
	CONSOLE_DEBUG,
	CONSOLE_INFO,
	CONSOLE_WARNING,
	CONSOLE_ERROR,
	CONSOLE_CRITICAL,
};

/* Reads a level by its name, in either case. Returns 0, or -1 with REASON_USAGE. */
int console_parse_level(const char *name, enum console_level *out, struct error *err)
	__attribute__((nonnull));

/* Says nothing below LEVEL from now on, if it said more until now. */
void console_limit(enum console_level level);

/* One line "nimgate: ..." at LEVEL; foreign strings are quoted by the caller. */
void console_say(enum console_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull));

/* The line "WHAT: error's text", whatever the level. Returns the exit status of its reason. */
int console_fail(const char *what, const struct error *err) __attribute__((nonnull));
