#include "hash/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
	WINDOW_BYTES = 4 << 20, /* of readahead; two of them lie ahead of each stream */
	WINDOWS = 2,
};

void
reader_start(struct reader *reader, const struct stream *stream)
{
	*reader = (struct reader){
		.stream = *stream,
		.whole = stream->length == 0 && !stream->to_end,
	};
}

uint64_t
reader_left(const struct reader *reader)
{
	return reader->stream.length - reader->done;
}

void
reader_rewind(struct reader *reader, size_t count)
{
	if (!count)
		return;
	reader->done -= count;
	reader->whole = false;
}

void
reader_end(struct reader *reader)
{
	close(reader->stream.fd);
	reader->stream.fd = -1;
}

/* Advice; a refusal costs time alone. Files of one window have no use for it. */
static void
read_ahead(struct reader *reader)
{
	const struct stream *stream = &reader->stream;
	uint64_t wanted = reader->done + (uint64_t)WINDOWS * WINDOW_BYTES, length;

	if (stream->length <= WINDOW_BYTES || stream->direct)
		return;
	while (reader->ahead < wanted && reader->ahead < stream->length) {
		length = stream->length - reader->ahead;
		if (length > WINDOW_BYTES)
			length = WINDOW_BYTES;
		posix_fadvise(stream->fd, (off_t)(stream->offset + reader->ahead), (off_t)length,
			POSIX_FADV_WILLNEED);
		reader->ahead += length;
	}
}

/* pread() through interruptions. */
static ssize_t
read_at(int fd, void *out, size_t length, uint64_t offset)
{
	ssize_t got;

	do
		got = pread(fd, out, length, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool
fail(struct stream_result *result, enum reason reason, int os_errno)
{
	result->reason = reason;
	result->os_errno = os_errno;
	return false;
}

bool
reader_accept(struct reader *reader, size_t asked, ssize_t got, int os_errno,
	struct stream_result *result)
{
	const struct stream *stream = &reader->stream;
	uint64_t left = reader_left(reader);

	if (got < 0)
		return fail(result, REASON_IO, os_errno);
	if ((uint64_t)got > left || (got == 0 && left > 0))
		return fail(result, REASON_BUSY, 0);
	reader->done += (uint64_t)got;
	reader->whole = reader->done == stream->length && (!stream->to_end || (size_t)got < asked);
	return true;
}

bool
reader_read(
	struct reader *reader, void *out, size_t size, size_t *got, struct stream_result *result)
{
	const struct stream *stream = &reader->stream;
	uint64_t left = reader_left(reader);
	size_t asked = left < size ? (size_t)left : size;
	ssize_t read;

	/* One byte more than there may be shows the end without a read of its own. */
	if (stream->to_end && asked < size)
		asked = stream->direct ? size : asked + 1;
	read_ahead(reader);
	read = read_at(stream->fd, out, asked, stream->offset + reader->done);
	if (!reader_accept(reader, asked, read, errno, result))
		return false;
	*got = (size_t)read;
	return true;
}
