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

static int
add_to_version(struct profile_build *build, size_t index, char **file, struct error *err)
{
	struct profile_version *version = &build->profile.versions[index];

	if (mem_grow((void **)&version->files, version->file_count, &build->file_capacity[index],
		    sizeof(version->files[0])))
		return error_no_memory(err);
	version->files[version->file_count++] = take_ptr(*file);
	return 0;
}

static int
add_to_map(struct profile_build *build, size_t index, char **workspace, const char *file,
	struct error *err)
{
	struct profile *profile = &build->profile;
	char *copy;

	if (mem_grow((void **)&profile->files, profile->file_count, &build->map_capacity,
		    sizeof(profile->files[0])))
		return error_no_memory(err);
	copy = strdup(file);
	if (!copy)
		return error_no_memory(err);
	profile->files[profile->file_count++] = (struct profile_file){
		.workspace = take_ptr(*workspace), .version = index, .file = copy
	};
	return 0;
}

int
profile_build_add(struct profile_build *build, const struct ngc_ref *ref, char *workspace,
	char *file, struct error *err)
{
	cleanup_free char *owned_workspace = workspace, *owned_file = file;
	int index;

	if (!workspace || !file)
		return error_no_memory(err);
	if (build->file_count == LIMIT_PROFILE_FILES)
		return error_set(err, REASON_MANIFEST, 0, "the profile names more than %d files",
			LIMIT_PROFILE_FILES);
	index = find_version(build, ref, err);
	if (index < 0)
		return -1;
	build->last = (size_t)index;
	if (build->versions_only)
		return 0;
	if (add_to_map(build, (size_t)index, &owned_workspace, file, err) ||
		add_to_version(build, (size_t)index, &owned_file, err))
		return -1;
	build->file_count++;
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

	if (version->file_count == 0)
		return;
	qsort(version->files, version->file_count, sizeof(version->files[0]), by_bytes);
	for (size_t i = 0; i < version->file_count; i++) {
		if (kept && strcmp(version->files[kept - 1], version->files[i]) == 0)
			free(version->files[i]);
		else
			version->files[kept++] = version->files[i];
	}
	version->file_count = kept;
}

static int
by_workspace(const void *a, const void *b)
{
	const struct profile_file *left = a, *right = b;

	return strcmp(left->workspace, right->workspace);
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
	if (profile->file_count)
		qsort(profile->files, profile->file_count, sizeof(profile->files[0]), by_workspace);
	*out = *profile;
	*build = (struct profile_build){ 0 };
}

void
profile_build_release(struct profile_build *build)
{
	profile_release(&build->profile);
}
