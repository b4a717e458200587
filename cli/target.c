#include "cli/target.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/model.h"
#include "nim/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER    "models--"
#define SNAPSHOTS "snapshots"
#define HUB       "ngc/hub"

static void
release_one(struct target *target)
{
	free(target->path);
	free(target->below);
	free(target->label);
}

void
target_release(struct target_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		release_one(&list->items[i]);
	free(list->items);
	*list = (struct target_list){ 0 };
}

/* Adds a target and says what to call it. REF is NULL where it is no version. */
static int
add(struct target_list *list, const char *path, const char *below, const struct ngc_ref *ref,
	struct error *err)
{
	struct target target = {
		.path = strdup(path),
		.below = strdup(below),
		.label = strdup(ref ? NGC_REF_TEXT(ref) : TEXT_QUOTE(path)),
		.is_version = ref != NULL,
	};

	if (ref)
		target.ref = *ref;
	if (!target.path || !target.below || !target.label ||
		mem_grow((void **)&list->items, list->count, &list->capacity,
			sizeof(*list->items))) {
		release_one(&target);
		return error_no_memory(err);
	}
	list->items[list->count++] = target;
	return 0;
}

/* The version whose folder is called FOLDER and whose snapshot VERSION: the inverse of
 * ngc_ref_cache_folder(), as none of the parts holds "--". */
static int
parse_folder(const char *folder, const char *version, struct ngc_ref *out, struct error *err)
{
	char text[NGC_REF_TEXT_MAX];
	const char *from;
	size_t length = 0;

	for (from = folder + strlen(FOLDER); *from && length < sizeof(text) - 1; from++) {
		bool joint = from[0] == '-' && from[1] == '-';

		text[length++] = joint ? '/' : *from;
		from += joint;
	}
	if (snprintf(text + length, sizeof(text) - length, ":%s", version) >=
		(int)(sizeof(text) - length))
		return error_set(err, REASON_NOT_CACHED, 0, "%s: a name that is too long",
			TEXT_QUOTE(folder));
	return ngc_ref_parse(text, out, err);
}

/* The last name of a path. */
static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* One snapshot of the models--... folder PATH. A name that NGC does not use is a directory as any
 * other: no signature is looked for. */
static int
add_snapshot(struct target_list *list, const char *path, const char *version, struct error *err)
{
	char below[LIMIT_NAME_BYTES];
	struct error ignored;
	struct ngc_ref ref;

	if (snprintf(below, sizeof(below), SNAPSHOTS "/%s", version) >= (int)sizeof(below))
		return error_set(err, REASON_NOT_CACHED, 0, "%s: a name that is too long",
			TEXT_QUOTE(version));
	if (parse_folder(last_name(path), version, &ref, &ignored))
		return add(list, path, below, NULL, err);
	return add(list, path, below, &ref, err);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
is_folder(const struct dirent *entry)
{
	return strncmp(entry->d_name, FOLDER, strlen(FOLDER)) == 0;
}

/* Calls ACT for each name in the directory PATH that CHOOSE takes, in order. *count tells how many.
 */
static int
for_each(struct target_list *list, const char *path, int (*choose)(const struct dirent *entry),
	int (*act)(struct target_list *list, const char *path, const char *name, struct error *err),
	struct error *err)
{
	struct dirent **entries;
	int count = scandir(path, &entries, choose, alphasort), result = 0;

	if (count < 0)
		return errno == ENOENT
			       ? 0
			       : error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = act(list, path, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* PATH is the folder snapshots of a models--... folder. */
static int
add_named_snapshot(
	struct target_list *list, const char *path, const char *version, struct error *err)
{
	cleanup_free char *folder = strndup(path, strlen(path) - strlen("/" SNAPSHOTS));

	return folder ? add_snapshot(list, folder, version, err) : error_no_memory(err);
}

/* All snapshots of the models--... folder NAME in HUB_PATH. */
static int
add_folder(struct target_list *list, const char *hub_path, const char *name, struct error *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/%s/" SNAPSHOTS, hub_path, name) < 0) {
		path = NULL;
		return error_no_memory(err);
	}
	return for_each(list, path, is_visible, add_named_snapshot, err);
}

/* Whether PATH is DIRECTORY/snapshots/VERSION of a models--... folder: then it is cut there, and
 * *version is what follows. */
static bool
cut_snapshot(char *path, const char **version)
{
	char *slash = strrchr(path, '/'), *middle;

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	middle = strrchr(path, '/');
	if (middle && middle != path && strcmp(middle + 1, SNAPSHOTS) == 0) {
		*middle = '\0';
		if (strncmp(last_name(path), FOLDER, strlen(FOLDER)) == 0) {
			*version = slash + 1;
			return true;
		}
		*middle = '/';
	}
	*slash = '/';
	return false;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
add_hub(struct target_list *list, const char *path, struct error *err)
{
	size_t before = list->count;

	if (for_each(list, path, is_folder, add_folder, err))
		return -1;
	if (list->count == before)
		return error_set(
			err, REASON_NOT_CACHED, 0, "cache %s holds no model", TEXT_QUOTE(path));
	return 0;
}

static int
add_path(struct target_list *list, char *path, struct error *err)
{
	cleanup_free char *hub = NULL;
	size_t before = list->count;
	const char *version;

	if (asprintf(&hub, "%s/" HUB, path) < 0) {
		hub = NULL;
		return error_no_memory(err);
	}
	if (is_directory(hub))
		return add_hub(list, hub, err);
	if (strncmp(last_name(path), FOLDER, strlen(FOLDER)) == 0 && is_directory(path)) {
		char *slash = strrchr(path, '/');
		const char *name = slash + 1;

		*slash = '\0';
		if (add_folder(list, path, name, err))
			return -1;
		return list->count > before ? 0
					    : error_set(err, REASON_NOT_CACHED, 0,
						      "%s holds no snapshot", TEXT_QUOTE(name));
	}
	if (cut_snapshot(path, &version))
		return add_snapshot(list, path, version, err);
	return add(list, path, "", NULL, err);
}

static int
add_version(
	struct target_list *list, const struct ngc_ref *ref, const char *cache, struct error *err)
{
	cleanup_free char *root = NULL;
	char path[LIMIT_NAME_BYTES], below[LIMIT_NAME_BYTES];

	if (!cache)
		return error_set(err, REASON_USAGE, 0,
			"%s: --cache DIR is missing, the root of NIM's cache on this host",
			NGC_REF_TEXT(ref));
	root = realpath(cache, NULL);
	if (!root)
		return error_set_os(err, REASON_USAGE, errno, "--cache %s", TEXT_QUOTE(cache));
	if (cache_model_path(root, ref, path, err))
		return -1;
	cache_snapshot_name(ref, below);
	return add(list, path, below, ref, err);
}

int
target_add(struct target_list *list, const char *word, const char *cache, struct error *err)
{
	cleanup_free char *path = realpath(word, NULL);
	int os_errno = errno;
	struct error ignored;
	struct ngc_ref ref;

	if (path)
		return add_path(list, path, err);
	if (word[0] != '/' && word[0] != '.' && ngc_ref_parse(word, &ref, &ignored) == 0)
		return add_version(list, &ref, cache, err);
	return error_set_os(err, REASON_USAGE, os_errno, "model %s", TEXT_QUOTE(word));
}

int
target_open(const struct target *target, struct model *out, struct error *err)
{
	int base;

	if (!target->below[0])
		return model_open_path(target->path, MODEL_LINKS_REFUSE, NULL, NULL, out, err);
	base = open(target->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (base < 0)
		return error_set_os(err, errno == ENOENT ? REASON_NOT_CACHED : REASON_IO, errno,
			"%s: %s", target->label, TEXT_QUOTE(target->path));
	return model_open_snapshot(base, target->below, target->label, out, err);
}
