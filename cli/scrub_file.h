/*
 * One file that is scrubbed: opened by its identity, leased, hashed as its row says, compared.
 */
#pragma once

#include "base/lease.h"
#include "hash/stream.h"
#include "receipt/journal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;
struct mounted;

enum scrub_state {
	SCRUB_OPEN, /* being hashed */
	SCRUB_EQUAL,
	SCRUB_GONE, /* removed, or another file by now */
	SCRUB_BUSY,
	SCRUB_AWAY,
	SCRUB_UNREADABLE,
	SCRUB_WRONG,
};

struct scrub_file {
	const struct journal_row *row; /* borrowed */
	enum scrub_state state;
	int fd;             /* owned; -1 when it is not open */
	bool direct;        /* read past the page cache */
	enum reason failed; /* why a stream could not be hashed; else REASON_NONE */
	int os_errno;       /* likewise */
	struct lease lease;
	struct timespec since; /* when it was opened */
	struct boot boot;      /* likewise */
	const char *mount;     /* borrowed; where its file system is mounted, or NULL */
	struct digest *shards; /* owned; NULL: hashed as a whole */
	struct digest found;
	size_t streams, submitted, answered;
};

/* Opens the file of ROW; what state it has then is in OUT. Returns 0 (caller: scrub_file_close()),
 * or -1 with REASON_INTERNAL. */
int scrub_file_open(const struct journal_row *row, const struct mounted *mounted,
	struct scrub_file *out, struct error *err) __attribute__((nonnull));

/* Whether there is a stream to be hashed. */
bool scrub_file_has_next(const struct scrub_file *file) __attribute__((nonnull));

/* The next stream, if there is one. */
struct stream scrub_file_next(struct scrub_file *file) __attribute__((nonnull));

/* Takes what became of stream INDEX of the file; the last of those that
 * were handed out tells its state. Returns 0, or -1
 * with REASON_INTERNAL. */
int scrub_file_take(struct scrub_file *file, size_t index, const struct stream_result *result,
	struct error *err) __attribute__((nonnull));

/* Closes it; a closed one (fd -1, no shards) is fine. */
void scrub_file_close(struct scrub_file *file) __attribute__((nonnull));
