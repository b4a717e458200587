/*
 * Profile ids: which words pin a profile, and what a profile is made of (manifest_find() makes
 * one).
 */
#pragma once

#include "nim/ngc_ref.h"

#include <stdbool.h>
#include <stddef.h>

/* One NGC version that a profile takes files from. In the union of manifest_all() it has no files.
 */
struct profile_version {
	struct ngc_ref ref;
	char **files; /* owned; paths inside the version (not the workspace), canonical, sorted as
			 bytes, unique */
	size_t file_count;
};

/* Where one file of a version lies in the workspace, and in a model store. */
struct profile_file {
	char *workspace; /* owned; a canonical relative path */
	size_t version;  /* index into the profile's versions */
	char *file;      /* borrowed from that version's files */
};

struct profile {
	char id[LIMIT_PROFILE_ID_BYTES + 1]; /* "" for the union of all profiles */
	struct profile_version
		*versions; /* owned; in the manifest's order, each ref once, at least one */
	size_t version_count;
	struct profile_file *files; /* owned; the workspace map: sorted by place as bytes, each
				       place once; none in the union */
	size_t file_count;
};

/* True for a full profile id: 64 lower-case hexadecimal digits, or a lower-case UUID (facts: nim,
 * section 3). */
bool profile_is_full_id(const char *id) __attribute__((nonnull));

/* Frees the contents; a zeroed profile is fine. */
void profile_release(struct profile *profile);

#define cleanup_profile __attribute__((cleanup(profile_release)))
