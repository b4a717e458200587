/*
 * Start arguments of a NIM: which runs serve nothing.
 *
 * Only exact argument vectors count, word by word, from a closed table; a shell, an unknown option
 * or one word more is a serving start, and verified like one (facts: nim, section 9).
 */
#pragma once

#include <stddef.h>

/* Zero is what must be verified. */
enum arguments_kind {
	ARGUMENTS_SERVE,
	ARGUMENTS_FILL, /* fills the cache or a model store */
	ARGUMENTS_LIST, /* lists profiles */
};

/* What the process's COUNT arguments, the program first, amount to. ARGS may be NULL when COUNT is
 * 0. */
enum arguments_kind arguments_classify(const char *const *args, size_t count);
