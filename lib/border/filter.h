/*
 * System call filters by libseccomp: the only module that includes it.
 *
 * A filter is a table, one row a call with the reason why it is there. Calls that are not listed
 * answer ENOSYS, so that a new C library that tries a newer call first falls back; calls that no
 * child of ours has a reason to try kill the process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { FILTER_COMPARISONS = 2 };

/* Argument INDEX (0-based), masked with MASK, must equal VALUE. MASK 0: no comparison. */
struct filter_comparison {
	unsigned int index;
	uint64_t mask;
	uint64_t value;
};

struct filter_rule {
	int call;        /* SCMP_SYS number: SYS_read, ... */
	const char *why; /* the reason for the row; shown by tests */
	struct filter_comparison comparisons[FILTER_COMPARISONS];
};

struct filter_table {
	const char *name;
	const struct filter_rule *rules;
	size_t count;
};

/*
 * Locks the calling process, all of its threads, into the table; for good. Sets no_new_privs.
 * Returns 0, or -1 with REASON_INTERNAL: then the caller must not go on.
 */
int filter_load(const struct filter_table *table, struct error *err) __attribute__((nonnull));
