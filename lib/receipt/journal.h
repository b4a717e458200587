/*
 * The journal of receipts: rows that each say that a file, as it stands, has a digest. Root's
 * alone, append-only, bounded, every row with a MAC under the host's key (docs/formats.md).
 *
 * Rows have one fixed size. A header says how many of the first rows are sorted by identity; those
 * after them came later. A row whose MAC is wrong counts as not there, and so does a torn one at
 * the end; the next row goes to the next multiple of the row size. Compaction writes a new file
 * beside the old one and renames it. A journal that cannot be read or written costs time, never a
 * verdict.
 */
#pragma once

#include "base/boot.h"
#include "base/identity.h"
#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct journal;

#define JOURNAL_PARENT    "/var/lib/nimgate"
#define JOURNAL_DIRECTORY JOURNAL_PARENT "/receipts"

/* What one row says. */
struct journal_row {
	struct identity identity;
	struct digest digest; /* of the whole file; or, with shards, the SHA-256 of the digests of
				 all its shards, in order (raw bytes) */
	enum digest_algorithm
		algorithm;   /* with shards: that of each shard; else that of the digest */
	uint64_t shard_size; /* bytes; 0: hashed as a whole */
	struct boot boot;    /* in which it was hashed */
	int64_t hashed_s;    /* seconds since 1970: when hashing began */
};

/*
 * Opens the journal in DIRECTORY, which is made (0700) where it is not there and must be this
 * user's alone, and so must the host's key beside the rows ("key", made at the first use).
 * READ_ONLY makes nothing, and what is not there has no rows. Returns it (caller: journal_close()),
 * or NULL with REASON_IO, REASON_CONFIG (others could read or write it) or REASON_INTERNAL.
 */
struct journal *journal_open(const char *directory, bool read_only, struct error *err)
	__attribute__((nonnull));

/* The latest row for exactly that identity, algorithm and shard size, or NULL. Borrowed until the
 * next call. Sees what others append after journal_refresh() alone. */
const struct journal_row *journal_find(struct journal *journal, const struct identity *identity,
	enum digest_algorithm algorithm, uint64_t shard_size) __attribute__((nonnull));

/* Looks at what has been appended, or compacted, by anybody since. Returns 0, or -1 with REASON_IO.
 */
int journal_refresh(struct journal *journal, struct error *err) __attribute__((nonnull));

/*
 * Appends one row; what is written is whole or not there. Rows may be gathered: journal_flush() and
 * journal_close() write what is left, at the latest. Compacts when the journal has grown enough for
 * that. Returns 0, or -1 with REASON_IO (also once: no space) or REASON_INTERNAL.
 */
int journal_append(struct journal *journal, const struct journal_row *row, struct error *err)
	__attribute__((nonnull));
int journal_flush(struct journal *journal, struct error *err) __attribute__((nonnull));

/* Calls VISIT for each valid row, in the order of identities, the latest of each identity,
 * algorithm and shard size alone, until it returns other than 0, and returns that; else 0, or -1
 * where the journal cannot be read. */
int journal_visit(struct journal *journal,
	int (*visit)(void *context, const struct journal_row *row), void *context)
	__attribute__((nonnull(1, 2)));

/*
 * Writes the journal anew with those rows alone for which KEEP says so (NULL: all), the latest of
 * each; *dropped counts those that it turned away. Rows of an earlier boot, or of more than 400
 * days ago, never stay. Others may append meanwhile: nothing of theirs is lost. Returns 0, or -1
 * with REASON_IO: then it is as it was.
 */
int journal_compact(struct journal *journal,
	bool (*keep)(void *context, const struct journal_row *row), void *context, size_t *dropped,
	struct error *err) __attribute__((nonnull(1, 4, 5)));

/* How many rows it holds, valid or not, and how many it may. */
size_t journal_rows(const struct journal *journal) __attribute__((nonnull));
size_t journal_rows_max(void);

/* Flushes, wipes the key and frees it; NULL is fine. */
void journal_close(struct journal *journal);

#define cleanup_journal __attribute__((cleanup(journal_cleanup)))
static inline void
journal_cleanup(struct journal **journal)
{
	journal_close(*journal);
}
