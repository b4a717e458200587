#include "nim/profile_build.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

/* The index of the version, added if it is new; or -1. */
static int
find_version(struct profile_build *build, const struct ngc_ref *ref, struct error *err)
{
	struct profile *profile = &build->profile;

	if (profile->version_count && ngc_ref_equal(&profile->versions[build->last].ref, ref))
		return (int)build->last;
	for (size_t i = 0; i < profile->version_count; i++)
		if (ngc_ref_equal(&profile->versions[i].ref, ref))
			return (int)i;
	if (profile->version_count == LIMIT_PROFILE_VERSIONS)
		return error_set(err, REASON_MANIFEST, 0, "the profile names more than %d versions",
			LIMIT_PROFILE_VERSIONS);
	if (mem_grow((void **)&profile->versions, profile->version_count, &build->version_capacity,
		    sizeof(profile->versions[0])))
		return error_no_memory(err);
	profile->versions[profile->version_count] = (struct profile_version){ .ref = *ref };
	return (int)profile->version_count++;
}

int
profile_build_add(
	struct profile_build *build, const struct ngc_ref *ref, char *file, struct error *err)
{
	cleanup_free char *owned = file;
	struct profile_version *version;
	int index;

	if (build->file_count == LIMIT_PROFILE_FILES)
		return error_set(err, REASON_MANIFEST, 0, "the profile names more than %d files",
			LIMIT_PROFILE_FILES);
	index = find_version(build, ref, err);
	if (index < 0)
		return -1;
	version = &build->profile.versions[index];
	if (mem_grow((void **)&version->files, version->file_count, &build->file_capacity[index],
		    sizeof(version->files[0])))
		return error_no_memory(err);
	version->files[version->file_count++] = take_ptr(owned);
	build->file_count++;
	build->last = (size_t)index;
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* Two places of the workspace may hold the same file. */
static void
sort_files(struct profile_version *version)
{
	size_t kept = 0;

	qsort(version->files, version->file_count, sizeof(version->files[0]), by_bytes);
	for (size_t i = 0; i < version->file_count; i++) {
		if (kept && strcmp(version->files[kept - 1], version->files[i]) == 0)
			free(version->files[i]);
		else
			version->files[kept++] = version->files[i];
	}
	version->file_count = kept;
}

void
profile_build_finish(struct profile_build *build, const char *id, struct profile *out)
{
	struct profile *profile = &build->profile;
	size_t length = strnlen(id, LIMIT_PROFILE_ID_BYTES);

	memcpy(profile->id, id, length);
	profile->id[length] = '\0';
	for (size_t i = 0; i < profile->version_count; i++)
		sort_files(&profile->versions[i]);
	*out = *profile;
	*build = (struct profile_build){ 0 };
}

void
profile_build_release(struct profile_build *build)
{
	profile_release(&build->profile);
}
