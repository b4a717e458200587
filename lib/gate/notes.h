/*
 * What a decision also rests on, and an operator should know: exceptions, settings that were
 * allowed, models that may arrive later. Each is a line of printable text in the decision log.
 */
#pragma once

#include <stddef.h>

enum {
	NOTES_MAX = 64, /* settings, exceptions and versions of one start; more are summed up */
	NOTES_TEXT_MAX = 256,
};

struct notes {
	char texts[NOTES_MAX][NOTES_TEXT_MAX];
	size_t count;
	size_t left_out; /* that found no room */
};

/* Adds a line, cut where it is too long. Foreign strings are quoted by the caller. */
void notes_add(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2)));
