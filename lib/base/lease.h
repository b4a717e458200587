/*
 * Read leases: the kernel's word that nobody has a file open for writing, for as long as the lease
 * is held.
 *
 * Needs the file's owner or CAP_LEASE, and SIGIO ignored: the kernel sends it when a writer comes.
 * A writable mapping counts as a writer on most file systems, not on overlayfs; lease_take()
 * therefore writes dirty pages back, so that a later store moves the file's times (facts: security,
 * section 4).
 */
#pragma once

#include <stdbool.h>

struct error;

/*
 * Takes a read lease on FD, opened for reading alone, and flushes the file. *held tells whether
 * there is a lease; file systems without leases go on without. Returns 0, or -1 with REASON_BUSY
 * (somebody has the file open for writing) or REASON_IO.
 */
int lease_take(int fd, bool *held, struct error *err) __attribute__((nonnull));

/* True while the lease on FD is unbroken. */
bool lease_is_held(int fd);

/* Gives the lease back, so that writers need not wait. */
void lease_drop(int fd);
