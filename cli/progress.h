/*
 * Progress of hashing on a terminal: one line, rewritten in place, for anything that takes longer
 * than a second.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool wanted;        /* standard error is a terminal */
	bool visible;       /* a line stands there */
	int64_t started_ms; /* on CLOCK_MONOTONIC */
	int64_t shown_ms;
};

/* Starts the clock. Shows nothing, ever, when QUIET or when nobody watches a terminal. */
void progress_start(struct progress *progress, bool quiet) __attribute__((nonnull));

/* For struct pool_options: CONTEXT is the struct progress. */
void progress_show(void *context, uint64_t done, uint64_t total) __attribute__((nonnull));

/* Clears the line, before anything else is printed. */
void progress_end(struct progress *progress) __attribute__((nonnull));

/* The line for what was done after MS milliseconds, in OUT of SIZE bytes. Returns OUT. */
char *progress_format(uint64_t done, uint64_t total, uint64_t ms, char *out, size_t size)
	__attribute__((nonnull));
