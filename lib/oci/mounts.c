#include "oci/mounts.h"

#include "base/mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>

/* <sys/mount.h> has it, and cannot stand beside <linux/mount.h> everywhere. */
#ifndef MS_PRIVATE
#define MS_PRIVATE (1 << 18)
#endif

static int
set_text(int fs, const char *key, const char *text)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, text, 0);
}

static int
set_number(int fs, const char *key, uint64_t value, const char *unit)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "%s", value, unit);
	return set_text(fs, key, text);
}

int
mounts_create(const struct mounts_memory *memory)
{
	unsigned int attributes =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (memory->executable ? 0 : MOUNT_ATTR_NOEXEC);
	cleanup_fd int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || set_number(fs, "size", memory->kib, "k") ||
		set_number(fs, "nr_inodes", memory->inodes, "") ||
		set_text(fs, "mode", memory->mode) || set_number(fs, "uid", memory->owner, "") ||
		set_number(fs, "gid", memory->group, "") ||
		(memory->label[0] && set_text(fs, "context", memory->label)) ||
		syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

int
mounts_copy(int fd, bool recursive)
{
	return (int)syscall(SYS_open_tree, fd, "",
		AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			(recursive ? AT_RECURSIVE : 0));
}

static int
set_attributes(int fd, bool recursive, const struct mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, fd, "",
		AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attributes, sizeof(*attributes));
}

int
mounts_protect(int fd, bool recursive)
{
	static const struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};

	return set_attributes(fd, recursive, &attributes);
}

int
mounts_separate(int fd)
{
	static const struct mount_attr attributes = { .propagation = MS_PRIVATE };

	return set_attributes(fd, false, &attributes);
}

int
mounts_move(int from, int to, const char *path)
{
	return (int)syscall(SYS_move_mount, from, "", to, path,
		MOVE_MOUNT_F_EMPTY_PATH | (path[0] ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}
