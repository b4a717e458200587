/*
 * The mount calls of Linux 5.2 and 5.12, by descriptor: what the viewer is made of.
 *
 * Mounts are handled before they are put anywhere; no call takes a path in the container. Each
 * returns 0 or a descriptor (O_CLOEXEC; caller closes), or -1 with errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A file system in memory, not mounted anywhere yet: at most KIB and INODES, its root with MODE and
 * of OWNER and GROUP. */
struct mounts_memory {
	uint64_t kib;
	uint64_t inodes;
	const char *mode; /* of the root, in octal digits */
	uint32_t owner;
	uint32_t group;
	const char *label; /* SELinux: of all files in it; "": none */
	bool executable;   /* programs in it may be run */
};
int mounts_create(const struct mounts_memory *memory) __attribute__((nonnull));

/* A copy of the mount at what FD holds, which it shows as its root; RECURSIVE: with the mounts
 * below it. */
int mounts_copy(int fd, bool recursive);

/* Makes the mount whose root FD holds read-only, without devices and set-user-id programs, and
 * tells its changes to no other mount. */
int mounts_protect(int fd, bool recursive);

/* The mount whose root FD holds tells its changes to no other mount from here on. */
int mounts_separate(int fd);

/* Puts the mount whose root FROM holds over PATH of the directory TO; with "": over what TO holds.
 */
int mounts_move(int from, int to, const char *path) __attribute__((nonnull));
