/*
 * What every fuzz target shares. A target gives bytes to one parser of foreign documents; whatever
 * they say, it must not crash, hang, leak or read where it should not (clang's sanitizers see to
 * that), and what it accepts must keep the promises of its header.
 *
 * A target is fuzz_input(). The harness calls it twice for each input: as it is, and with one
 * allocation refused, which one depends on the input alone. Promises have to hold both times.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One input: exactly SIZE bytes, nothing readable behind them. */
void fuzz_input(const uint8_t *data, size_t size);

/* Before the first input; a target without such needs no function. */
void fuzz_prepare(void);

/* Between these two no allocation is refused: for what the target does on its own behalf. */
void fuzz_trust_memory(void);
void fuzz_distrust_memory(void);

/* True in the second call for an input, in which an allocation is refused. */
bool fuzz_refuses_memory(void);

/* True once it was refused to this call of fuzz_input(). */
bool fuzz_has_refused(void);

/* A number that depends on every byte of the input, for choices that are not worth a byte. */
uint64_t fuzz_hash(const uint8_t *data, size_t size);

/* True for an error as every refusal has to give it. */
bool fuzz_is_refusal(const struct error *err);

/* True for a relative path without empty, "." or ".." components: said again, apart from lib/base.
 */
bool fuzz_is_canonical(const char *path);

/* A promise that was broken. */
#define FUZZ_PROMISE(condition)   \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* libFuzzer's side. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
