/*
 * Bounded messages between the monitor and its contained children.
 *
 * A message is a type, a length and that many bytes; descriptors may travel with it. The reader
 * checks every length against what is really there: a child that lies gets a refusal, never a place
 * in memory. A writer that runs out of room fails at wire_send(), not before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct wire_message {
	uint32_t type;
	uint8_t *bytes; /* owned */
	size_t length;
	size_t capacity;
	size_t at;   /* where the reader stands */
	bool failed; /* an earlier put or get failed; sticky */
};

#define cleanup_message __attribute__((cleanup(wire_release)))

/* Frees the bytes; a zeroed message is fine. */
void wire_release(struct wire_message *message);

/* The writer: values are appended; strings with their length. Failure is sticky and found by
 * wire_send(). */
void wire_put_u32(struct wire_message *message, uint32_t value) __attribute__((nonnull));
void wire_put_u64(struct wire_message *message, uint64_t value) __attribute__((nonnull));
void wire_put_bytes(struct wire_message *message, const void *bytes, size_t length)
	__attribute__((nonnull(1)));
void wire_put_text(struct wire_message *message, const char *text)
	__attribute__((nonnull(1))); /* NULL is kept apart from "" */

/* The reader: values in the order they were put; zeros after a failure. */
uint32_t wire_get_u32(struct wire_message *message) __attribute__((nonnull));
uint64_t wire_get_u64(struct wire_message *message) __attribute__((nonnull));
/* Exactly LENGTH bytes, as put by wire_put_bytes() with the same length; zeros after a failure. */
void wire_get_bytes(struct wire_message *message, void *out, size_t length)
	__attribute__((nonnull));
/* A fresh string of at most LIMIT bytes without NUL (caller: free()); NULL when NULL was put, or on
 * failure. */
char *wire_get_text(struct wire_message *message, size_t limit) __attribute__((nonnull));
/* As wire_get_text() into OUT of SIZE bytes; fails on NULL. */
void wire_copy_text(struct wire_message *message, char *out, size_t size) __attribute__((nonnull));
/* A count of at most LIMIT, as put by wire_put_u64(); 0 on failure. */
size_t wire_get_count(struct wire_message *message, size_t limit) __attribute__((nonnull));
/* True if nothing failed and nothing is left over. */
bool wire_is_whole(const struct wire_message *message) __attribute__((nonnull));

/*
 * Sends the message over a stream socket, with FD (borrowed) unless it is negative. Waits for room
 * at most LIMIT_DEADLINE_MS in all. Returns 0, or -1 with REASON_INTERNAL: an earlier put failed,
 * too long, or the other side is gone or does not read.
 */
int wire_send(int socket, const struct wire_message *message, int fd, struct error *err)
	__attribute__((nonnull));

/*
 * Receives the next message (*out zeroed before; caller: wire_release()) and its descriptor, if FD
 * is not NULL (-1 when none came; caller closes). A second descriptor, or one that nobody asked
 * for, is refused. TIMEOUT_MS bounds the whole message; negative: no bound, and no other system
 * call than recvmsg. Returns 1; 0 when the other side closed before a message began; or -1 with
 * REASON_INTERNAL (os_errno is ETIMEDOUT when the time was over). After -1 the socket is of no
 * further use.
 */
int wire_receive(int socket, int timeout_ms, struct wire_message *out, int *fd, struct error *err)
	__attribute__((nonnull(3, 5)));

enum { WIRE_DESCRIPTORS = 32 /* at most, with one message */ };

/* As wire_send(), with COUNT descriptors (borrowed; WIRE_DESCRIPTORS at most). */
int wire_send_many(int socket, const struct wire_message *message, const int *fds, size_t count,
	struct error *err) __attribute__((nonnull(2, 5)));

/* As wire_receive(), with up to WIRE_DESCRIPTORS descriptors in FDS, *count of them (caller closes
 * each). */
int wire_receive_many(int socket, int timeout_ms, struct wire_message *out,
	int fds[static WIRE_DESCRIPTORS], size_t *count, struct error *err)
	__attribute__((nonnull));
