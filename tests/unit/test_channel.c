/*
 * What travels over the socket, and who lies about it: wire_send() and wire_receive() with the
 * channel below them.
 */
#include "guard/wire.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static int ours, theirs; /* the two ends of the socket of the running case */

static void
open_pair(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	ours = pair[0];
	theirs = pair[1];
}

static void
close_pair(void)
{
	close(ours);
	if (theirs >= 0)
		close(theirs);
}

static void
close_theirs(void)
{
	close(theirs);
	theirs = -1;
}

static size_t
count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Sends LENGTH bytes as they are, with COUNT descriptors (of this process's standard input). */
static void
send_raw(const void *bytes, size_t length, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[64];

	for (size_t i = 0; i < count; i++)
		fds[i] = ours;
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	if (sendmsg(theirs, &message, MSG_NOSIGNAL) != (ssize_t)length)
		abort();
}

static void
test_round_trip(void)
{
	cleanup_message struct wire_message sent = { 0 };
	cleanup_message struct wire_message got = { 0 };
	cleanup_message struct wire_message bare = { .type = 9 };
	struct error err = { 0 };
	struct stat a, b;
	int fd = -1, result;
	size_t before;

	open_pair();
	sent.type = 7;
	wire_put_u32(&sent, 0xdeadbeef);
	wire_put_text(&sent, "name");
	result = wire_send(theirs, &sent, theirs, &err);
	check_result(result, REASON_NONE, &err, "send: with a descriptor");
	result = wire_send(theirs, &bare, -1, &err);
	check_result(result, REASON_NONE, &err, "send: no bytes at all");
	close_theirs();
	before = count_descriptors();
	result = wire_receive(ours, 1000, &got, &fd, &err);
	check(result == 1 && got.type == 7 && wire_get_u32(&got) == 0xdeadbeef, "receive: values",
		"%s", err.text);
	cleanup_free char *name = wire_get_text(&got, 4);
	check(name && strcmp(name, "name") == 0 && wire_is_whole(&got), "receive: all", "not");
	check(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fstat(fd, &a) == 0 &&
			S_ISSOCK(a.st_mode) && fstat(ours, &b) == 0 && a.st_ino != b.st_ino,
		"receive: descriptor", "%d", fd);
	close(fd);
	wire_release(&got);
	fd = 99;
	result = wire_receive(ours, -1, &got, &fd, &err);
	check(result == 1 && got.type == 9 && got.length == 0 && fd == -1,
		"receive: no bytes, no descriptor", "%d", fd);
	result = wire_receive(ours, -1, &got, &fd, &err);
	check(result == 0, "receive: the end", "%d", result);
	check(before == count_descriptors(), "receive: descriptors do not leak", "they do");
	close_pair();
}

/* A message that the peer sends as raw bytes, and what must become of it. */
static void
test_lies(void)
{
	struct raw {
		uint32_t type, length;
		char body[8];
	};
	static const struct raw fits = { 1, 8, "1234567" }, longer = { 1, 9, "1234567" },
				huge = { 1, UINT32_MAX, "1234567" },
				above = { 1, LIMIT_WIRE_BYTES + 1, "1234567" },
				all = { 1, LIMIT_WIRE_BYTES, "1234567" };
	static const struct {
		const char *name;
		const struct raw *raw;
		size_t length, descriptors;
		bool wants_fd;
		int wanted, os_errno;
	} table[] = {
		{ "lies: none", &fits, 16, 0, false, 1, 0 },
		{ "lies: none, one descriptor", &fits, 16, 1, true, 1, 0 },
		{ "lies: cut in the header", &fits, 3, 0, false, -1, 0 },
		{ "lies: cut behind the header", &fits, 8, 0, false, -1, 0 },
		{ "lies: cut in the body", &fits, 15, 0, false, -1, 0 },
		{ "lies: one byte more was said", &longer, 16, 0, false, -1, 0 },
		{ "lies: 4 GiB", &huge, 16, 0, false, -1, 0 },
		{ "lies: one above the limit", &above, 16, 0, false, -1, 0 },
		{ "lies: the limit, and no bytes", &all, 16, 0, false, -1, 0 },
		{ "lies: a descriptor that was not asked for", &fits, 16, 1, false, -1, EPROTO },
		{ "lies: two descriptors", &fits, 16, 2, true, -1, EPROTO },
		{ "lies: many descriptors", &fits, 16, 60, true, -1, EPROTO },
		{ "lies: a descriptor, and a cut", &fits, 9, 1, true, -1, 0 },
		{ "lies: two descriptors, and a cut", &fits, 9, 2, true, -1, EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { 0 };
		struct error err = { 0 };
		size_t before;
		int fd = -1, result;

		open_pair();
		send_raw(table[i].raw, table[i].length, table[i].descriptors);
		close_theirs();
		before = count_descriptors();
		result = wire_receive(ours, 5000, &message, table[i].wants_fd ? &fd : NULL, &err);
		check(result == table[i].wanted && err.os_errno == table[i].os_errno &&
				(result >= 0 || err.reason == REASON_INTERNAL),
			table[i].name, "got %d, errno %d: %s", result, err.os_errno, err.text);
		if (fd >= 0)
			close(fd);
		check(before == count_descriptors(), table[i].name, "descriptors leak");
		check(result == 1 || !message.bytes, table[i].name, "written in failure");
		close_pair();
	}
}

static void
test_late_descriptor(void)
{
	cleanup_message struct wire_message message = { 0 };
	static const uint32_t header[2] = { 1, 8 };
	struct error err = { 0 };
	size_t before;
	int fd = -1, result;

	open_pair();
	send_raw(header, sizeof(header), 1);
	send_raw("12345678", 8, 1);
	before = count_descriptors();
	result = wire_receive(ours, 1000, &message, &fd, &err);
	check_result(result, REASON_INTERNAL, &err, "lies: a second descriptor with the body");
	check(fd == -1 && before == count_descriptors(), "lies: second descriptor leaks",
		"it does");
	close_pair();
}

/* No number is free for the descriptor that comes: it is lost, and that is not "none came". */
static void
test_full_table(void)
{
	cleanup_message struct wire_message message = { 0 };
	static const uint32_t header[2] = { 1, 0 };
	struct error err = { 0 };
	struct rlimit before, full;
	int fd = -1, result;

	open_pair();
	send_raw(header, sizeof(header), 1);
	if (getrlimit(RLIMIT_NOFILE, &before))
		abort();
	full = before;
	full.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &full);
	result = wire_receive(ours, 1000, &message, &fd, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	check(result == -1 && err.os_errno == EPROTO && fd == -1, "lies: a lost descriptor",
		"%d: %s", result, err.text);
	close_pair();
}

/* A process that does ACT on its end of the socket. */
static pid_t
fork_peer(void (*act)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0) {
		close(ours);
		act();
		_exit(0);
	}
	close_theirs();
	return pid;
}

static void
drip(void)
{
	static const uint32_t header[2] = { 1, 1000 };

	send_raw(header, sizeof(header), 0);
	for (int i = 0; i < 400; i++) {
		usleep(10000);
		if (send(theirs, "x", 1, MSG_NOSIGNAL) != 1)
			return;
	}
}

static void
send_nothing(void)
{
	pause();
}

static void
send_large(void)
{
	struct wire_message message = { .type = 3 };
	struct error err;

	for (uint32_t i = 0; i < LIMIT_WIRE_BYTES / 4; i++)
		wire_put_u32(&message, i);
	_exit(wire_send(theirs, &message, -1, &err) ? 1 : 0);
}

static void
test_time(void)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} table[] = { { "time: a byte at a time", drip }, { "time: silence", send_nothing } };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct wire_message message = { 0 };
		struct error err = { 0 };
		double start = seconds();
		pid_t pid;
		int result;

		open_pair();
		pid = fork_peer(table[i].act);
		result = wire_receive(ours, 200, &message, NULL, &err);
		check(result == -1 && err.os_errno == ETIMEDOUT && seconds() - start < 2,
			table[i].name, "%d after %.3f s: %s", result, seconds() - start, err.text);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close_pair();
	}
}

static void
test_large(void)
{
	cleanup_message struct wire_message message = { 0 };
	struct error err = { 0 };
	int result, status;
	uint32_t i = 0;
	pid_t pid;

	open_pair();
	pid = fork_peer(send_large);
	result = wire_receive(ours, 60000, &message, NULL, &err);
	while (result == 1 && message.at < message.length && wire_get_u32(&message) == i)
		i++;
	check(result == 1 && i == LIMIT_WIRE_BYTES / 4 && wire_is_whole(&message),
		"large: the limit, through a small socket", "%u right: %s", i, err.text);
	waitpid(pid, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "large: sent", "%x", status);
	close_pair();
}

static void
test_gone(void)
{
	cleanup_message struct wire_message message = { 0 };
	struct error err = { 0 };
	int result;

	open_pair();
	wire_put_u32(&message, 1);
	close_theirs();
	result = wire_send(ours, &message, -1, &err);
	check(result == -1 && err.reason == REASON_INTERNAL && err.os_errno == EPIPE,
		"send: nobody there", "%d: %s", result, err.text);
	close_pair();
}

int
main(void)
{
	test_round_trip();
	test_lies();
	test_late_descriptor();
	test_full_table();
	test_time();
	test_large();
	test_gone();
	return check_end();
}
