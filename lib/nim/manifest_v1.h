/*
 * Version 1 of the manifest: a map from profile id to profile; a profile takes lists of files from
 * repositories into directories of the workspace (facts: nim, section 2).
 */
#pragma once

#include <stdbool.h>

struct error;
struct node;
struct profile_build;

/* Checks one profile's form and paths. Returns 0, or -1 with REASON_MANIFEST. */
int manifest_v1_check(const struct node *profile, struct error *err) __attribute__((nonnull));

/*
 * Adds the files of a profile that manifest_v1_check() has seen; none where it has no workspace.
 * Returns 0, or -1 with REASON_MANIFEST: a repository without a version, or not on NGC, a file
 * twice, or a component without files.
 */
int manifest_v1_collect(const struct node *profile, struct profile_build *build, struct error *err)
	__attribute__((nonnull));

/*
 * Adds the versions of such a profile without their files; sets *foreign, and goes on, at
 * a repository without a version, or not on NGC. Returns 0, or -1 with REASON_MANIFEST.
 */
int manifest_v1_collect_versions(const struct node *profile, struct profile_build *build,
	bool *foreign, struct error *err) __attribute__((nonnull));
