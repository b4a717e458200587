/*
 * A decision as numbers (gate/counters.h).
 */
#pragma once

#include <stdbool.h>

struct decision;
struct error;

/* Where a decision could not be kept. */
struct decision_losses {
	bool log;    /* the decision log did not take it */
	bool system; /* the system's log did not */
};

/* Counts it in the file at PATH, and what was lost of it. Returns 0, or -1 with REASON_IO, which
 * changes no verdict. */
int decision_count_add(const struct decision *decision, const struct decision_losses *losses,
	const char *path, struct error *err) __attribute__((nonnull));
