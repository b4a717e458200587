/*
 * The container's files as the container will see them: its root directory, inside its own mount
 * namespace, before its first process runs.
 *
 * At createRuntime and prestart all mounts are made, but only in the namespace of the process that
 * will become the container's init. The way there is /proc/PID/root, then the root's path resolved
 * inside it (facts: runtimes, section 3); the host's path shows what the image holds below the
 * mounts. "Could not see" is REASON_UNSEEN, never an empty container.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;

struct rootfs {
	pid_t pid;
	int pidfd; /* owned; tells that PID is still the process that was opened */
	int root;  /* owned; O_PATH descriptor of the container's future "/" */
};

/*
 * Opens the root of the container whose init is PID. ROOT_PATH is root.path of config.json; where
 * it is relative, it starts at OCI_BUNDLE. Returns 0 (caller: rootfs_close()), or -1 with
 * REASON_UNSEEN: the process is gone or shares our mount namespace, /proc is not procfs, the path
 * cannot be resolved or does not lie on a mount of the container.
 */
int rootfs_open(pid_t pid, const char *oci_bundle, const char *root_path, struct rootfs *out,
	struct error *err) __attribute__((nonnull));

/* Closes the descriptors; a closed rootfs is fine, a zeroed one is not. */
void rootfs_close(struct rootfs *rootfs);

#define cleanup_rootfs __attribute__((cleanup(rootfs_close)))
#define ROOTFS_CLOSED                   \
	{                               \
		.pidfd = -1, .root = -1 \
	}

/*
 * Opens PATH inside the container, links resolved inside its root, with FLAGS of open(2). Returns a
 * descriptor (caller closes), or -1 with errno set.
 */
int rootfs_open_path(const struct rootfs *rootfs, const char *path, int flags)
	__attribute__((nonnull));

/*
 * For a PATH that rootfs_open_path() did not find (ENOENT, ENOTDIR): whether the container finds
 * nothing there either. A link on the way may lead somewhere for the container alone: below
 * /proc/self, which is no process of ours there, or to what its process makes later. Leaves errno
 * as it is.
 */
bool rootfs_is_absent(const struct rootfs *rootfs, const char *path) __attribute__((nonnull));

/* Returns 0 while the process that was opened still lives, or -1 with REASON_UNSEEN. */
int rootfs_check(const struct rootfs *rootfs, struct error *err) __attribute__((nonnull));

/* Opens the directory PATH, without links, of the mount namespace's own root, as O_PATH: what the
 * host has outside of the container, in the container's namespace. Returns a descriptor (caller
 * closes), or -1 with REASON_UNSEEN. */
int rootfs_open_outside(const struct rootfs *rootfs, const char *path, struct error *err)
	__attribute__((nonnull));

/* Opens the container's mount namespace, for setns(2). Returns a descriptor (caller closes), or -1
 * with REASON_UNSEEN. */
int rootfs_open_namespace(const struct rootfs *rootfs, struct error *err) __attribute__((nonnull));

/* Whether mounts that are made on the mount of FD would appear elsewhere, too (shared propagation).
 * Returns 0, or -1 with REASON_UNSEEN. */
int rootfs_is_shared(const struct rootfs *rootfs, int fd, bool *shared, struct error *err)
	__attribute__((nonnull));
