/*
 * Reading one stream, from its beginning to its end and not a byte further, with readahead of our
 * own: the kernel's window is 128 KiB on most hosts, far less than a disk wants.
 */
#pragma once

#include "hash/stream.h"

#include <stddef.h>
#include <sys/types.h>

struct reader {
	struct stream stream; /* its descriptor is owned; reader_end() */
	uint64_t done;        /* bytes read */
	uint64_t ahead;       /* bytes from the beginning that the kernel was asked to bring in */
	bool whole;           /* all was there and, where the file must end, no more */
};

/* Begins with a stream, and takes over its descriptor. */
void reader_start(struct reader *reader, const struct stream *stream) __attribute__((nonnull));

/*
 * Reads the next bytes into OUT, at most SIZE (not 0) and as many as one read gives; *got may be 0
 * where only the end was to be seen. Not after the stream is whole. Returns true, or false with the
 * reason in RESULT: REASON_IO, or REASON_BUSY.
 */
bool reader_read(struct reader *reader, void *out, size_t size, size_t *got,
	struct stream_result *result) __attribute__((nonnull));

/*
 * For who read GOT bytes of the stream himself, ASKED at most, behind those read before; -1 with
 * OS_ERRNO where that failed. Returns as reader_read().
 */
bool reader_accept(struct reader *reader, size_t asked, ssize_t got, int os_errno,
	struct stream_result *result) __attribute__((nonnull));

/* Bytes still to be read. */
uint64_t reader_left(const struct reader *reader) __attribute__((nonnull));

/* Goes back by the last COUNT bytes, which will be read once more. */
void reader_rewind(struct reader *reader, size_t count) __attribute__((nonnull));

/* Closes the descriptor. */
void reader_end(struct reader *reader) __attribute__((nonnull));
