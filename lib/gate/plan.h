/*
 * What one start needs: the pinned profile's NGC versions and the files that it takes from each.
 * Only the wire from a parser makes one.
 */
#pragma once

#include "nim/profile.h"

#include <stddef.h>

struct error;
struct wire_message;

struct plan {
	struct profile profile;
};

/* Puts a profile into a message. */
void plan_put(struct wire_message *message, const struct profile *profile) __attribute__((nonnull));

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
