#include "hash/hasher.h"

#include "base/limits.h"
#include "base/mem.h"
#include "guard/wire.h"

#include "tests/unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

enum { STREAMS = 1000, LARGE = 1 << 30 };

static uint8_t pattern[1 << 20];

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
start(struct hasher *hasher, size_t threads)
{
	const struct hasher_options options = { .threads = threads };
	struct error err;

	if (hasher_start(hasher, &options, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
}

static int
open_bytes(size_t length)
{
	int fd = memfd_create("stream", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, pattern, length, 0) != (ssize_t)length)
		abort();
	return fd;
}

/* A file of zeros that takes a while. */
static int
open_large(void)
{
	int fd = memfd_create("large", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, LARGE))
		abort();
	return fd;
}

static size_t
length_of(uint32_t index)
{
	return (size_t)index * 349 % sizeof(pattern);
}

static int
submit(struct hasher *hasher, uint32_t index, struct error *err)
{
	cleanup_fd int fd = open_bytes(length_of(index));
	const struct stream stream = {
		.fd = fd, .algorithm = DIGEST_SHA256, .length = length_of(index), .to_end = true
	};

	/* The descriptor ends here, so it must not wait for company. */
	return hasher_submit(hasher, index, &stream, err) || hasher_flush(hasher, err) ? -1 : 0;
}

/* Takes results until none is outstanding; returns how many were right. */
static size_t
drain(struct hasher *hasher, uint64_t *bytes)
{
	struct stream_result result;
	struct digest wanted;
	struct error err;
	size_t right = 0;

	while (hasher->outstanding) {
		if (hasher_next(hasher, 30000, &result, &err) != 1) {
			printf("# %s\n", err.text);
			return right;
		}
		if (digest_compute(DIGEST_SHA256, pattern, length_of(result.index), &wanted, &err))
			abort();
		right += result.reason == REASON_NONE && digest_equal(&wanted, &result.digest);
		*bytes += length_of(result.index);
	}
	return right;
}

static void
test_digests(size_t threads)
{
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	uint64_t bytes = 0;
	struct error err;
	size_t right = 0;

	start(&hasher, threads);
	for (uint32_t i = 0; i < STREAMS; i++) {
		if (hasher.outstanding == hasher_capacity(&hasher))
			right += drain(&hasher, &bytes);
		if (submit(&hasher, i, &err))
			break;
	}
	right += drain(&hasher, &bytes);
	check(right == STREAMS, "digests: all right", "%zu of %d with %zu threads", right, STREAMS,
		threads);
	check(hasher_progress(&hasher) == bytes, "digests: progress", "%zu of %zu",
		(size_t)hasher_progress(&hasher), (size_t)bytes);
}

/* All that may be outstanding is outstanding, and nobody reads: nothing may block. */
static void
test_capacity(size_t threads)
{
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	struct error err = { 0 };
	uint64_t bytes = 0;
	size_t count;
	uint32_t i;

	start(&hasher, threads);
	count = hasher_capacity(&hasher);
	for (i = 0; i < count; i++)
		if (submit(&hasher, i, &err))
			break;
	check(i == count, "capacity: all are taken", "%u of %zu: %s", i, count, err.text);
	check_result(submit(&hasher, i, &err), REASON_INTERNAL, &err, "capacity: one more");
	usleep(50000);
	check(drain(&hasher, &bytes) == count, "capacity: all are answered", "not %zu", count);
	check(hasher_next(&hasher, 10, &(struct stream_result){ 0 }, &err) == 0,
		"capacity: no more comes", "something came");
}

/* Runs in a process of its own, which cannot raise its limit again. */
static int
try_few_descriptors(void)
{
	struct rlimit few = { 40, 40 };
	struct error err = { 0 };
	struct hasher hasher = { 0 };

	setrlimit(RLIMIT_NOFILE, &few);
	test_capacity(64);
	few = (struct rlimit){ 16, 16 };
	setrlimit(RLIMIT_NOFILE, &few);
	check_result(hasher_start(&hasher, &(struct hasher_options){ 0 }, &err), REASON_INTERNAL,
		&err, "descriptors: too low a limit");
	fflush(stdout);
	return check_end();
}

static void
test_few_descriptors(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(try_few_descriptors());
	waitpid(pid, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "descriptors: a low hard limit",
		"status %x", status);
}

static void
test_failures(void)
{
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	cleanup_fd int small = open_bytes(10);
	cleanup_fd int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct {
		const char *name;
		struct stream stream;
		enum reason wanted;
		int os_errno;
	} table[] = {
		{ "failure: shorter", { .fd = small, .algorithm = DIGEST_SHA256, .length = 11 },
			REASON_BUSY, 0 },
		{ "failure: longer",
			{ .fd = small, .algorithm = DIGEST_SHA256, .length = 9, .to_end = true },
			REASON_BUSY, 0 },
		{ "failure: directory",
			{ .fd = directory, .algorithm = DIGEST_SHA256, .length = 9 }, REASON_IO,
			EISDIR },
		{ "failure: none", { .fd = small, .algorithm = DIGEST_SHA512, .length = 10 },
			REASON_NONE, 0 },
	};
	struct stream_result result;
	struct error err = { 0 };

	start(&hasher, 1);
	for (uint32_t i = 0; i < ARRAY_SIZE(table); i++) {
		result.reason = REASON_COUNT;
		if (hasher_submit(&hasher, i + 7, &table[i].stream, &err) == 0)
			hasher_next(&hasher, 10000, &result, &err);
		check(result.reason == table[i].wanted && result.os_errno == table[i].os_errno &&
				result.index == i + 7,
			table[i].name, "%s, errno %d: %s", reason_word(result.reason),
			result.os_errno, err.text);
	}
	const struct stream none = { .fd = small, .length = 1 },
			    closed = { .fd = -1, .algorithm = DIGEST_SHA256 };

	check_result(hasher_submit(&hasher, 0, &none, &err), REASON_INTERNAL, &err,
		"submit: no algorithm");
	check_result(hasher_submit(&hasher, 0, &closed, &err), REASON_INTERNAL, &err,
		"submit: no descriptor");
}

/* A hasher with work for seconds. */
static void
start_busy(struct hasher *hasher)
{
	cleanup_fd int fd = open_large();
	const struct stream stream = { .fd = fd, .algorithm = DIGEST_SHA256, .length = LARGE };
	struct error err;

	start(hasher, 1);
	for (uint32_t i = 0; i < hasher_capacity(hasher); i++)
		if (hasher_submit(hasher, i, &stream, &err))
			abort();
	for (int i = 0; i < 10000 && hasher_progress(hasher) == 0; i++)
		usleep(1000);
}

static void
test_killed(void)
{
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	struct stream_result result;
	struct error err = { 0 };
	double began;
	int got = 1;

	start_busy(&hasher);
	kill(hasher.child.pid, SIGKILL);
	began = seconds();
	while (got == 1)
		got = hasher_next(&hasher, 10000, &result, &err);
	check_result(got, REASON_INTERNAL, &err, "killed: an error");
	check_text(err.text,
		"hasher: ended without an answer, by signal 9 (killed, by somebody or for memory "
		"of the host)",
		"killed: why");
	check(seconds() - began < 5, "killed: at once", "%.1f s", seconds() - began);
	hasher.outstanding = 0;
	check_result(submit(&hasher, 1, &err), REASON_INTERNAL, &err, "killed: no more submitted");
	check_result(hasher_next(&hasher, 10000, &result, &err), REASON_INTERNAL, &err,
		"killed: no more answers");
}

static void
test_stopped(void)
{
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	struct stream_result result;
	struct error err = { 0 };
	double began = seconds();
	pid_t pid;
	int got;

	start_busy(&hasher);
	pid = hasher.child.pid;
	kill(pid, SIGSTOP);
	got = hasher_next(&hasher, 200, &result, &err);
	check(got == 0, "stopped: the time is over", "%d", got);
	hasher_end(&hasher);
	check(seconds() - began < 5 && kill(pid, 0) == -1 && errno == ESRCH, "stopped: ended",
		"after %.1f s", seconds() - began);
	check(hasher_progress(&hasher) == 0, "stopped: no progress left", "some");
}

/* A child that was taken over says what it likes. */
static void
test_lies(void)
{
	static const struct {
		const char *name;
		uint32_t type, reason, os_errno, algorithm;
		size_t digest_bytes, outstanding;
		bool with_descriptor;
		int wanted;
	} table[] = {
		{ "lies: none", 2, REASON_NONE, 0, DIGEST_SHA256, 32, 1, false, 1 },
		{ "lies: none, a failure", 2, REASON_IO, EIO, DIGEST_NONE, 0, 1, false, 1 },
		{ "lies: success without a digest", 2, REASON_NONE, 0, DIGEST_NONE, 0, 1, false,
			-1 },
		{ "lies: success with an error", 2, REASON_NONE, EIO, DIGEST_SHA256, 32, 1, false,
			-1 },
		{ "lies: unknown algorithm", 2, REASON_NONE, 0, 99, 32, 1, false, -1 },
		{ "lies: negative algorithm", 2, REASON_NONE, 0, UINT32_MAX, 32, 1, false, -1 },
		{ "lies: digest too short", 2, REASON_NONE, 0, DIGEST_SHA256, 31, 1, false, -1 },
		{ "lies: another algorithm's size", 2, REASON_NONE, 0, DIGEST_SHA512, 32, 1, false,
			-1 },
		{ "lies: failure with a digest", 2, REASON_IO, EIO, DIGEST_SHA256, 32, 1, false,
			-1 },
		{ "lies: a reason that is not its own", 2, REASON_EXPIRED, 0, DIGEST_NONE, 0, 1,
			false, -1 },
		{ "lies: a reason out of range", 2, 1000, 0, DIGEST_NONE, 0, 1, false, -1 },
		{ "lies: negative error", 2, REASON_IO, UINT32_MAX, DIGEST_NONE, 0, 1, false, -1 },
		{ "lies: type of a request", 1, REASON_NONE, 0, DIGEST_SHA256, 32, 1, false, -1 },
		{ "lies: it cannot work", 0, REASON_NONE, 0, DIGEST_SHA256, 32, 1, false, -1 },
		{ "lies: an answer to nothing", 2, REASON_NONE, 0, DIGEST_SHA256, 32, 0, false,
			-1 },
		{ "lies: a descriptor", 2, REASON_NONE, 0, DIGEST_SHA256, 32, 1, true, -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { .type = table[i].type };
		struct stream_result result = { .index = 77 };
		struct error err = { 0 };
		int pair[2], got;

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			abort();
		struct hasher hasher = { .child = { .name = "hasher", .socket = pair[0] },
			.capacity = 4,
			.outstanding = table[i].outstanding };

		wire_put_u32(&message, 5);
		wire_put_u32(&message, table[i].reason);
		wire_put_u32(&message, table[i].os_errno);
		wire_put_u32(&message, table[i].algorithm);
		wire_put_bytes(&message, pattern, table[i].digest_bytes);
		if (wire_send(pair[1], &message, table[i].with_descriptor ? 0 : -1, &err))
			abort();
		close(pair[1]);
		got = hasher_next(&hasher, 1000, &result, &err);
		check(got == table[i].wanted && (got == 1 || err.reason == REASON_INTERNAL) &&
				result.index == (got == 1 ? 5 : 77),
			table[i].name, "%d: %s", got, err.text);
		hasher_end(&hasher);
	}
}

/* Streams that were not sent yet travel together, a full message at a time, and in order. */
static void
test_batches(void)
{
	enum { COUNT = 2 * WIRE_DESCRIPTORS + 3 };
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	cleanup_fd int small = open_bytes(10), large = open_bytes(1 << 20);
	struct stream stream = { .fd = small, .algorithm = DIGEST_SHA256, .length = 10 };
	bool seen[COUNT + 1] = { false };
	struct stream_result result;
	struct error err = { 0 };
	size_t right = 0;

	start(&hasher, 2);
	if (hasher_capacity(&hasher) <= COUNT)
		abort();
	for (uint32_t i = 0; i < COUNT; i++)
		if (hasher_submit(&hasher, i, &stream, &err))
			abort();
	check(hasher.waiting == COUNT % WIRE_DESCRIPTORS && hasher.outstanding == COUNT,
		"batches: full ones are sent", "%zu wait", hasher.waiting);
	stream.fd = large;
	stream.length = 1 << 20;
	if (hasher_submit(&hasher, COUNT, &stream, &err))
		abort();
	check(hasher.waiting == 0, "batches: much content does not wait", "%zu wait",
		hasher.waiting);
	while (hasher.outstanding && hasher_next(&hasher, 30000, &result, &err) == 1) {
		right += result.index <= COUNT && !seen[result.index] &&
			 result.reason == REASON_NONE;
		seen[result.index] = true;
	}
	check(right == COUNT + 1, "batches: each is answered once", "%zu", right);
}

/* As many threads as the content is worth, as many as are asked for, and room for all of them. */
static void
test_threads(void)
{
	static const struct {
		const char *name;
		struct hasher_options options;
		size_t wanted; /* 0: one for each CPU */
	} rows[] = {
		{ "threads: little content", { .bytes = 1 }, 1 },
		{ "threads: two of one's worth", { .threads = 2, .bytes = 1 }, 2 },
		{ "threads: much content", { .bytes = UINT64_MAX }, 0 },
		{ "threads: unknown content", { .bytes = 0 }, 0 },
		{ "threads: all", { .threads = LIMIT_THREADS }, LIMIT_THREADS },
		{ "threads: all, direct", { .threads = LIMIT_THREADS, .direct = true },
			LIMIT_THREADS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
		size_t wanted = rows[i].wanted ? rows[i].wanted : engine_threads(0), room;
		struct rlimit files;
		uint64_t bytes = 0;
		struct error err = { 0 };

		if (getrlimit(RLIMIT_NOFILE, &files))
			abort();
		room = ((size_t)files.rlim_cur - 15) / 2;
		wanted = engine_capacity_of(wanted) < room ? engine_capacity_of(wanted) : room;
		check_result(hasher_start(&hasher, &rows[i].options, &err), REASON_NONE, &err,
			rows[i].name);
		check(hasher_capacity(&hasher) == wanted, rows[i].name, "%zu instead of %zu",
			hasher_capacity(&hasher), wanted);
		check(submit(&hasher, 1, &err) == 0 && drain(&hasher, &bytes) == 1, rows[i].name,
			"does not hash: %s", err.text);
	}
}

/* Results that come together: honest ones are taken until the first lie, or the first byte too
 * many. */
static void
test_lies_together(size_t behind)
{
	cleanup_message struct wire_message message = { .type = 2 };
	struct stream_result result = { 0 };
	struct error err = { 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		abort();
	struct hasher hasher = {
		.child = { .name = "hasher", .socket = pair[0] }, .capacity = 4, .outstanding = 2
	};

	for (uint32_t i = 0; i < 2 + !behind; i++) {
		wire_put_u32(&message, i);
		wire_put_u32(&message, REASON_BUSY);
		wire_put_u32(&message, 0);
		wire_put_u32(&message, DIGEST_NONE);
	}
	wire_put_bytes(&message, pattern, behind);
	if (wire_send(pair[1], &message, -1, &err))
		abort();
	close(pair[1]);
	check(hasher_next(&hasher, 1000, &result, &err) == 1 && result.index == 0 &&
			hasher_next(&hasher, 1000, &result, &err) == 1 && result.index == 1,
		"together: what was asked for", "%s", err.text);
	check_result(hasher_next(&hasher, 1000, &result, &err), REASON_INTERNAL, &err,
		behind ? "together: bytes behind them" : "together: one more than asked for");
	hasher_end(&hasher);
}

static void
test_containment(void)
{
	static const char *const lines[] = { "\nSeccomp:\t2\n", "\nNoNewPrivs:\t1\n",
		"\nCapEff:\t0000000000000000\n" };
	__attribute__((cleanup(hasher_end))) struct hasher hasher = { 0 };
	char path[300], text[4096];
	struct dirent *entry;
	size_t threads = 0, contained = 0;
	uint64_t bytes = 0;
	struct error err;
	DIR *tasks;

	start(&hasher, 3);
	if (submit(&hasher, 1, &err) || drain(&hasher, &bytes) != 1)
		abort();
	snprintf(path, sizeof(path), "/proc/%d/task", hasher.child.pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", hasher.child.pid,
			entry->d_name);
		cleanup_fd int fd = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

		if (got <= 0)
			continue;
		text[got] = '\0';
		threads++;
		for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
			contained += strstr(text, lines[i]) != NULL;
	}
	if (tasks)
		closedir(tasks);
	check(threads == 4 && contained == 4 * ARRAY_SIZE(lines),
		"containment: every thread is contained", "%zu threads, %zu lines", threads,
		contained);
}

int
main(void)
{
	struct hasher none = { 0 };

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 13);
	hasher_end(&none);
	check(fcntl(0, F_GETFD) >= 0, "end: a zeroed hasher", "closed standard input");
	test_digests(1);
	test_digests(0);
	test_capacity(1);
	test_capacity(LIMIT_THREADS);
	test_few_descriptors();
	test_failures();
	test_killed();
	test_stopped();
	test_threads();
	test_lies();
	test_lies_together(0);
	test_lies_together(1);
	test_batches();
	test_containment();
	return check_end();
}
