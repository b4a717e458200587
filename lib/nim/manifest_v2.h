/*
 * Version 2 of the manifest: a list of profiles; a profile maps places in the workspace to URIs
 * (facts: nim, section 2).
 */
#pragma once

#include <stdbool.h>

struct error;
struct node;
struct profile_build;

/* Checks one profile's form, its workspace's paths and the form of checksums; leaves the URIs to
 * manifest_v2_collect(). Returns 0, or -1 with REASON_MANIFEST. */
int manifest_v2_check(const struct node *profile, struct error *err) __attribute__((nonnull));

/*
 * Adds the files of a profile that manifest_v2_check() has seen; none where it has no workspace.
 * Returns 0, or -1 with REASON_MANIFEST: a URI that is not NGC's, or broken.
 */
int manifest_v2_collect(const struct node *profile, struct profile_build *build, struct error *err)
	__attribute__((nonnull));

/*
 * Adds the versions of such a profile without their files; sets *foreign, and goes on, at
 * a URI that is not NGC's. Returns 0, or -1 with REASON_MANIFEST.
 */
int manifest_v2_collect_versions(const struct node *profile, struct profile_build *build,
	bool *foreign, struct error *err) __attribute__((nonnull));
