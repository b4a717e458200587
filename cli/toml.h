/*
 * TOML, as far as it takes to find settings in an engine's configuration: tables in brackets, and
 * one key a line, whose value may be a list over several lines. Inline tables, dotted keys and
 * multi-line texts are not looked into: a setting that is written so is not found, and whoever asks
 * takes it for absent. A table's header is a setting, too, with an empty key: a table may be empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

/* The settings, one after the other. */
struct toml {
	const char *at;               /* borrowed; the rest of the text */
	char table[LIMIT_ERROR_TEXT]; /* without quotes and white space; "" above the first */
	char key[LIMIT_ERROR_TEXT];   /* the same; "": the table's header */
	char value[LIMIT_NAME_BYTES]; /* as written, without comments and line feeds */
};

/* Starts with the text, which stays the caller's. */
void toml_start(struct toml *toml, const char *text) __attribute__((nonnull));

/* Goes to the next setting. Returns false at the end. */
bool toml_next(struct toml *toml) __attribute__((nonnull));

/* True if the value is the text, or a list with that text in it. */
bool toml_holds(const struct toml *toml, const char *text) __attribute__((nonnull));

/* The text at INDEX, from 0, in the value, without its quotes, into OUT. Returns false, and "",
 * where there are not so many. */
bool toml_text(const struct toml *toml, size_t index, char out[static LIMIT_NAME_BYTES])
	__attribute__((nonnull));

/* The first text in the value, without its quotes, into OUT; "" where there is none. */
void toml_first_text(const struct toml *toml, char out[static LIMIT_NAME_BYTES])
	__attribute__((nonnull));
