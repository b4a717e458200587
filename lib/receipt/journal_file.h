/*
 * The file of the journal: found, locked, read and appended to (docs/formats.md).
 *
 * Compaction puts another file in its place, and nobody changes what stands in one: rows are added
 * at its end alone, under a lock of the file. Hence whoever locks it looks whether it is the
 * journal still.
 */
#pragma once

#include "receipt/journal_row.h"

#include <stdint.h>

struct error;
struct mac;

enum {
	JOURNAL_FILE_ROWS = 200000, /* all that one may hold: 64 MB */
	JOURNAL_FILE_TAIL = 4096,   /* rows behind the sorted ones, before they are sorted in */
	JOURNAL_FILE_GATHERED = 64, /* rows that are written at once */
	JOURNAL_FILE_TAIL_MAX = JOURNAL_FILE_TAIL + JOURNAL_FILE_GATHERED,
	JOURNAL_FILE_BLOCK = 16, /* sorted rows that are read at once, and the index has an entry
				    for: 5 KiB, half a microsecond */
	JOURNAL_FILE_CHAINS = 8192,
};

#define JOURNAL_FILE_NAME "journal"

struct journal {
	int dir; /* owned; O_PATH */
	bool read_only;
	struct mac *mac; /* owned; NULL: there is no key yet, and so no row */

	int fd;              /* owned; -1: there is no file */
	bool sound;          /* it has a header of ours */
	size_t sorted;       /* rows */
	uint64_t *fences;    /* owned; the inode of the first row of each block */
	size_t fences_count; /* blocks */

	struct journal_row_sealed *tail; /* owned; the rows behind them */
	size_t tail_count;
	size_t tail_room;
	size_t tail_indexed;                   /* those that are in a chain, latest first */
	uint16_t chains[JOURNAL_FILE_CHAINS];  /* a place in the tail, plus 1; 0: empty */
	uint16_t older[JOURNAL_FILE_TAIL_MAX]; /* the same, of the next in the chain */

	struct journal_row_sealed gathered[JOURNAL_FILE_GATHERED]; /* not yet written */
	size_t gathered_count;
	struct journal_row found; /* what journal_find() lends */
};

/* Opens the file of that name, and reads what journal_find() needs. Returns 0 (also where there is
 * none, or it is not ours), or -1 with REASON_IO, REASON_CONFIG or REASON_INTERNAL. */
int journal_file_open(struct journal *journal, struct error *err) __attribute__((nonnull));

/* As it is now: the file that has that name, and all its rows. Returns as journal_file_open(). */
int journal_file_follow(struct journal *journal, struct error *err) __attribute__((nonnull));

/* Waits, but not for ever, for the lock of the file that has that name, and follows it. Returns 0
 * (caller: journal_file_unlock()), or -1 with REASON_IO, REASON_CONFIG or REASON_INTERNAL. */
int journal_file_lock(struct journal *journal, struct error *err) __attribute__((nonnull));
void journal_file_unlock(struct journal *journal) __attribute__((nonnull));

/* Writes what was gathered behind all rows of the locked file, and forgets it in any case. Returns
 * 0, or -1 with REASON_IO. */
int journal_file_append(struct journal *journal, struct error *err) __attribute__((nonnull));

/* Reads COUNT sorted rows from row FIRST on. Returns 0, or -1 with REASON_IO. */
int journal_file_read_sorted(const struct journal *journal, size_t first, size_t count,
	struct journal_row_sealed *out, struct error *err) __attribute__((nonnull));

/* Rows of the index of a file with so many sorted rows. */
size_t journal_file_index_rows(size_t sorted);

/* Closes the file and forgets its rows. */
void journal_file_close(struct journal *journal) __attribute__((nonnull));
