/*
 * A profile in the making: versions and files are added in the manifest's order, and come out by
 * version and by place in the workspace, sorted and unique.
 */
#pragma once

#include "nim/profile.h"

#include <stddef.h>
#include <stdint.h>

struct error;

enum { PROFILE_BUILD_SLOTS = 2 * LIMIT_MANIFEST_VERSIONS };

struct profile_build {
	struct profile profile; /* so far; its versions have no files yet, its files own theirs */
	size_t version_capacity;
	size_t file_capacity;
	size_t last; /* the version that was added to last: mostly the next file's, too */
	uint16_t slots[PROFILE_BUILD_SLOTS]; /* versions by hash: index + 1; 0 is free */
};

/* Adds a version without files, one of a whole manifest's. Returns 0, or -1 with REASON_MANIFEST
 * beyond LIMIT_MANIFEST_VERSIONS. */
int profile_build_add_version(struct profile_build *build, const struct ngc_ref *ref,
	struct error *err) __attribute__((nonnull));

/*
 * Adds FILE of version REF at the place WORKSPACE, both canonical paths; takes FILE over in every
 * case. Returns 0, or -1 with REASON_MANIFEST beyond the limits. The caller adds each place once.
 */
int profile_build_add(struct profile_build *build, const struct ngc_ref *ref, const char *workspace,
	char *file, struct error *err) __attribute__((nonnull));

/* Hands the profile of that ID (at most LIMIT_PROFILE_ID_BYTES) out; the build is empty then.
 * Returns 0, or -1 without memory. */
int profile_build_finish(struct profile_build *build, const char *id, struct profile *out,
	struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed or finished build is fine. */
void profile_build_release(struct profile_build *build);

#define cleanup_build __attribute__((cleanup(profile_build_release)))
