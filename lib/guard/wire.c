#include "guard/wire.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "guard/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

enum {
	FIRST_BYTES = 4 << 10,     /* most messages fit */
	FIRST_RECEIVED = 64 << 10, /* reserved on a length's word alone; more only as bytes come */
};

static const uint32_t no_text = UINT32_MAX; /* the length that stands for NULL */

/* In front of each message; in the host's order, since both sides are one program. */
struct header {
	uint32_t type;
	uint32_t length;
};

void
wire_release(struct wire_message *message)
{
	free(message->bytes);
	*message = (struct wire_message){ 0 };
}

/* Room for LENGTH more bytes, or NULL and a failed message. */
static uint8_t *
append(struct wire_message *message, size_t length)
{
	size_t wanted = message->capacity ? message->capacity : FIRST_BYTES;
	uint8_t *grown, *place;

	if (message->failed || length > LIMIT_WIRE_BYTES - message->length) {
		message->failed = true;
		return NULL;
	}
	while (wanted < message->length + length)
		wanted *= 2;
	if (wanted > message->capacity) {
		grown = realloc(message->bytes, wanted);
		if (!grown) {
			message->failed = true;
			return NULL;
		}
		message->bytes = grown;
		message->capacity = wanted;
	}
	place = message->bytes + message->length;
	message->length += length;
	return place;
}

void
wire_put_bytes(struct wire_message *message, const void *bytes, size_t length)
{
	uint8_t *place = append(message, length);

	if (place && length)
		memcpy(place, bytes, length);
}

void
wire_put_u32(struct wire_message *message, uint32_t value)
{
	wire_put_bytes(message, &value, sizeof(value));
}

void
wire_put_u64(struct wire_message *message, uint64_t value)
{
	wire_put_bytes(message, &value, sizeof(value));
}

void
wire_put_text(struct wire_message *message, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length > LIMIT_WIRE_BYTES) {
		message->failed = true;
		return;
	}
	wire_put_u32(message, text ? (uint32_t)length : no_text);
	wire_put_bytes(message, text, length);
}

/* The next LENGTH bytes, or NULL and a failed message. */
static const uint8_t *
take(struct wire_message *message, size_t length)
{
	const uint8_t *place;

	if (message->failed || length > message->length - message->at) {
		message->failed = true;
		return NULL;
	}
	place = message->bytes + message->at;
	message->at += length;
	return place;
}

void
wire_get_bytes(struct wire_message *message, void *out, size_t length)
{
	const uint8_t *place;

	if (!length)
		return;
	place = take(message, length);
	if (place)
		memcpy(out, place, length);
	else
		memset(out, 0, length);
}

uint32_t
wire_get_u32(struct wire_message *message)
{
	uint32_t value;

	wire_get_bytes(message, &value, sizeof(value));
	return value;
}

uint64_t
wire_get_u64(struct wire_message *message)
{
	uint64_t value;

	wire_get_bytes(message, &value, sizeof(value));
	return value;
}

/* The next string, not terminated, of at most LIMIT bytes; NULL where NULL was put, or on failure.
 */
static const uint8_t *
take_text(struct wire_message *message, size_t limit, size_t *length)
{
	uint32_t said = wire_get_u32(message);
	const uint8_t *place;

	if (message->failed || said == no_text)
		return NULL;
	if (said > limit) {
		message->failed = true;
		return NULL;
	}
	place = take(message, said);
	if (place && said && memchr(place, '\0', said)) {
		message->failed = true;
		return NULL;
	}
	*length = said;
	return place;
}

char *
wire_get_text(struct wire_message *message, size_t limit)
{
	size_t length = 0;
	const uint8_t *place = take_text(message, limit, &length);
	char *text;

	if (!place)
		return NULL;
	text = malloc(length + 1);
	if (!text) {
		message->failed = true;
		return NULL;
	}
	memcpy(text, place, length);
	text[length] = '\0';
	return text;
}

void
wire_copy_text(struct wire_message *message, char *out, size_t size)
{
	size_t length = 0;
	const uint8_t *place = size ? take_text(message, size - 1, &length) : NULL;

	if (!place)
		message->failed = true;
	else
		memcpy(out, place, length);
	if (size)
		out[place ? length : 0] = '\0';
}

size_t
wire_get_count(struct wire_message *message, size_t limit)
{
	uint64_t count = wire_get_u64(message);

	if (count > limit) {
		message->failed = true;
		return 0;
	}
	return (size_t)count;
}

bool
wire_is_whole(const struct wire_message *message)
{
	return !message->failed && message->at == message->length;
}

_Static_assert((int)WIRE_DESCRIPTORS <= (int)CHANNEL_DESCRIPTORS, "a channel takes them all");

int
wire_send_many(int socket, const struct wire_message *message, const int *fds, size_t count,
	struct error *err)
{
	struct header header = { .type = message->type, .length = (uint32_t)message->length };
	struct iovec parts[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = message->bytes, .iov_len = message->length },
	};

	if (message->failed || message->length > LIMIT_WIRE_BYTES)
		return error_set(err, REASON_INTERNAL, 0,
			"a message was not sent: it is larger than %d bytes, or memory is out",
			LIMIT_WIRE_BYTES);
	if (channel_send(socket, parts, ARRAY_SIZE(parts), fds, count, LIMIT_DEADLINE_MS))
		return error_set_os(err, REASON_INTERNAL, errno, "a message could not be sent");
	return 0;
}

int
wire_send(int socket, const struct wire_message *message, int fd, struct error *err)
{
	return wire_send_many(socket, message, &fd, fd >= 0, err);
}

/* Receives LENGTH bytes behind the header. Memory grows with what really came. */
static int
receive_body(struct channel *channel, size_t length, struct wire_message *out, struct error *err)
{
	size_t capacity = 0, wanted;
	ssize_t got;

	while (out->length < length) {
		if (out->length == capacity) {
			wanted = capacity ? capacity * 2 : FIRST_RECEIVED;
			capacity = wanted < length ? wanted : length;
			uint8_t *grown = realloc(out->bytes, capacity);

			if (!grown)
				return error_no_memory(err);
			out->bytes = grown;
			out->capacity = capacity;
		}
		got = channel_receive(channel, out->bytes + out->length, capacity - out->length);
		if (got < 0)
			return error_set_os(
				err, REASON_INTERNAL, errno, "a message could not be received");
		if (got == 0)
			return error_set(err, REASON_INTERNAL, 0,
				"a message ended after %zu of %zu bytes", out->length, length);
		out->length += (size_t)got;
	}
	return 0;
}

/* Returns 1, 0 at the end, or -1. */
static int
receive_header(struct channel *channel, struct header *out, struct error *err)
{
	struct header header = { 0 };
	size_t have = 0;
	ssize_t got;

	while (have < sizeof(header)) {
		got = channel_receive(channel, (char *)&header + have, sizeof(header) - have);
		if (got < 0)
			return error_set_os(
				err, REASON_INTERNAL, errno, "a message could not be received");
		if (got == 0 && have == 0)
			return 0;
		if (got == 0)
			return error_set(err, REASON_INTERNAL, 0, "a message ended in its header");
		have += (size_t)got;
	}
	if (header.length > LIMIT_WIRE_BYTES)
		return error_set(err, REASON_INTERNAL, 0,
			"a message says that it has %u bytes, at most %d are allowed",
			header.length, LIMIT_WIRE_BYTES);
	*out = header;
	return 1;
}

/* Receives a message through CHANNEL, which keeps the descriptors. Returns 1, 0 or -1. */
static int
receive(struct channel *channel, struct wire_message *out, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };
	struct header header = { 0 };
	int began = receive_header(channel, &header, err);

	if (began <= 0)
		return began;
	message.type = header.type;
	if (receive_body(channel, header.length, &message, err))
		return -1;
	*out = message;
	message = (struct wire_message){ 0 };
	return 1;
}

int
wire_receive_many(int socket, int timeout_ms, struct wire_message *out,
	int fds[static WIRE_DESCRIPTORS], size_t *count, struct error *err)
{
	cleanup_channel struct channel channel = channel_open(socket, timeout_ms, WIRE_DESCRIPTORS);
	int began = receive(&channel, out, err);

	if (began > 0) {
		memcpy(fds, channel.fds, channel.count * sizeof(*fds));
		*count = channel.count;
		channel.count = 0;
	}
	return began;
}

int
wire_receive(int socket, int timeout_ms, struct wire_message *out, int *fd, struct error *err)
{
	cleanup_channel struct channel channel = channel_open(socket, timeout_ms, fd != NULL);
	int began = receive(&channel, out, err);

	if (began > 0 && fd) {
		*fd = channel.count ? channel.fds[0] : -1;
		channel.count = 0;
	}
	return began;
}
