#include "nim/profile_build.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* Continues an FNV-1a hash. Who finds collisions makes his own manifest slow, within the limits. */
static uint32_t
add_hash(uint32_t hash, const char *text)
{
	/* With the NUL, so that parts do not run together. */
	do {
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	} while (*text++);
	return hash;
}

/* The place of the version in the table: its own, or the free one where it belongs. */
static size_t
find_slot(const struct profile_build *build, const struct ngc_ref *ref)
{
	const struct profile_version *versions = build->profile.versions;
	uint32_t hash = 2166136261U;
	size_t slot;

	hash = add_hash(hash, ref->org);
	hash = add_hash(hash, ref->team);
	hash = add_hash(hash, ref->model);
	hash = add_hash(hash, ref->version);
	slot = hash % PROFILE_BUILD_SLOTS;
	while (build->slots[slot] && !ngc_ref_equal(&versions[build->slots[slot] - 1].ref, ref))
		slot = (slot + 1) % PROFILE_BUILD_SLOTS;
	return slot;
}

/* Makes the version the last one, added if it is new; WHOSE versions there are at most LIMIT. */
static int
find_version(struct profile_build *build, const struct ngc_ref *ref, const char *whose,
	size_t limit, struct error *err)
{
	struct profile *profile = &build->profile;
	size_t slot;

	if (profile->version_count && ngc_ref_equal(&profile->versions[build->last].ref, ref))
		return 0;
	slot = find_slot(build, ref);
	if (build->slots[slot]) {
		build->last = build->slots[slot] - 1U;
		return 0;
	}
	if (profile->version_count == limit)
		return error_set(err, REASON_MANIFEST, 0, "the %s names more than %zu versions",
			whose, limit);
	if (mem_grow((void **)&profile->versions, profile->version_count, &build->version_capacity,
		    sizeof(profile->versions[0])))
		return error_no_memory(err);
	profile->versions[profile->version_count] = (struct profile_version){ .ref = *ref };
	build->last = profile->version_count++;
	build->slots[slot] = (uint16_t)profile->version_count;
	return 0;
}

int
profile_build_add_version(struct profile_build *build, const struct ngc_ref *ref, struct error *err)
{
	return find_version(build, ref, "manifest", LIMIT_MANIFEST_VERSIONS, err);
}

int
profile_build_add(struct profile_build *build, const struct ngc_ref *ref, const char *workspace,
	char *file, struct error *err)
{
	cleanup_free char *owned = file, *place = NULL;
	struct profile *profile = &build->profile;

	if (strlen(workspace) >= LIMIT_NAME_BYTES || strlen(file) >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_MANIFEST, 0, "the path of %s is longer than %d bytes",
			TEXT_QUOTE(workspace), LIMIT_NAME_BYTES - 1);
	if (profile->file_count == LIMIT_PROFILE_FILES)
		return error_set(err, REASON_MANIFEST, 0, "the profile names more than %d files",
			LIMIT_PROFILE_FILES);
	if (find_version(build, ref, "profile", LIMIT_PROFILE_VERSIONS, err))
		return -1;
	place = strdup(workspace);
	if (!place || mem_grow((void **)&profile->files, profile->file_count, &build->file_capacity,
			      sizeof(profile->files[0])))
		return error_no_memory(err);
	profile->files[profile->file_count++] = (struct profile_file){
		.workspace = take_ptr(place), .version = build->last, .file = take_ptr(owned)
	};
	return 0;
}

static int
by_workspace(const void *a, const void *b)
{
	const struct profile_file *left = a, *right = b;

	return strcmp(left->workspace, right->workspace);
}

static int
by_version(const void *a, const void *b)
{
	const struct profile_file *const *left = a, *const *right = b;

	if ((*left)->version != (*right)->version)
		return (*left)->version < (*right)->version ? -1 : 1;
	return strcmp((*left)->file, (*right)->file);
}

/* Gives each version room for its files, of which SORTED has all, by version. */
static int
make_room(struct profile *profile, struct profile_file *const *sorted, struct error *err)
{
	size_t count = profile->file_count, begin, end;

	for (begin = 0; begin < count; begin = end) {
		struct profile_version *version = &profile->versions[sorted[begin]->version];

		end = begin + 1;
		while (end < count && sorted[end]->version == sorted[begin]->version)
			end++;
		version->files = calloc(end - begin, sizeof(*version->files));
		if (!version->files)
			return error_no_memory(err);
	}
	return 0;
}

/* The versions take the names over; two places of the workspace may hold the same file. */
static void
move_files(struct profile *profile, struct profile_file *const *sorted)
{
	for (size_t i = 0; i < profile->file_count; i++) {
		struct profile_file *file = sorted[i];
		struct profile_version *version = &profile->versions[file->version];
		char *last = version->file_count ? version->files[version->file_count - 1] : NULL;

		if (last && strcmp(last, file->file) == 0) {
			free(file->file);
			file->file = last;
		} else {
			version->files[version->file_count++] = file->file;
		}
	}
}

int
profile_build_finish(
	struct profile_build *build, const char *id, struct profile *out, struct error *err)
{
	struct profile *profile = &build->profile;
	size_t count = profile->file_count, length = strnlen(id, LIMIT_PROFILE_ID_BYTES);
	cleanup_free struct profile_file **sorted = calloc(count ? count : 1, sizeof(*sorted));

	if (!sorted)
		return error_no_memory(err);
	if (count)
		qsort(profile->files, count, sizeof(profile->files[0]), by_workspace);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &profile->files[i];
	qsort(sorted, count, sizeof(sorted[0]), by_version);
	if (make_room(profile, sorted, err))
		return -1;
	move_files(profile, sorted);
	memcpy(profile->id, id, length);
	profile->id[length] = '\0';
	*out = *profile;
	*build = (struct profile_build){ 0 };
	return 0;
}

void
profile_build_release(struct profile_build *build)
{
	for (size_t i = 0; i < build->profile.file_count; i++)
		free(build->profile.files[i].file);
	profile_release(&build->profile);
}
