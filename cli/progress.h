/*
 * Progress of hashing on a terminal: one line, rewritten in place, for anything that takes longer
 * than a second.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verification;

/* How far hashing is. */
struct progress_state {
	uint64_t bytes, bytes_total;
	size_t files, files_total; /* those that are wrong included */
	uint64_t ms;               /* since it began */
};

struct progress {
	const struct verification *verification; /* borrowed; counts the files */
	size_t findings;                         /* that it had before */
	bool wanted;        /* standard error is a terminal that can clear a line */
	bool visible;       /* a line stands there */
	int64_t started_ms; /* on CLOCK_MONOTONIC */
	int64_t shown_ms;
};

/* Starts the clock before VERIFICATION is hashed. Shows nothing, ever, when QUIET or when nobody
 * watches a terminal. */
void progress_start(struct progress *progress, const struct verification *verification, bool quiet)
	__attribute__((nonnull));

/* For struct pool_options: CONTEXT is the struct progress. */
void progress_show(void *context, uint64_t done, uint64_t total) __attribute__((nonnull));

/* Clears the line, before anything else is printed. */
void progress_end(struct progress *progress) __attribute__((nonnull));

/* The line, in OUT of SIZE bytes. Returns OUT. */
char *progress_format(const struct progress_state *state, char *out, size_t size)
	__attribute__((nonnull));

/* True if standard error is a terminal that can clear a line; and how many columns it has. */
bool progress_is_watched(void);
size_t progress_columns(void);
