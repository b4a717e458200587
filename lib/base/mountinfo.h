/*
 * The mounts of a process as the kernel lists them: /proc/PID/mountinfo (proc(5)).
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One mount. Paths are bytes as they are, not escaped. */
struct mountinfo {
	uint64_t id;           /* of the mount: statx's stx_mnt_id */
	uint32_t major, minor; /* of the file system; of Btrfs another one than its files have */
	char root[LIMIT_NAME_BYTES];  /* which directory of the file system it shows */
	char point[LIMIT_NAME_BYTES]; /* where it is, from the root of the process */
	char type[64];                /* "ext4" */
	bool shared;                  /* mounts on it appear elsewhere, too */
};

/*
 * Calls VISIT for each mount of process PID (0: this one), in the kernel's order, until it returns
 * other than 0, and returns that; else 0; or -1 with errno where the list cannot be read. Lines
 * with longer paths than fit are passed over.
 */
int mountinfo_visit(pid_t pid, int (*visit)(void *context, const struct mountinfo *mount),
	void *context) __attribute__((nonnull(2)));

/* Where PATH lies below FOLDER: "" or "/..." in PATH; NULL where it does not. Absolute paths
 * without a slash at the end, "/" aside. */
const char *mountinfo_below(const char *path, const char *folder) __attribute__((nonnull));
