/*
 * One signed file: its name and digest, and the rules that names obey (facts: oms, section 6).
 */
#pragma once

#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct resource {
	char *name; /* owned; canonical relative path; "." only where it is the only resource (a
		       single-file model) */
	struct digest digest;
};

/*
 * Refuses a name that is not UTF-8, not canonical or longer than LIMIT_NAME_BYTES. "." passes only
 * where the resource is ALONE. Returns 0, or -1 with REASON_STATEMENT.
 */
int resource_check_name(const char *name, bool alone, struct error *err) __attribute__((nonnull));

/*
 * A resource with a checked name (ALONE as above) and SHA-256 digest, given as exactly 64
 * hexadecimal digits of either case. Returns 0 (caller: resource_release()), or -1 with
 * REASON_STATEMENT, or REASON_INTERNAL.
 */
int resource_make(const char *name, const char *digest, bool alone, struct resource *out,
	struct error *err) __attribute__((nonnull));

/* Sorts by name as bytes; refuses a name that occurs twice. Returns 0, or -1 with REASON_STATEMENT.
 */
int resource_sort(struct resource *resources, size_t count, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed resource is fine. */
void resource_release(struct resource *resource);
