/*
 * The bytes of a YAML document: what is refused before libyaml sees it, whatever it would make of
 * it. Used by yaml.c alone.
 */
#pragma once

#include <stddef.h>

struct error;

/* Where in the source something is, from 1. */
struct yaml_place {
	size_t line;
	size_t column; /* in characters */
};

/* The place of a byte; only errors need it, so it may take its time. */
struct yaml_place yaml_source_place(const char *bytes, size_t offset) __attribute__((nonnull));

/*
 * Size, encoding, NUL, directives, line breaks that not every reader knows. Returns 0, or -1 with
 * REASON_NONE and a text that starts "line L, column C: ".
 */
int yaml_source_check(const char *bytes, size_t length, struct error *err) __attribute__((nonnull));
