/*
 * This process's share of the host's CPUs while others hash, too: a hundred starts at once must not
 * run a hundred times as many threads as there are CPUs.
 *
 * A start takes a seat, counts who else has one, and divides: the first takes all threads, the
 * second half of them, the third a third. Nobody waits and nobody starves, the kernel shares the
 * CPUs among the threads, and N starts together run at most 1 + ln N times the threads of one. A
 * seat is a lock on one byte of a file, and ends with its holder, however that ends.
 */
#pragma once

#include <stddef.h>

#define SHARE_DIRECTORY "/run/nimgate"

enum { SHARE_SEATS = 256 /* beyond that everybody has one thread */ };

struct share {
	int fd;         /* owned; holds the seat; -1: none */
	size_t others;  /* with a seat, when ours was taken */
	size_t threads; /* at least 1 */
};

#define cleanup_share __attribute__((cleanup(share_end)))

/*
 * Takes a seat for a process that would start WANTED threads. DIRECTORY is made where it is not
 * there; it must be root's (or the caller's) alone, and is otherwise left unused: then, as where no
 * lock can be had, the share is all that was wanted.
 */
void share_take(const char *directory, size_t wanted, struct share *out) __attribute__((nonnull));

/* Leaves the seat; a share without one is fine. */
void share_end(struct share *share) __attribute__((nonnull));
