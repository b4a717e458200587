/*
 * What one start needs: the pinned profile's NGC versions and the files that it takes from each.
 * Only the wire from a parser makes one.
 */
#pragma once

#include "nim/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct wire_message;

struct plan {
	struct profile profile; /* without id, files and map where nothing is pinned: all that may
				   be chosen */
	bool foreign;           /* nothing is pinned, and some profiles cannot be verified */
};

/* Puts a profile into a message. */
void plan_put(struct wire_message *message, const struct profile *profile, bool foreign)
	__attribute__((nonnull));

/*
 * Gets the plan for the profile PIN back; everything a child sends is checked: ids, references,
 * canonical unique sorted paths, counts, no version twice. Returns 0 (caller: plan_release()), or
 * -1 with REASON_INTERNAL.
 */
int plan_get(struct wire_message *message, const char *pin, struct plan *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed plan is fine. */
void plan_release(struct plan *plan);

#define cleanup_plan __attribute__((cleanup(plan_release)))
