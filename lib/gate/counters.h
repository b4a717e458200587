/*
 * What happened on this host since it was installed, in numbers, for nimgate metrics: how often
 * which verdict, how many bytes and milliseconds of hashing.
 *
 * One file of one page, root's alone, in /var/lib/nimgate, independent of the decision log: it
 * outlives its rotation. Rows of a name and a number: what a later release counts is added. Changed
 * under a turn (base/turn.h) and written in one go, within one page: who is killed has counted or
 * has not. Who gets no turn in time, and who may not write it, does not count. Nothing here changes
 * a verdict.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

#define COUNTERS_PATH "/var/lib/nimgate/counters"

enum {
	COUNTERS_NAME_BYTES = 24, /* with the NUL */
	COUNTERS_ROWS = 127,      /* as many as the page holds behind its head */
};

struct counters_row {
	char name[COUNTERS_NAME_BYTES]; /* lower case letters, '-', '_' and ':'; "": no row */
	uint64_t value;
};

/* The page. */
struct counters {
	char magic[COUNTERS_NAME_BYTES];
	uint64_t reserved; /* 0 */
	struct counters_row rows[COUNTERS_ROWS];
};

/* What a change does. */
struct counters_change {
	const char *name; /* borrowed */
	uint64_t value;
	enum { COUNTERS_ADD, COUNTERS_SET } how;
};

/*
 * Makes the changes in the file at PATH, which is made where its directory is there. A file that is
 * damaged begins again at zero. Returns 0, or -1 with REASON_IO.
 */
int counters_change(const char *path, const struct counters_change changes[], size_t count,
	struct error *err) __attribute__((nonnull));

/* Reads the file at PATH; none, or one that is damaged, has no rows. Returns 0, or -1 with
 * REASON_IO, or REASON_CONFIG where others can write it. */
int counters_read(const char *path, struct counters *out, struct error *err)
	__attribute__((nonnull));

/* Looks at LENGTH bytes of a file. Returns 0 and the page, each row as described above; -1 where it
 * is damaged. */
int counters_parse(const void *bytes, size_t length, struct counters *out) __attribute__((nonnull));

/* The number called NAME, 0 where there is none. */
uint64_t counters_get(const struct counters *counters, const char *name) __attribute__((nonnull));
