#include "guard/wire.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
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
put_sample(struct wire_message *message)
{
	message->type = 7;
	wire_put_u32(message, 0xdeadbeef);
	wire_put_u64(message, 0x0123456789abcdef);
	wire_put_text(message, "name");
	wire_put_text(message, NULL);
	wire_put_text(message, "");
	wire_put_bytes(message, "\0\1\2", 3);
	wire_put_u64(message, 5);
	wire_put_text(message, "copied");
}

/* Reads what put_sample() put; true if every value is the one that was put. */
static bool
get_sample(struct wire_message *message)
{
	char copied[7] = "", bytes[3] = { 9, 9, 9 };
	bool same = wire_get_u32(message) == 0xdeadbeef;

	same &= wire_get_u64(message) == 0x0123456789abcdef;
	cleanup_free char *name = wire_get_text(message, 4);
	cleanup_free char *none = wire_get_text(message, 4);
	cleanup_free char *empty = wire_get_text(message, 4);
	wire_get_bytes(message, bytes, sizeof(bytes));
	same &= wire_get_count(message, 5) == 5;
	wire_copy_text(message, copied, sizeof(copied));
	return same && name && strcmp(name, "name") == 0 && !none && empty && !*empty &&
	       memcmp(bytes, "\0\1\2", 3) == 0 && strcmp(copied, "copied") == 0 &&
	       wire_is_whole(message);
}

static void
test_values(void)
{
	cleanup_message struct wire_message whole = { 0 };
	cleanup_message struct wire_message empty = { 0 };
	size_t failed = 0;
	char byte = 7;

	put_sample(&whole);
	check(get_sample(&whole), "values: come back as put", "differ");
	for (size_t cut = 0; cut < whole.length; cut++) {
		struct wire_message part = { .bytes = malloc(cut ? cut : 1), .length = cut };

		memcpy(part.bytes, whole.bytes, cut);
		failed += !get_sample(&part) && part.failed;
		wire_release(&part);
	}
	check(failed == whole.length, "values: cut anywhere", "%zu of %zu fail", failed,
		whole.length);
	whole.at = 0;
	wire_put_u32(&whole, 1);
	check(!get_sample(&whole) && !whole.failed, "values: one more is not whole", "whole");
	check(wire_is_whole(&empty), "values: nothing is whole", "not");
	wire_get_bytes(&empty, &byte, 0);
	check(wire_is_whole(&empty) && byte == 7, "values: no byte of nothing", "failed");
	wire_get_bytes(&empty, &byte, 1);
	check(empty.failed && byte == 0, "values: a byte of nothing", "%d", byte);
}

static void
test_texts(void)
{
	static const struct {
		const char *name, *bytes; /* of a text, as a liar would put them */
		uint32_t said;
		size_t length, limit;
		bool fits;
	} table[] = {
		{ "text: fits exactly", "abc", 3, 3, 3, true },
		{ "text: above the limit", "abcd", 4, 4, 3, false },
		{ "text: NUL inside", "a\0c", 3, 3, 3, false },
		{ "text: longer than the message", "abc", 4, 3, 8, false },
		{ "text: length near 2^32", "abc", UINT32_MAX - 1, 3, SIZE_MAX, false },
		{ "text: no limit left", "a", 1, 1, 0, false },
		{ "text: empty with no limit", "", 0, 0, 0, true },
	};
	char out[8];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { 0 };

		wire_put_u32(&message, table[i].said);
		wire_put_bytes(&message, table[i].bytes, table[i].length);
		cleanup_free char *text = wire_get_text(&message, table[i].limit);
		check((text != NULL) == table[i].fits && message.failed == !table[i].fits,
			table[i].name, "wanted %d, got %s", table[i].fits, text ? text : "(null)");
		message.at = 0;
		message.failed = false;
		if (table[i].limit >= sizeof(out))
			continue;
		memset(out, 'x', sizeof(out));
		wire_copy_text(&message, out, table[i].limit + 1);
		check(message.failed == !table[i].fits && strlen(out) <= table[i].limit,
			table[i].name, "copied as %d", !message.failed);
	}
	cleanup_message struct wire_message none = { 0 };

	wire_put_text(&none, NULL);
	wire_copy_text(&none, out, sizeof(out));
	check(none.failed && !*out, "text: NULL cannot be copied", "copied");
}

static void
test_counts(void)
{
	static const struct {
		uint64_t value;
		size_t limit, wanted;
		bool fits;
	} table[] = { { 0, 0, 0, true }, { 3, 3, 3, true }, { 4, 3, 0, false },
		{ UINT64_MAX, 3, 0, false }, { 1ull << 32, 3, 0, false } };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { 0 };

		wire_put_u64(&message, table[i].value);
		check(wire_get_count(&message, table[i].limit) == table[i].wanted &&
				message.failed == !table[i].fits,
			"count", "row %zu", i);
	}
}

static void
test_writer_limit(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_free char *large = calloc(1, LIMIT_WIRE_BYTES);
	struct error err = { 0 };

	if (!large)
		abort();
	open_pair();
	wire_put_bytes(&message, large, LIMIT_WIRE_BYTES);
	check(!message.failed, "writer: exactly the limit", "failed");
	wire_put_bytes(&message, large, 1);
	check(message.failed && message.length == LIMIT_WIRE_BYTES, "writer: one more", "kept");
	wire_put_u32(&message, 1);
	check_result(wire_send(ours, &message, -1, &err), REASON_INTERNAL, &err,
		"send: a failed message");
	close_pair();
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
	put_sample(&sent);
	result = wire_send(theirs, &sent, theirs, &err);
	check_result(result, REASON_NONE, &err, "send: with a descriptor");
	result = wire_send(theirs, &bare, -1, &err);
	check_result(result, REASON_NONE, &err, "send: no bytes at all");
	close_theirs();
	before = count_descriptors();
	result = wire_receive(ours, 1000, &got, &fd, &err);
	check(result == 1 && got.type == 7 && get_sample(&got), "receive: values", "%s", err.text);
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
	put_sample(&message);
	close_theirs();
	result = wire_send(ours, &message, -1, &err);
	check(result == -1 && err.reason == REASON_INTERNAL && err.os_errno == EPIPE,
		"send: nobody there", "%d: %s", result, err.text);
	close_pair();
}

int
main(void)
{
	test_values();
	test_texts();
	test_counts();
	test_writer_limit();
	test_round_trip();
	test_lies();
	test_late_descriptor();
	test_time();
	test_large();
	test_gone();
	return check_end();
}
