/*
 * SHA-256 kernels: each advances several messages at once, on instructions that this CPU has.
 *
 * A message is a lane. A lane stands alone: it can be started, handed to any kernel, and finished
 * at any time, so that a kernel with fewer lanes can take over when others have ended. What no
 * kernel hashes, border/digest does: a set without kernels means OpenSSL alone.
 *
 * Nothing here allocates, and only kernel_find() makes system calls. Lanes belong to one thread at
 * a time; sets are read-only once they are checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest;
struct error;

enum {
	KERNEL_LANES_MAX = 16,
	KERNEL_BLOCK_BYTES = 64, /* FIPS 180-4 section 5.2.1 */
	KERNEL_STATE_WORDS = 8,
	KERNEL_COUNT_MAX = 8, /* more than any CPU has */
};

/* One message on its way. */
struct kernel_lane {
	uint32_t state[KERNEL_STATE_WORDS]; /* H of FIPS 180-4 section 6.2 */
	uint64_t bytes;                     /* hashed so far, a multiple of the block */
	const uint8_t *next;                /* borrowed; what is hashed next, in any alignment */
};

struct kernel {
	const char *name;
	size_t lanes;
	uint64_t typical_rate; /* bytes per second with all lanes live, where nothing is measured */

	/* Hashes BLOCKS blocks from the next bytes of each lane, and changes nothing but its state.
	 * The same lane may come several times; what is in it afterwards is worth nothing. */
	void (*advance)(struct kernel_lane *const lanes[], size_t blocks);
};

/* The kernels that may be used; zeroed: OpenSSL alone. */
struct kernel_set {
	const struct kernel *kernels[KERNEL_COUNT_MAX]; /* static storage */
	size_t count;
};

/* Where Linux says whether it was started with fips=1. */
#define KERNEL_FIPS_PATH "/proc/sys/crypto/fips_enabled"

/*
 * True where only a validated implementation may hash, and these kernels are none: the file at PATH
 * says so, or it is there and does not say "0".
 */
bool kernel_is_fips(const char *path) __attribute__((nonnull));

/* The kernels that this CPU and its system can run, none where kernel_is_fips(). Reads a file, so
 * it comes before a filter. */
void kernel_find(struct kernel_set *out) __attribute__((nonnull));

/*
 * Compares each kernel with OpenSSL, in some tens of microseconds, and drops those that differ.
 * Returns 0, or -1 with REASON_INTERNAL: the text names a kernel that was dropped, or OpenSSL
 * failed and all were dropped. The set is sound either way.
 */
int kernel_check(struct kernel_set *set, struct error *err) __attribute__((nonnull));

/* Starts a message whose first bytes are at NEXT. */
void kernel_start(struct kernel_lane *lane, const uint8_t *next) __attribute__((nonnull(1)));

/*
 * Hashes BLOCKS blocks from the next bytes of each of the first LIVE lanes, which are distinct;
 * from 1 to as many as the kernel has. Moves their `next` and `bytes` on. The kernel's other lanes
 * idle: they cost time, and no memory is read for them.
 */
void kernel_advance(const struct kernel *kernel, struct kernel_lane *const lanes[], size_t live,
	size_t blocks) __attribute__((nonnull));

/* Hashes the last LENGTH bytes of a message, from the lane's next ones on, and gives its digest.
 * The lane is of no use then until kernel_start(). */
void kernel_finish(const struct kernel *kernel, struct kernel_lane *lane, size_t length,
	struct digest *out) __attribute__((nonnull));
