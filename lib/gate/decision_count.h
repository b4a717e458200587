/*
 * A decision as numbers (gate/counters.h).
 */
#pragma once

#include <stdint.h>

struct decision;
struct error;

/* What a decision took, in milliseconds. */
struct decision_times {
	int64_t whole_ms;
	int64_t contents_ms; /* of it, for the contents */
};

/* Counts it in the file at PATH. Returns 0, or -1 with REASON_IO, which changes no verdict. */
int decision_count_add(const struct decision *decision, const struct decision_times *times,
	const char *path, struct error *err) __attribute__((nonnull));
