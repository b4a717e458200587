/*
 * Bytes, and at most one descriptor, over a stream socket, within a time: what wire is built on.
 *
 * Whoever is at the other end cannot make us wait longer, keep a descriptor we did not ask for, or
 * kill us with SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct iovec;

/* Something on its way in. */
struct channel {
	int socket;          /* borrowed */
	bool timed;          /* without: waits for ever, by recvmsg alone */
	int64_t deadline_ms; /* on the monotonic clock */
	bool wants_fd;
	int fd; /* owned; -1: none came yet */
};

#define cleanup_channel __attribute__((cleanup(channel_close)))

/* Begins to receive; negative TIMEOUT_MS: no bound. */
struct channel channel_open(int socket, int timeout_ms, bool wants_fd);

/* Closes a descriptor that nobody took. */
void channel_close(struct channel *channel);

/*
 * Receives at most LENGTH bytes, of which there must be one. Returns how many, 0 at the end, or -1
 * with errno: ETIMEDOUT when the time was over, EPROTO when descriptors came that were not wanted
 * or could not be taken (they are closed).
 */
ssize_t channel_receive(struct channel *channel, void *out, size_t length) __attribute__((nonnull));

/*
 * Sends all bytes of the PARTS, which it changes, and FD (borrowed) unless it is negative. Returns
 * 0, or -1 with errno: ETIMEDOUT when TIMEOUT_MS were over.
 */
int channel_send(int socket, struct iovec *parts, size_t count, int fd, int timeout_ms)
	__attribute__((nonnull));
