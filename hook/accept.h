/*
 * Whether a verified signature is one that the administrator accepts: the lock file, and what is
 * denied. A signature says what was signed, never that it is the model that was meant.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct admission;
struct error;
struct ngc_ref;
struct signed_model;

/* Reads the lock file, if policy asks for it. Returns 0, or -1 with REASON_CONFIG. */
int accept_begin(struct admission *admission, struct error *err) __attribute__((nonnull));

/* Refuses a version that is denied, whatever else policy says of it. Returns 0, or -1 with
 * REASON_LOCK. */
int accept_version(const struct admission *admission, const struct ngc_ref *ref, struct error *err)
	__attribute__((nonnull));

/* The time as of which an expired signature of REF may be verified instead: when it was locked.
 * False where policy does not have it so. */
bool accept_expired(const struct admission *admission, const struct ngc_ref *ref, int64_t *at)
	__attribute__((nonnull));

/* Refuses the verified SIGNED_MODEL of REF (NULL: a source of the policy, which has no version) if
 * it is denied, or if the lock file, where it counts, or where EXPIRED, accepts another one.
 * Returns 0, or -1 with REASON_LOCK. */
int accept_signature(struct admission *admission, const struct ngc_ref *ref,
	const struct signed_model *signed_model, bool expired, struct error *err)
	__attribute__((nonnull(1, 3, 5)));
