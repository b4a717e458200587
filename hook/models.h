/*
 * Which models one start can load, each with its signature: the versions in the cache, model
 * stores, and the customer's own sources.
 */
#pragma once

#include <stdbool.h>

struct admission;
struct error;
struct ngc_ref;

/* A profile is pinned by its full id. */
bool models_is_pinned(const struct admission *admission) __attribute__((nonnull));

/* Policy lets this start load what arrives after the verdict. */
bool models_may_download(const struct admission *admission) __attribute__((nonnull));

/* Whether the version's snapshot is there. Returns 0 with *cached, or -1 where that cannot be told:
 * REASON_UNSEEN. */
int models_look_for(const struct admission *admission, const struct ngc_ref *ref, bool *cached,
	struct error *err) __attribute__((nonnull));

/*
 * Opens every model that the start can load and adds it to the verification. Returns 0, or -1 with
 * REASON_NOT_CACHED, REASON_LINK, REASON_EXTRA, REASON_UNSEEN, and the reasons of a source's
 * signature.
 */
int models_open(struct admission *admission, struct error *err) __attribute__((nonnull));
