/*
 * Bytes, and as many descriptors as are wanted, over a stream socket, within a time: what wire is
 * built on.
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

enum { CHANNEL_DESCRIPTORS = 32 /* at most, with one message */ };

/* Something on its way in. */
struct channel {
	int socket;                   /* borrowed */
	bool timed;                   /* without: waits for ever, by recvmsg alone */
	int64_t deadline_ms;          /* on the monotonic clock */
	size_t wanted;                /* descriptors that may come: CHANNEL_DESCRIPTORS at most */
	size_t count;                 /* that have come */
	int fds[CHANNEL_DESCRIPTORS]; /* owned: those that have come */
};

#define cleanup_channel __attribute__((cleanup(channel_close)))

/* Begins to receive; negative TIMEOUT_MS: no bound. */
struct channel channel_open(int socket, int timeout_ms, size_t wanted);

/* Closes the descriptors that nobody took. */
void channel_close(struct channel *channel);

/*
 * Receives at most LENGTH bytes, of which there must be one. Returns how many, 0 at the end, or -1
 * with errno: ETIMEDOUT when the time was over, EPROTO when descriptors came that were not wanted
 * or could not be taken (they are closed).
 */
ssize_t channel_receive(struct channel *channel, void *out, size_t length) __attribute__((nonnull));

/*
 * Sends all bytes of the COUNT PARTS, which it changes, and with the first of them FD_COUNT
 * descriptors (borrowed; CHANNEL_DESCRIPTORS at most). Returns 0, or -1 with errno: ETIMEDOUT when
 * TIMEOUT_MS were over.
 */
int channel_send(int socket, struct iovec *parts, size_t count, const int *fds, size_t fd_count,
	int timeout_ms) __attribute__((nonnull(2)));
