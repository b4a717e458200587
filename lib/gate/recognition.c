#include "gate/recognition.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/start.h"
#include "nim/cache.h"
#include "nim/profile.h"
#include "oci/rootfs.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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
look_further(const struct rootfs *rootfs, const struct start *start, bool *nim, struct error *err)
{
	cleanup_fd int directory = look_at(rootfs, CACHE_NIM_DIRECTORY, err);

	if (directory < 0 && err->os_errno != ENOENT)
		return -1;
	*nim = directory >= 0 || start->nim;
	return 0;
}

/* Opens the manifest that the O_PATH descriptor FD holds, and tells where it lies. */
static int
open_manifest(const struct rootfs *rootfs, int fd, const char *path, struct recognition *out,
	struct error *err)
{
	struct recognition recognition = { .nim = true, .manifest = -1, .manifest_path = path };
	struct statx root, file;

	if (statx(rootfs->root, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) ||
		statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &file))
		return error_set_os(err, REASON_UNSEEN, errno, "%s", TEXT_QUOTE(path));
	recognition.mounted = root.stx_mnt_id != file.stx_mnt_id;
	recognition.manifest = file_reopen(fd);
	if (recognition.manifest < 0 && errno == EINVAL)
		return error_set(
			err, REASON_MANIFEST, 0, "%s: not a regular file", TEXT_QUOTE(path));
	if (recognition.manifest < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "%s", TEXT_QUOTE(path));
	*out = recognition;
	return 0;
}

int
recognition_look(const struct rootfs *rootfs, const struct start *start, struct recognition *out,
	struct error *err)
{
	struct recognition recognition = RECOGNITION_NONE;
	const char *path = NULL;
	cleanup_fd int fd = -1;

	if (find_manifest(rootfs, &fd, &path, err))
		return -1;
	if (fd >= 0)
		return open_manifest(rootfs, fd, path, out, err);
	if (look_further(rootfs, start, &recognition.nim, err))
		return -1;
	*out = recognition;
	return 0;
}

int
recognition_replace(const struct rootfs *rootfs, const char *path, struct recognition *recognition,
	struct error *err)
{
	struct recognition replaced;
	cleanup_fd int fd = look_at(rootfs, path, err);

	if (fd < 0 && err->os_errno == ENOENT)
		return error_set(err, REASON_MANIFEST, ENOENT,
			"NIM_MANIFEST_PATH names %s, which is not there", TEXT_QUOTE(path));
	if (fd < 0 || open_manifest(rootfs, fd, path, &replaced, err))
		return -1;
	mem_close_fd(&recognition->manifest);
	*recognition = replaced;
	return 0;
}

int
recognition_check_manifest(const struct recognition *recognition, struct error *err)
{
	if (recognition->manifest >= 0)
		return 0;
	return error_set(err, REASON_UNCLEAR, 0,
		"looks like a NIM (%s or NIM variables), but has no manifest at %s or %s: what it will load cannot be told; name it in the policy (sources)",
		CACHE_NIM_DIRECTORY, cache_manifest_paths[0], cache_manifest_paths[1]);
}

int
recognition_check_mount(
	const struct recognition *recognition, const struct policy *policy, struct error *err)
{
	if (!recognition->mounted || policy->manifest_mount == POLICY_ALLOW)
		return 0;
	return error_set(err, REASON_POLICY, 0,
		"the manifest %s is mounted over the image's: remove the mount, or allow it in the policy (manifest_mount)",
		TEXT_QUOTE(recognition->manifest_path));
}

int
recognition_check_profile(const struct start *start, const struct policy *policy, struct error *err)
{
	if (!policy->profile || strcmp(start->pin, policy->profile) == 0)
		return 0;
	return error_set(err, REASON_POLICY, 0,
		"the policy wants profile %s here, and the container %s%s: set NIM_MODEL_PROFILE to it",
		policy->profile, start->pin[0] ? "pins " : "pins none",
		start->pin[0] ? TEXT_QUOTE(start->pin) : "");
}

int
recognition_check_pin(const struct start *start, const struct policy *policy, struct error *err)
{
	if (start->pin[0] == '\0' && policy->unpinned != POLICY_ALLOW)
		return error_set(err, REASON_UNPINNED, 0,
			"no profile is pinned: set NIM_MODEL_PROFILE to a full profile id (see list-model-profiles)");
	if (!profile_is_full_id(start->pin) && policy->unpinned != POLICY_ALLOW)
		return error_set(err, REASON_UNPINNED, 0,
			"profile %s is not a full id: set NIM_MODEL_PROFILE to 64 hexadecimal digits (see list-model-profiles)",
			TEXT_QUOTE(start->pin));
	return 0;
}
