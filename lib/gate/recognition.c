#include "gate/recognition.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/start.h"
#include "nim/cache.h"
#include "nim/profile.h"
#include "oci/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Opens PATH in the container as O_PATH. Returns a descriptor; -1 with os_errno ENOENT where it is
 * not there; -1 with REASON_UNSEEN. */
static int
look_at(const struct rootfs *rootfs, const char *path, struct error *err)
{
	int fd = rootfs_open_path(rootfs, path, O_PATH);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, REASON_UNSEEN, ENOENT, "%s is not there", path);
	if (fd < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "%s in the container", path);
	return fd;
}

static bool
is_same_file(int a, int b)
{
	struct stat first, second;

	return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* Finds the one manifest. Returns 0 with *fd (O_PATH, -1 where there is none) and *path, or -1. */
static int
find_manifest(const struct rootfs *rootfs, int *fd, const char **path, struct error *err)
{
	cleanup_fd int found = -1;
	size_t i;

	for (i = 0; cache_manifest_paths[i]; i++) {
		cleanup_fd int here = look_at(rootfs, cache_manifest_paths[i], err);

		if (here < 0 && err->os_errno == ENOENT)
			continue;
		if (here < 0)
			return -1;
		if (found >= 0 && !is_same_file(found, here))
			return error_set(err, REASON_UNCLEAR, 0,
				"two manifests, %s and %s: which one counts cannot be told", *path,
				cache_manifest_paths[i]);
		if (found < 0) {
			found = take_fd(&here);
			*path = cache_manifest_paths[i];
		}
	}
	*fd = take_fd(&found);
	return 0;
}

/* Without a manifest: no NIM at all, or half of one. */
static int
check_absence(const struct rootfs *rootfs, const struct start *start, struct error *err)
{
	cleanup_fd int directory = look_at(rootfs, CACHE_NIM_DIRECTORY, err);

	if (directory < 0 && err->os_errno != ENOENT)
		return -1;
	if (directory >= 0)
		return error_set(err, REASON_UNCLEAR, 0, "has %s but no manifest at %s or %s",
			CACHE_NIM_DIRECTORY, cache_manifest_paths[0], cache_manifest_paths[1]);
	if (start->nim)
		return error_set(err, REASON_UNCLEAR, 0,
			"has NIM variables but no manifest at %s or %s", cache_manifest_paths[0],
			cache_manifest_paths[1]);
	return 0;
}

int
recognition_look(const struct rootfs *rootfs, const struct start *start, struct recognition *out,
	struct error *err)
{
	struct recognition recognition = { .manifest = -1 };
	cleanup_fd int fd = -1;

	if (find_manifest(rootfs, &fd, &recognition.manifest_path, err))
		return -1;
	if (fd < 0) {
		if (check_absence(rootfs, start, err))
			return -1;
		*out = recognition;
		return 0;
	}
	recognition.nim = true;
	recognition.manifest = file_reopen(fd);
	if (recognition.manifest < 0 && errno == EINVAL)
		return error_set(err, REASON_MANIFEST, 0, "%s: not a regular file",
			recognition.manifest_path);
	if (recognition.manifest < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "%s", recognition.manifest_path);
	*out = recognition;
	return 0;
}

/* What each refused class of settings would do. */
static const char *class_words(enum environment_class class)
{
	switch (class) {
	case ENVIRONMENT_MANIFEST: return "brings another manifest";
	case ENVIRONMENT_SOURCE: return "brings weights or code from outside the signed versions";
	default: return "is not known, and may bring another model";
	}
}

int
recognition_check_start(const struct start *start, struct error *err)
{
	if (start->setting_count)
		return error_set(err, REASON_POLICY, 0, "the setting %s %s",
			TEXT_QUOTE(start->settings[0].name), class_words(start->settings[0].class));
	if (start->pin[0] == '\0')
		return error_set(err, REASON_UNPINNED, 0,
			"no profile is pinned: set NIM_MODEL_PROFILE to a full profile id (see list-model-profiles)");
	if (!profile_is_full_id(start->pin))
		return error_set(err, REASON_UNPINNED, 0,
			"profile %s is not a full id: set NIM_MODEL_PROFILE to 64 hexadecimal digits (see list-model-profiles)",
			TEXT_QUOTE(start->pin));
	return 0;
}
