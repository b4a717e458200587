/*
 * Read leases: the kernel's word that nobody has a file open for writing, for as long as the lease
 * is held.
 *
 * Needs the file's owner or CAP_LEASE, and SIGIO ignored: the kernel sends it when a writer comes.
 * A writable mapping counts as a writer on ext4, XFS, Btrfs and tmpfs, not on overlayfs; elsewhere
 * than there lease_take() therefore writes dirty pages back, so that a later store moves the file's
 * times (facts: security, section 4).
 */
#pragma once

#include <stdbool.h>

struct error;

/* What lease_take() did. */
struct lease {
	bool held;    /* a lease was granted; it ends with the last descriptor of this opening */
	bool flushed; /* dirty pages were written back, which may have moved the file's times */
};

/*
 * Takes a read lease on FD, opened for reading alone, and flushes the file where that says more;
 * file systems without leases go on without. Returns 0, or -1 with REASON_BUSY (somebody has the
 * file open for writing) or REASON_IO.
 */
int lease_take(int fd, struct lease *out, struct error *err) __attribute__((nonnull));

/* True while the lease on FD is unbroken. */
bool lease_is_held(int fd);
