/*
 * This run of the kernel, and its clock: receipts count within one boot, and only while nobody has
 * set the clock (facts: security, section 5).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

enum { BOOT_ID_BYTES = 16 };

struct boot {
	uint8_t id[BOOT_ID_BYTES]; /* /proc/sys/kernel/random/boot_id */
	int64_t started_ns; /* CLOCK_REALTIME minus CLOCK_BOOTTIME: moves only when the clock is
			       set, not when it is slewed */
};

/* Reads both, without asking what the kernel can do. Returns 0, or -1 with REASON_IO. */
int boot_read(struct boot *out, struct error *err) __attribute__((nonnull));

/* Reads the clock again, for a few nanoseconds: BOOT keeps its id. Returns 0, or -1 with REASON_IO.
 */
int boot_read_clock(struct boot *boot, struct error *err) __attribute__((nonnull));

/* True if both are of the same boot and the clock was set by less than a second in between. */
bool boot_equal(const struct boot *a, const struct boot *b) __attribute__((nonnull));
