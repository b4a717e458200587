/*
 * What one start needs: the pinned profile's NGC versions, the files that it takes from each and
 * their places; or, where nothing is pinned, the versions that any profile of the manifest names.
 * Only the wire from a parser makes one.
 */
#pragma once

#include "nim/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct wire_message;

struct plan {
	struct profile profile; /* of manifest_find(), or the union of manifest_all() */
	bool foreign; /* of the union: the manifest has profiles with files that are in none of
			 these versions */
};

/* Puts a profile into a message: one of manifest_find(), or with id "" one of manifest_all(). */
void plan_put(struct wire_message *message, const struct profile *profile, bool foreign)
	__attribute__((nonnull));

/*
 * Gets the plan for the profile PIN back, "" for the union; everything a child sends is checked:
 * ids, references, canonical unique sorted paths, counts, no version twice, a map into these files,
 * and none of these files and maps in a union. Returns 0 (caller: plan_release()), or -1 with
 * REASON_INTERNAL.
 */
int plan_get(struct wire_message *message, const char *pin, struct plan *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed plan is fine. */
void plan_release(struct plan *plan);

#define cleanup_plan __attribute__((cleanup(plan_release)))
