/*
 * Progress of things that are counted, on a terminal: one line, rewritten in place, for anything
 * that takes longer than a second.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress_count {
	const char *things; /* borrowed; what is counted, in the plural */
	bool wanted;
	bool visible;       /* a line stands there */
	int64_t started_ms; /* on CLOCK_MONOTONIC */
	int64_t shown_ms;
};

/* Starts the clock. Shows nothing, ever, when QUIET or when nobody watches a terminal. */
void progress_count_start(struct progress_count *progress, const char *things, bool quiet)
	__attribute__((nonnull));

/* Shows how far it is; CONTEXT is the struct progress_count. */
void progress_count_show(void *context, size_t done, size_t total) __attribute__((nonnull));

/* Clears the line, before anything else is printed. */
void progress_count_end(struct progress_count *progress) __attribute__((nonnull));
