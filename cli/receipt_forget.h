/*
 * Taking receipts back: all, or those of some files.
 */
#pragma once

#include <stddef.h>

struct error;
struct journal;
struct option_list;

/*
 * Drops the receipts of the files that WORDS name (cli/target.h), whatever their digests and times;
 * without words all. *dropped counts them. Returns 0, or -1 with REASON_USAGE, REASON_IO or
 * REASON_INTERNAL: then nothing is dropped.
 */
int receipt_forget(struct journal *journal, const struct option_list *words, size_t *dropped,
	struct error *err) __attribute__((nonnull));
