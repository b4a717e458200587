/*
 * A profile in the making: files are added in the manifest's order, and come out by version,
 * sorted and unique.
 */
#pragma once

#include "nim/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct profile_build {
	struct profile profile; /* so far; files neither sorted nor unique */
	size_t version_capacity;
	size_t file_capacity[LIMIT_PROFILE_VERSIONS];
	size_t last;       /* the version that was added to last: mostly the next file's, too */
	size_t file_count; /* of all versions, as they were added */
	size_t map_capacity;
	bool versions_only; /* keep no files: for the union of all profiles */
};

/*
 * Adds FILE of version REF, which lands at WORKSPACE, all canonical paths; takes FILE and WORKSPACE
 * over in every case. Returns 0, or -1 with REASON_MANIFEST beyond the limits.
 */
int profile_build_add(struct profile_build *build, const struct ngc_ref *ref, char *workspace,
	char *file, struct error *err) __attribute__((nonnull(1, 2, 5)));

/* Hands the profile of that ID (at most LIMIT_PROFILE_ID_BYTES) out; the build is empty then. */
void profile_build_finish(struct profile_build *build, const char *id, struct profile *out)
	__attribute__((nonnull));

/* Frees the contents; a zeroed or finished build is fine. */
void profile_build_release(struct profile_build *build);

#define cleanup_build __attribute__((cleanup(profile_build_release)))
