/*
 * NIM's model_manifest.yaml: which files of which NGC versions a profile is made of.
 *
 * Reads both grammars of facts: nim, section 2: version 1 (a map keyed by profile id) and version 2
 * (schema_version 2.*, a list of profiles). Anything else is refused with what was found.
 */
#pragma once

#include "nim/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct hardware;
struct node;

struct manifest; /* a parsed manifest */

/*
 * Parses the document; checks the whole of it, not only one profile: duplicate ids, absolute or
 * upward paths of the workspace, wrong types, more than limits.h allows. What a profile's URIs and
 * repositories say is left to manifest_find(): a manifest may have profiles that we cannot verify.
 * Unknown members are ignored, as NIM does. Returns a manifest (caller:
 * manifest_free()), or NULL with REASON_MANIFEST; the text starts with line and column.
 */
struct manifest *manifest_parse(const char *bytes, size_t length, struct error *err)
	__attribute__((nonnull));

/* Frees it; NULL is fine. */
void manifest_free(struct manifest *manifest);

/* Number of profiles. */
size_t manifest_count(const struct manifest *manifest) __attribute__((nonnull));

/* Id of profile INDEX (0-based), borrowed. */
const char *manifest_profile_id(const struct manifest *manifest, size_t index)
	__attribute__((nonnull));

/* The tags of profile INDEX, a map of texts, borrowed; NULL where it has none. */
const struct node *manifest_profile_tags(const struct manifest *manifest, size_t index)
	__attribute__((nonnull));

/*
 * The profile of that exact id with all its versions, files and their places. Returns 0 (caller:
 * profile_release()), or -1 with REASON_PROFILE (no such profile, or one without files) or
 * REASON_MANIFEST (names files that are not from NGC, or a version 1 repo_id without a version).
 */
int manifest_find(const struct manifest *manifest, const char *id, struct profile *out,
	struct error *err) __attribute__((nonnull));

/*
 * The union of the NGC versions of all profiles, each once, in the manifest's order; id "", without
 * files and places. *foreign is true if any profile names files that are not from NGC, or a version
 * 1 repo_id without a version: nobody can tell beforehand that such a profile is not the one that
 * starts. Returns 0 (caller: profile_release()), or -1 with REASON_PROFILE (no profile names files)
 * or REASON_MANIFEST (a broken NGC reference, more than LIMIT_MANIFEST_VERSIONS, or files, but none
 * from NGC).
 */
int manifest_all(const struct manifest *manifest, struct profile *out, bool *foreign,
	struct error *err) __attribute__((nonnull));

/*
 * As manifest_all() of the profiles with that DESCRIPTION (nim/description.h), of which there may
 * be several; REASON_PROFILE where there is none.
 */
int manifest_described(const struct manifest *manifest, const char *description,
	struct profile *out, bool *foreign, struct error *err) __attribute__((nonnull));

/* What is left of a manifest on some hardware. */
struct manifest_fit {
	struct profile profile; /* as of manifest_all(), of the profiles that may run */
	bool foreign;           /* likewise */
	size_t count;           /* profiles of the manifest */
	size_t left_out;        /* of them: that can never run, at least one */
	size_t first;           /* the first of these */
};

/*
 * As manifest_all() without the profiles that the HARDWARE rules out (nim/hardware.h). Returns 0
 * (caller: profile_release()), or -1 with REASON_PROFILE where that leaves nothing out, or nothing
 * of which manifest_all() could make a union.
 */
int manifest_fitting(const struct manifest *manifest, const struct hardware *hardware,
	struct manifest_fit *out, struct error *err) __attribute__((nonnull));
