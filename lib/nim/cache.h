/*
 * Where things lie: NIM's cache layout, the known places of the manifest, and the names of
 * signature files (facts: nim, sections 1, 4, 8).
 */
#pragma once

#include "base/limits.h"
#include "nim/ngc_ref.h"

#include <stddef.h>

struct error;

/* Default cache root inside a container. */
#define CACHE_ROOT_DEFAULT "/opt/nim/.cache"

/* The directory that makes a container look like a NIM. */
#define CACHE_NIM_DIRECTORY "/opt/nim"

/* Where NIM lays a profile's files out for its engine; a mounted one may be filled already. */
#define CACHE_WORKSPACE "/opt/nim/workspace"

/* Known places of the manifest inside a container, NULL-terminated. */
extern const char *const cache_manifest_paths[];

/*
 * "<root>/ngc/hub/models--org[--team]--model" for an absolute cache ROOT. Returns 0, or -1 with
 * REASON_POLICY when ROOT is not an absolute, plain path or the result is too long.
 */
int cache_model_path(const char *root, const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES],
	struct error *err) __attribute__((nonnull));

/* "snapshots/<version>": the version's directory below its model folder. */
void cache_snapshot_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
	__attribute__((nonnull));

/* nimgate's own layout of a signature folder: "<org>/<team>/<model>/<version>/result.sigstore",
 * without team "<org>/<model>/...". */
void cache_signature_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
	__attribute__((nonnull));

/* The NGC CLI's layout: "<model>_v<version>/result.sigstore"; says nothing of org and team. */
void cache_signature_cli_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
	__attribute__((nonnull));
