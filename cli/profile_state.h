/*
 * What would come of starting one profile: is it cached, is it signed, would it be admitted? On the
 * host's own view of a cache.
 */
#pragma once

#include "base/error.h"
#include "base/writer.h"

#include <stdbool.h>

struct anchors;
struct policy;

/* Where to look. All borrowed. */
struct profile_places {
	int image;    /* descriptor of the image's root directory */
	int cache;    /* descriptor of the cache's root directory; -1: there is none */
	int manifest; /* descriptor of the manifest */
	const struct policy *policy; /* signature folders; NULL: nothing is signed */
	const struct anchors *anchors;
	bool hash; /* compare contents, too */
};

enum profile_cached {
	PROFILE_CACHED_NO,
	PROFILE_CACHED_PARTLY, /* some of its files */
	PROFILE_CACHED_YES,
};

struct profile_state {
	enum profile_cached cached;
	struct error unsigned_why; /* REASON_NONE: every version's signature is there and right */
	struct error refused_why;  /* REASON_NONE: would be admitted, as far as was looked */
	struct writer versions;    /* owned; separated by spaces */
};

/*
 * Finds the state of profile ID (caller: writer_release() of its versions). Returns 0, whatever the
 * state is, or -1 with REASON_INTERNAL or REASON_IO.
 */
int profile_state_find(const struct profile_places *places, const char *id,
	struct profile_state *out, struct error *err) __attribute__((nonnull));
