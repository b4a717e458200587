/*
 * Memos: what a parser made of a document, remembered under the digest of all that it was made of.
 *
 * Files in the folder "memos" beside the journal of receipts, root's alone, each with a MAC under
 * the host's key (docs/formats.md). A file that is torn, foreign, old, or another memo's counts as
 * not there. What cannot be read or written costs time, never a verdict. The key is in memory only
 * while a call lasts: no child that is forked between two of them has it.
 *
 * A memo is as good as who made it. Whoever keeps one answers for it that nothing had a say in it
 * that is not in its digest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest;
struct error;
struct file_bytes;

enum {
	MEMO_COUNT_MAX = 64,       /* images and profiles that one host starts in turns */
	MEMO_BYTES_MAX = 512 << 10 /* a profile of 3000 files, with long paths */
};

#define MEMO_DIRECTORY "memos"

/* The memo of DIGEST in DIRECTORY, that of the receipts, if it is not older than AGE_MAX_S. True
 * with OUT (caller: file_release()), else false. */
bool memo_find(const char *directory, const struct digest *digest, int64_t age_max_s,
	struct file_bytes *out) __attribute__((nonnull));

/* Keeps LENGTH bytes as the memo of DIGEST, in the place of the one before; the file that was
 * written first goes where there are too many. Returns 0, or -1 with REASON_IO, REASON_CONFIG or
 * REASON_INTERNAL: then it is not kept. */
int memo_keep(const char *directory, const struct digest *digest, const void *bytes, size_t length,
	struct error *err) __attribute__((nonnull));

/* What there is. */
struct memo_sum {
	size_t count;
	uint64_t bytes; /* of their files */
};

/* Counts the memos, old or not; where nothing can be read there are none. */
void memo_count(const char *directory, struct memo_sum *out) __attribute__((nonnull));

/* Removes whatever lies in the folder. Returns 0 with the number of files in *forgotten, or -1 with
 * REASON_IO or REASON_CONFIG. */
int memo_forget(const char *directory, size_t *forgotten, struct error *err)
	__attribute__((nonnull));
