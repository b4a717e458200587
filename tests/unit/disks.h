/*
 * Real file systems for tests of what the kernel tells of a file: images in the material's folder,
 * on loop devices, mounted in a mount namespace of the test's own. All goes with the test.
 */
#pragma once

#include "tests/unit/gate_material.h"

#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define DISKS_BYTES (320L << 20) /* XFS wants 300 MB; the images are sparse */

extern char **environ;

static const char *disks_mounted[8];
static size_t disks_count;

static inline void
disks_leave(void)
{
	if (getpid() != material_owner)
		return;
	while (disks_count)
		umount2(disks_mounted[--disks_count], MNT_DETACH);
}

static inline bool
disks_run(const char *program, const char *const *arguments)
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawnp(&pid, program, &actions, NULL, (char *const *)(uintptr_t)arguments,
		    environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	return status == 0;
}

/* A mount namespace of our own, after material_enter(). False where there can be none. */
static inline bool
disks_enter(void)
{
	atexit(disks_leave);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", "none", MS_PRIVATE | MS_REC, NULL) == 0;
}

/* A fresh file system of that KIND in the folder of that name; options as of mount(2) for what
 * needs no disk. False where this machine has no loop devices, or not the tools. */
static inline bool
disks_make(const char *kind, const char *options)
{
	char image[32], tool[32];
	const char *const make[] = { tool, "-q", kind[0] == 'e' ? "-F" : "-f", image, NULL };
	const char *const loop[] = { "mount", "-o", "loop", image, kind, NULL };
	bool made;

	snprintf(image, sizeof(image), "%s.img", kind);
	snprintf(tool, sizeof(tool), "mkfs.%s", kind);
	material_need(mkdir(kind, 0755) == 0, kind);
	if (options) {
		made = mount(kind, kind, kind, 0, options) == 0;
	} else {
		cleanup_fd int fd = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		material_need(fd >= 0 && ftruncate(fd, DISKS_BYTES) == 0, image);
		made = disks_run(tool, make) && disks_run("mount", loop);
	}
	if (made)
		disks_mounted[disks_count++] = kind;
	return made;
}
