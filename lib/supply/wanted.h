/*
 * Which NGC versions are wanted: a list, each once, in order.
 */
#pragma once

#include "nim/ngc_ref.h"

#include <stddef.h>

struct error;
struct profile;

enum { WANTED_MAX = 50000 /* versions: as many as a lock file holds */ };

struct wanted {
	struct ngc_ref *refs; /* owned */
	size_t count, capacity;
};

/* Frees the list; a zeroed one is fine. */
void wanted_release(struct wanted *wanted);

#define cleanup_wanted __attribute__((cleanup(wanted_release)))

/* Adds one version. Returns 0, or -1 with REASON_USAGE (more than WANTED_MAX) or REASON_INTERNAL.
 */
int wanted_add(struct wanted *wanted, const struct ngc_ref *ref, struct error *err)
	__attribute__((nonnull));

/* Adds every version that a profile takes files from. As wanted_add(). */
int wanted_add_profile(struct wanted *wanted, const struct profile *profile, struct error *err)
	__attribute__((nonnull));

/*
 * Adds every version that the cache below the directory CACHE has a snapshot of. Names that are no
 * versions of NGC are passed over, and so is everything behind a link; *strange counts them.
 * Returns 0, also for a cache without models, or -1 with REASON_IO, or as wanted_add().
 */
int wanted_add_cache(struct wanted *wanted, int cache, size_t *strange, struct error *err)
	__attribute__((nonnull));

/* Sorts the list; each version is in it once afterwards. */
void wanted_sort(struct wanted *wanted) __attribute__((nonnull));
