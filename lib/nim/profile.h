/*
 * Profile ids: which words pin a profile, and what a profile is made of (manifest_find() makes
 * one).
 */
#pragma once

#include "nim/ngc_ref.h"

#include <stdbool.h>
#include <stddef.h>

/* One NGC version that a profile takes files from. */
struct profile_version {
	struct ngc_ref ref;
	char **files; /* owned; paths inside the version (not the workspace), canonical, sorted as
			 bytes, unique */
	size_t file_count;
};

/* Where NIM lays one file out for its engine. */
struct profile_file {
	char *workspace; /* owned; path in the workspace, canonical */
	size_t version;  /* index of the version that it comes from */
	char *file;      /* owned; path inside the version */
};

struct profile {
	char id[LIMIT_PROFILE_ID_BYTES + 1];
	struct profile_version
		*versions; /* owned; in the manifest's order, each ref once, at least one */
	size_t version_count;
	struct profile_file *files; /* owned; the map, sorted by workspace path, unique */
	size_t file_count;
};

/* True for a full profile id: 64 lower-case hexadecimal digits, or a lower-case UUID (facts: nim,
 * section 3). */
bool profile_is_full_id(const char *id) __attribute__((nonnull));

/* Frees the contents; a zeroed profile is fine. */
void profile_release(struct profile *profile);

#define cleanup_profile __attribute__((cleanup(profile_release)))
