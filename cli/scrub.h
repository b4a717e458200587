/*
 * Reads again, from the disk, what the journal remembers: files whose bytes changed although the
 * kernel says that nobody wrote them are what a receipt cannot see.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;
struct journal;

struct scrub_sum {
	size_t rows;
	uint64_t bytes;    /* read */
	size_t equal;      /* as remembered: their rows are renewed */
	size_t gone;       /* removed, or written since: their rows are dropped */
	size_t busy;       /* open for writing, or not to be opened now: their rows stay */
	size_t away;       /* on file systems that are not mounted here: their rows stay */
	size_t unreadable; /* the disk fails: dropped, and named */
	size_t wrong;      /* other bytes than remembered, and yet unchanged: dropped, and named */
};

/*
 * Hashes the files of all rows of JOURNAL, renews or drops the rows, and says loudly which files
 * are wrong. Ends early, with what was found until then, once stop_asked(). Returns 0, also where
 * files are wrong, or -1 with REASON_INTERNAL or REASON_IO.
 */
int scrub_run(struct journal *journal, struct scrub_sum *out, struct error *err)
	__attribute__((nonnull));
