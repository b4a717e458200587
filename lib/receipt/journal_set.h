/*
 * All valid rows of an open journal at once, in the order of identities: what compaction writes
 * anew, and what people look at. 64 MB at most.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;
struct journal;
struct journal_row_sealed;

struct journal_set {
	struct journal_row_sealed *rows; /* owned; as they stood in the journal */
	uint32_t *order; /* owned; places of those that count, the latest of each alone */
	size_t count;    /* of them */
};

/* Reads the rows of JOURNAL, those that it has gathered among them. Returns 0 (caller:
 * journal_set_release()), or -1 with REASON_IO or REASON_INTERNAL. */
int journal_set_read(const struct journal *journal, struct journal_set *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed set is fine. */
void journal_set_release(struct journal_set *set);

#define cleanup_journal_set __attribute__((cleanup(journal_set_release)))
