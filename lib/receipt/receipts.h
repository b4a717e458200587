/*
 * Receipts: which rows of the journal count now, and what becomes a row.
 *
 * A row counts only if every recorded fact is equal now, the file's lease says that nobody has it
 * open for writing, its times were settled when hashing began, its file system is on the list, the
 * boot is the same and the clock was not set, and it is not older than policy allows (DESIGN
 * section 8; facts: security, section 5).
 */
#pragma once

#include "base/boot.h"
#include "base/identity.h"
#include "base/lease.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct digest;
struct error;
struct journal;
struct journal_row;
struct resource;

/*
 * Whose files have receipts, besides those that no change of their contents leaves as they are
 * (identity_is_reliable()). On ext4 and XFS whoever may write a file can also have its blocks
 * exchanged without a trace: what counts is who that is. Zero is the strictest.
 */
enum receipts_files {
	RECEIPTS_SEALED,  /* no others */
	RECEIPTS_GUARDED, /* files that root alone may write, by owner and mode */
	RECEIPTS_ANY,     /* files whose writers are trusted not to do that */
};

struct receipts {
	struct journal *journal;   /* owned; NULL: there is none, and nothing is remembered */
	int64_t age_max_s;         /* older rows do not count */
	enum receipts_files files; /* RECEIPTS_GUARDED; may be set by the caller */
	bool record_only;          /* set by the caller: nothing counts, all is recorded */
	bool read_only;            /* nothing is recorded */
	struct boot boot;  /* in which they were opened: nothing counts once the clock is set */
	bool failed;       /* the journal could not be read or written */
	char why[160];     /* then: the first reason */
	const char *unfit; /* why the first file without a receipt can never have one; NULL: none
			      was met */
	size_t honoured;   /* files */
	size_t recorded;
};

/* Opens the receipts in DIRECTORY; where that fails there are none, and WHY says why. READ_ONLY:
 * rows are read, never written. */
void receipts_open(const char *directory, int64_t age_max_s, bool read_only, struct receipts *out)
	__attribute__((nonnull));

/* False where no file can have a receipt; RECEIPTS may be NULL. */
bool receipts_any(const struct receipts *receipts);

/*
 * Whether a row says that the file at FD, leased as LEASE, has the digests of RESOURCE. Stores the
 * file's identity for receipts_record() in any case; *usable is false where it can never have a
 * row.
 */
bool receipts_honour(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, struct identity *identity, bool *usable)
	__attribute__((nonnull));

/* As receipts_honour(), whatever the digests are: RESOURCE says only how they are made. */
bool receipts_hold(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, struct identity *identity, bool *usable)
	__attribute__((nonnull));

/*
 * Whether a row that would count, had it the digests of RESOURCE, says that the file has others:
 * then *found is what it says instead. After receipts_honour() has said no, of the same file and
 * with the IDENTITY that it stored.
 */
bool receipts_deny(const struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, const struct identity *identity, struct digest *found)
	__attribute__((nonnull));

/* Whether ROW counts, if its file stands as it stood and nobody has it open for writing. Returns
 * NULL, or why not, in static storage. */
const char *receipts_judge(const struct receipts *receipts, const struct journal_row *row)
	__attribute__((nonnull));

/*
 * The file at FD has just been hashed, from SINCE (CLOCK_REALTIME) on, with the digests of
 * RESOURCE, under the unbroken LEASE: remembers that, if the rules allow it and its identity is
 * still IDENTITY. Failures are kept in RECEIPTS: they change no verdict.
 */
void receipts_record(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, const struct identity *identity,
	const struct timespec *since) __attribute__((nonnull));

/* Writes what was gathered: whatever ends this process from here on, it stays. */
void receipts_flush(struct receipts *receipts) __attribute__((nonnull));

/* Writes what was gathered, and sees what others have written. */
void receipts_refresh(struct receipts *receipts) __attribute__((nonnull));

/* Writes what was gathered and frees it; a zeroed one is fine. */
void receipts_close(struct receipts *receipts);

#define cleanup_receipts __attribute__((cleanup(receipts_close)))
