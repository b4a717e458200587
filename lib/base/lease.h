/*
 * Read leases: the kernel's word that nobody has a file open for writing, for as long as the lease
 * is held.
 *
 * Needs the file's owner or CAP_LEASE, and SIGIO ignored: the kernel sends it when a writer comes.
 * A writable mapping counts as a writer on ext4, XFS, Btrfs and tmpfs, not on overlayfs; elsewhere
 * than there lease_take() therefore writes dirty pages back, so that a later store moves the file's
 * times (facts: security, section 4).
 *
 * What no lease tells: O_TRUNC of who opens for reading alone, which the length shows; and stores
 * by a device or io_uring into pages that were pinned through a mapping which is gone. Of an
 * overlay over tmpfs, nothing tells of a mapping.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

struct error;

/* What lease_take() did, and saw. */
struct lease {
	bool held;      /* a lease was granted; it ends with the last descriptor of this opening */
	bool flushed;   /* dirty pages were written back, which may have moved the file's times */
	struct stat st; /* the file after that: whatever changes it moves its times from here on */
};

/*
 * Takes a read lease on FD, opened for reading alone, and flushes the file where that says more;
 * file systems without leases go on without. Waits a moment where the file has just been changed.
 * Returns 0, or -1 with REASON_BUSY (somebody writes the file, or has it open for that) or
 * REASON_IO.
 */
int lease_take(int fd, struct lease *out, struct error *err) __attribute__((nonnull));

/* True while the lease on FD is unbroken. */
bool lease_is_held(int fd);

/* True while nobody has written the file at FD, as far as the kernel tells, since the LEASE on it
 * was taken. */
bool lease_is_kept(const struct lease *lease, int fd) __attribute__((nonnull));
