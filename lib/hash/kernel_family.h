/*
 * The families of kernels, one for each instruction set extension, and what they share. For
 * kernel.c and the families alone.
 */
#pragma once

#include "hash/kernel.h"

struct kernel_family {
	bool (*is_here)(void); /* whether the CPU has the instructions and the system allows them */
	const struct kernel *kernels;
	size_t count;
};

/* K of FIPS 180-4 section 4.2.2. */
extern const uint32_t kernel_constants[64];

/* STEP(i) for each of COUNT lanes, four at most. COUNT is a constant once all is inlined; a loop
 * would be left to the compiler, and not each unrolls it. */
#define KERNEL_EACH_LANE(count, step) \
	do {                          \
		step(0);              \
		if ((count) > 1)      \
			step(1);      \
		if ((count) > 2)      \
			step(2);      \
		if ((count) > 3)      \
			step(3);      \
	} while (0)

#if defined(__x86_64__)
extern const struct kernel_family kernel_shani_family;
extern const struct kernel_family kernel_avx512_family;
#elif defined(__aarch64__)
extern const struct kernel_family kernel_armv8_family;
#endif
