/*
 * The disk file systems that are mounted here, and files on them by their identity: a receipt names
 * no path.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct identity;

struct mounted_place {
	int fd;     /* owned; of the mount point */
	char *path; /* owned; where it is mounted */
	uint64_t magic;
	uint64_t file_system; /* statfs: f_fsid */
};

struct mounted {
	struct mounted_place *places; /* owned; whole file systems first */
	size_t count;
	size_t whole;
	size_t capacity;
};

#define cleanup_mounted __attribute__((cleanup(mounted_close)))

/* Opens the mounts of ext4, XFS and Btrfs that this process sees; what cannot be opened is left
 * out. Returns 0 (caller: mounted_close()), or -1 with REASON_IO or REASON_INTERNAL. */
int mounted_open(struct mounted *out, struct error *err) __attribute__((nonnull));

/*
 * Opens for reading the file with that file system, inode and handle, whatever its times; needs
 * CAP_DAC_READ_SEARCH. *place is a mount of its file system, or NULL where none is here. Returns a
 * descriptor (caller closes), or -1 with errno.
 */
int mounted_find(const struct mounted *mounted, const struct identity *identity,
	const struct mounted_place **place) __attribute__((nonnull));

/* A path of the file at FD, in OUT of SIZE bytes; "" where the kernel does not tell one that leads
 * there. Returns OUT. */
char *mounted_path(int fd, char *out, size_t size) __attribute__((nonnull));

/* An order of files, whatever their times, sizes and names; as strcmp(). */
int mounted_compare(const struct identity *a, const struct identity *b) __attribute__((nonnull));

/* Closes all; a zeroed one is fine. */
void mounted_close(struct mounted *mounted);
