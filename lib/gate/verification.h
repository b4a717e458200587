/*
 * Models against their signatures: which must be equal, and the names. gate/pool.h compares the
 * contents.
 *
 * For each model: every needed file must be signed and there; every file that is there must be
 * signed; and every file that is both must have the signed digest. Signed files that are not needed
 * may be absent. (DESIGN section 6; OMS 1.0 section 8.4.)
 */
#pragma once

#include "gate/model.h"
#include "gate/report.h"
#include "gate/signed_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct policy_paths;

/* One model with what must be true of it. */
struct verification_item {
	struct model model;               /* owned */
	struct signed_model signed_model; /* owned */
	const char *const *needed; /* borrowed; sorted names; NULL: every signed file is needed */
	size_t needed_count;
	bool all_signed_needed; /* besides NEEDED, every signed file, too */
	bool allow_missing; /* count needed files that are not there instead of reporting them */
	const struct policy_paths *ignored; /* borrowed; unsigned files that may be there, with all
					       below them; NULL: none */
	bool allow_unsigned;                /* count unsigned files instead of reporting them */
};

struct verification {
	struct verification_item *items; /* owned */
	size_t count;
	size_t capacity; /* of items, where verification_add() made them */
	struct report report;
};

/* Room for COUNT items, at least one, all closed. Returns 0 (caller: verification_release()), or -1
 * with REASON_INTERNAL. */
int verification_init(struct verification *verification, size_t count, struct error *err)
	__attribute__((nonnull));

/*
 * Adds ITEM to a zeroed or initialised verification and takes over what it owns, which leaves it
 * closed; may move the items. Returns 0, or -1 with REASON_INTERNAL (ITEM stays the caller's).
 */
int verification_add(struct verification *verification, struct verification_item *item,
	struct error *err) __attribute__((nonnull));

/* Releases one item that was not added; a closed one (model MODEL_CLOSED) is fine. */
void verification_release_item(struct verification_item *item) __attribute__((nonnull));

/*
 * Compares names: missing, extra, special and forbidden link entries go to the report. Returns 0,
 * with or without findings, or -1 with REASON_INTERNAL.
 */
int verification_compare_names(struct verification *verification, struct error *err)
	__attribute__((nonnull));

/* Frees everything; a zeroed one is fine. */
void verification_release(struct verification *verification);

#define cleanup_verification __attribute__((cleanup(verification_release)))
