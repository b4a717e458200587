/*
 * What every fuzz target shares. A target gives bytes to one parser of foreign documents; whatever
 * it says, it must not crash, hang, leak or read where it should not (clang's sanitizers see to
 * that), and what it accepts must keep the promises of its header.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was broken. */
#define FUZZ_PROMISE(condition)   \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* The planted bug of the self-test: with NIMGATE_FUZZ_PLANT set, an input that was accepted is a
 * crash. */
static inline void
fuzz_accepted(void)
{
	if (getenv("NIMGATE_FUZZ_PLANT"))
		abort();
}
