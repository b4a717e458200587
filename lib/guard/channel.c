#include "guard/channel.h"

#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum {
	/* Room to take over, and close, what should not have come. */
	DESCRIPTORS_SEEN = CHANNEL_DESCRIPTORS + 16,
};

/* Aligned room for control data. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(DESCRIPTORS_SEEN * sizeof(int))];
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until SOCKET has one of EVENTS. Returns 0, or -1 with errno. */
static int
wait_for(int socket, short events, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = socket, .events = events };
	int64_t left;
	int ready;

	for (;;) {
		left = deadline_ms - now_ms();
		ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
		if (ready > 0)
			return 0;
		if (ready == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (errno != EINTR)
			return -1;
	}
}

struct channel
channel_open(int socket, int timeout_ms, size_t wanted)
{
	return (struct channel){
		.socket = socket,
		.timed = timeout_ms >= 0,
		.deadline_ms = timeout_ms >= 0 ? now_ms() + timeout_ms : 0,
		.wanted = wanted,
	};
}

void
channel_close(struct channel *channel)
{
	while (channel->count)
		close(channel->fds[--channel->count]);
}

/* Keeps the descriptors that are wanted; closes all others. Returns true if there were no others.
 */
static bool
take_descriptors(struct channel *channel, struct cmsghdr *item)
{
	size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool right = true;
	int fd;

	for (size_t i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(item) + i * sizeof(fd), sizeof(fd));
		if (channel->count < channel->wanted) {
			channel->fds[channel->count++] = fd;
		} else {
			close(fd);
			right = false;
		}
	}
	return right;
}

/* Looks at all that travelled with the bytes. Returns 0, or -1 with errno EPROTO. */
static int
take_control(struct channel *channel, struct msghdr *message)
{
	/* Cut means: more than we make room for, or no free descriptor left in this process. */
	bool right = !(message->msg_flags & MSG_CTRUNC);
	struct cmsghdr *item;

	for (item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
		if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS ||
			!take_descriptors(channel, item))
			right = false;
	}
	if (right)
		return 0;
	channel_close(channel);
	errno = EPROTO;
	return -1;
}

ssize_t
channel_receive(struct channel *channel, void *out, size_t length)
{
	union control control;
	struct iovec part = { .iov_base = out, .iov_len = length };
	struct msghdr message;
	int flags = MSG_CMSG_CLOEXEC | (channel->timed ? MSG_DONTWAIT : 0);
	ssize_t got;

	for (;;) {
		message = (struct msghdr){
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		got = recvmsg(channel->socket, &message, flags);
		if (got >= 0)
			break;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (errno == EAGAIN && wait_for(channel->socket, POLLIN, channel->deadline_ms))
			return -1;
	}
	if (take_control(channel, &message))
		return -1;
	/* Who sends a byte at a time must not get more time than who sends none. */
	if (channel->timed && (size_t)got < length && got > 0 && now_ms() > channel->deadline_ms) {
		errno = ETIMEDOUT;
		return -1;
	}
	return got;
}

/* Sends what fits, and waits for room first where nothing does. Returns the number of bytes, or -1
 * with errno. */
static ssize_t
send_some(int socket, const struct msghdr *message, int64_t deadline_ms)
{
	ssize_t sent;

	for (;;) {
		sent = sendmsg(socket, message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0)
			return sent;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (errno == EAGAIN && wait_for(socket, POLLOUT, deadline_ms))
			return -1;
	}
}

/* Drops the first SENT bytes from the parts; returns how many bytes are left. */
static size_t
advance(struct iovec *parts, size_t count, size_t sent)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		size_t step = sent < parts[i].iov_len ? sent : parts[i].iov_len;

		if (step)
			parts[i].iov_base = (char *)parts[i].iov_base + step;
		parts[i].iov_len -= step;
		sent -= step;
		left += parts[i].iov_len;
	}
	return left;
}

/* Makes the descriptors travel with the first byte of MESSAGE. */
static void
attach(struct msghdr *message, union control *control, const int *fds, size_t count)
{
	memset(control, 0, sizeof(*control));
	control->header.cmsg_level = SOL_SOCKET;
	control->header.cmsg_type = SCM_RIGHTS;
	control->header.cmsg_len = CMSG_LEN(count * sizeof(*fds));
	memcpy(CMSG_DATA(&control->header), fds, count * sizeof(*fds));
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(count * sizeof(*fds));
}

int
channel_send(int socket, struct iovec *parts, size_t count, const int *fds, size_t fd_count,
	int timeout_ms)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
	int64_t deadline_ms = now_ms() + timeout_ms;
	union control control;
	ssize_t sent;
	size_t left;

	if (fd_count)
		attach(&message, &control, fds, fd_count);
	do {
		sent = send_some(socket, &message, deadline_ms);
		if (sent < 0)
			return -1;
		/* The descriptors went with the first byte. */
		message.msg_control = NULL;
		message.msg_controllen = 0;
		left = advance(parts, count, (size_t)sent);
		if (left && now_ms() > deadline_ms) {
			errno = ETIMEDOUT;
			return -1;
		}
	} while (left);
	return 0;
}
