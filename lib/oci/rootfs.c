#include "oci/rootfs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* Opens NAME of the process's directory in procfs. */
static int
open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, flags | O_CLOEXEC);
}

/* A /proc that somebody put there could show us anything. */
static int
check_procfs(struct error *err)
{
	struct statfs fs;

	if (statfs("/proc", &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return error_set(err, REASON_UNSEEN, 0, "/proc is not a proc file system");
	return 0;
}

/* In our own mount namespace there are no mounts of a container: a wrong stage, or a runtime that
 * works otherwise. */
static int
check_namespace(pid_t pid, struct error *err)
{
	cleanup_fd int theirs = open_proc(pid, "ns/mnt", O_RDONLY),
		       ours = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat a, b;

	if (theirs < 0 || ours < 0 || fstat(theirs, &a) || fstat(ours, &b))
		return error_set_os(
			err, REASON_UNSEEN, errno, "mount namespace of process %d", pid);
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return error_set(err, REASON_UNSEEN, 0,
			"process %d has no mount namespace of its own; use the hook at createRuntime or prestart",
			pid);
	return 0;
}

/* A mount that is looked for in the list of a process. */
struct search {
	uint64_t id;
	bool shared;
};

static int
find_id(void *context, const struct mountinfo *mount)
{
	struct search *search = context;

	if (mount->id != search->id)
		return 0;
	search->shared = mount->shared;
	return 1;
}

/* The mount of FD, which must be one of the container's; WHAT is on it. */
static int
find_mount(pid_t pid, int fd, const char *what, bool *shared, struct error *err)
{
	struct search search = { 0 };
	struct statx sx;
	int found;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) || !(sx.stx_mask & STATX_MNT_ID))
		return error_set(err, REASON_UNSEEN, 0,
			"the kernel does not tell mounts apart (needs Linux 5.8)");
	search.id = sx.stx_mnt_id;
	found = mountinfo_visit(pid, find_id, &search);
	if (found < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "mounts of process %d", pid);
	if (found == 0)
		return error_set(
			err, REASON_UNSEEN, 0, "%s is not on a mount of process %d", what, pid);
	*shared = search.shared;
	return 0;
}

/* ROOT_PATH as an absolute path. */
static int
absolute(const char *oci_bundle, const char *root_path, char out[static LIMIT_NAME_BYTES],
	struct error *err)
{
	int length;

	if (root_path[0] == '/')
		length = snprintf(out, LIMIT_NAME_BYTES, "%s", root_path);
	else
		length = snprintf(out, LIMIT_NAME_BYTES, "%s/%s", oci_bundle, root_path);
	if (root_path[0] == '\0' || oci_bundle[0] != '/' || length >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_UNSEEN, 0, "root.path %s: not a usable path",
			TEXT_QUOTE(root_path));
	return 0;
}

int
rootfs_check(const struct rootfs *rootfs, struct error *err)
{
	struct pollfd ended = { .fd = rootfs->pidfd, .events = POLLIN };

	if (poll(&ended, 1, 0) != 0)
		return error_set(err, REASON_UNSEEN, 0,
			"process %d, the container's first, has ended", rootfs->pid);
	return 0;
}

int
rootfs_open(pid_t pid, const char *oci_bundle, const char *root_path, struct rootfs *out,
	struct error *err)
{
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	cleanup_fd int namespace_root = -1;
	char path[LIMIT_NAME_BYTES];
	bool shared;

	if (absolute(oci_bundle, root_path, path, err) || check_procfs(err))
		return -1;
	rootfs.pid = pid;
	rootfs.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (rootfs.pidfd < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "process %d, the container's first", pid);
	if (check_namespace(pid, err))
		return -1;
	/* The only magic link that is ever followed. */
	namespace_root = open_proc(pid, "root", O_PATH | O_DIRECTORY);
	if (namespace_root < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "root directory of process %d", pid);
	rootfs.root = file_openat2(namespace_root, path, O_PATH | O_DIRECTORY,
		RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (rootfs.root < 0)
		return error_set_os(err, REASON_UNSEEN, errno,
			"root.path %s in the container's mounts", TEXT_QUOTE(path));
	if (find_mount(pid, rootfs.root, "the root", &shared, err) || rootfs_check(&rootfs, err))
		return -1;
	*out = rootfs;
	rootfs = (struct rootfs)ROOTFS_CLOSED;
	return 0;
}

void
rootfs_close(struct rootfs *rootfs)
{
	mem_close_fd(&rootfs->pidfd);
	mem_close_fd(&rootfs->root);
	*rootfs = (struct rootfs)ROOTFS_CLOSED;
}

int
rootfs_open_path(const struct rootfs *rootfs, const char *path, int flags)
{
	return file_openat2(
		rootfs->root, path, (uint64_t)flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

static bool
is_absent(const struct rootfs *rootfs, const char *path)
{
	char way[LIMIT_NAME_BYTES], *slash;

	if (snprintf(way, sizeof(way), "/%s", path) >= (int)sizeof(way))
		return false;
	/* The longest part of the way that is there: the next one must be nothing, not even a link.
	 */
	while ((slash = strrchr(way, '/')) != NULL) {
		cleanup_fd int parent = -1, next = -1;
		char *name = slash + 1;

		*slash = '\0';
		parent = rootfs_open_path(rootfs, way[0] ? way : "/", O_PATH);
		if (parent < 0 && errno != ENOENT && errno != ENOTDIR)
			return false;
		if (parent < 0 || !*name)
			continue;
		next = file_openat2(parent, name, O_PATH | O_NOFOLLOW,
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
		return next < 0 && (errno == ENOENT || errno == ENOTDIR);
	}
	return false;
}

bool
rootfs_is_absent(const struct rootfs *rootfs, const char *path)
{
	const int os_errno = errno;
	const bool absent = is_absent(rootfs, path);

	errno = os_errno;
	return absent;
}

int
rootfs_open_outside(const struct rootfs *rootfs, const char *path, struct error *err)
{
	cleanup_fd int root = open_proc(rootfs->pid, "root", O_PATH | O_DIRECTORY);
	int fd = -1;

	if (root >= 0)
		fd = file_openat2(root, path, O_PATH | O_DIRECTORY,
			RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "%s of process %d", path, rootfs->pid);
	return fd;
}

int
rootfs_open_namespace(const struct rootfs *rootfs, struct error *err)
{
	int fd = open_proc(rootfs->pid, "ns/mnt", O_RDONLY);

	if (fd < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "mount namespace of process %d", rootfs->pid);
	return fd;
}

int
rootfs_is_shared(const struct rootfs *rootfs, int fd, bool *shared, struct error *err)
{
	return find_mount(rootfs->pid, fd, "a file of the container", shared, err);
}
