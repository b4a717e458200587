/*
 * What nimgate fetch says: a line for each version that somebody has to know of, and the sum.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct fetch_item;

/* As text: what is unchanged or was there only counts; with QUIET only what went wrong is said, on
 * standard error. */
void fetch_report_text(const struct fetch_item *items, size_t count, bool quiet)
	__attribute__((nonnull(1)));

/* As JSON (docs/supply.md). Returns 0, or -1 with REASON_INTERNAL. */
int fetch_report_json(const struct fetch_item *items, size_t count, struct error *err)
	__attribute__((nonnull));

/* The exit status: 0, or the highest of the versions'. */
int fetch_report_status(const struct fetch_item *items, size_t count) __attribute__((nonnull(1)));
