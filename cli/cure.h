/*
 * For each reason of a refusal: what it means, and what to do. docs/reasons.md says the same, and a
 * test compares them.
 */
#pragma once

#include "base/reason.h"

struct cure {
	const char *cause; /* one sentence */
	const char *cure;  /* what to do, with the command to run where there is one */
};

/* The cure for REASON; static storage; never NULL. */
const struct cure *cure_find(enum reason reason);

/* The reason of that word, or REASON_NONE where there is none. */
enum reason cure_parse_word(const char *word) __attribute__((nonnull));
