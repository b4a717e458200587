/*
 * Making signatures that nimgate and the reference implementation accept (facts: oms, section 12).
 */
#pragma once

#include "oms/statement.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct key;

/* What the statement says. All borrowed. */
struct sign_subject {
	const char *name;                 /* base name of the model's directory; not empty */
	const struct resource *resources; /* sorted by whole name (OMS 1.0: code points), at least
					     one; all with the same algorithm and shard_size */
	size_t resource_count;
	const char *const *ignore_paths; /* in the order to write them */
	size_t ignore_count;
	bool allow_symlinks;
};

struct sign_certificate {
	uint8_t *der;
	size_t length;
};

/*
 * The statement as JSON text in *out (owned by the caller, free(); NUL-terminated, *length without
 * the NUL). Returns 0, or -1 with REASON_STATEMENT (no resource, a name that is not UTF-8 or not
 * canonical, digests that do not fit), or REASON_INTERNAL.
 */
int sign_statement(const struct sign_subject *subject, char **out, size_t *length,
	struct error *err) __attribute__((nonnull));

/*
 * The whole bundle for a statement, signed with KEY: with COUNT certificates (leaf first; the key
 * must be the leaf's, and the leaf one that may sign now), or with COUNT 0 as a key bundle with
 * hint. *out is owned by the caller, NUL-terminated JSON. Returns 0, or -1 with REASON_CONFIG or
 * REASON_INTERNAL.
 */
int sign_bundle(const char *statement, size_t length, const struct key *key,
	const struct sign_certificate *certificates, size_t count, char **out, struct error *err)
	__attribute__((nonnull(1, 3, 6, 7)));
