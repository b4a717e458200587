#include "hash/engine.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	CHUNK = 256 << 10,
	LARGEST = 3 * CHUNK,
	STREAMS_MAX = 2048,
};

static uint8_t pattern[LARGEST]; /* of which every file of these tests holds a beginning */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stream_result results[STREAMS_MAX];
static size_t counts[STREAMS_MAX]; /* how often each was reported */
static _Atomic uint64_t progress;

static void
take_results(void *context, const struct stream_result *got, size_t count)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++) {
		if (context != counts || got[i].index >= STREAMS_MAX)
			abort();
		results[got[i].index] = got[i];
		counts[got[i].index]++;
	}
	pthread_mutex_unlock(&lock);
}

static struct engine *
open_engine(size_t threads)
{
	const struct engine_options options = {
		.threads = threads,
		.done = take_results,
		.context = counts,
		.progress = &progress,
	};
	struct error err;
	struct engine *engine = engine_open(&options, &err);

	if (!engine)
		abort();
	memset(results, 0xff, sizeof(results));
	memset(counts, 0, sizeof(counts));
	progress = 0;
	return engine;
}

static int
submit(struct engine *engine, uint32_t index, const struct stream *stream, struct error *err)
{
	const struct engine_job job = { .index = index, .stream = *stream };

	return engine_submit(engine, &job, 1, err);
}

static int
open_bytes(size_t length)
{
	int fd = memfd_create("stream", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, pattern, length, 0) != (ssize_t)length)
		abort();
	return fd;
}

static size_t
count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Hashes one stream with a fresh engine. */
static struct stream_result
hash_one(const struct stream *stream)
{
	struct engine *engine = open_engine(1);
	struct error err;

	if (submit(engine, 0, stream, &err))
		abort();
	engine_close(engine);
	if (counts[0] != 1)
		abort();
	return results[0];
}

static void
test_known_answers(void)
{
	static const struct {
		const char *text, *digest; /* FIPS 180-4 examples */
		enum digest_algorithm algorithm;
	} table[] = {
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			DIGEST_SHA256 },
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			DIGEST_SHA256 },
		{ "abc",
			"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e"
			"7cc2358baeca134c825a7",
			DIGEST_SHA384 },
		{ "abc",
			"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274"
			"fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			DIGEST_SHA512 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct stream stream = { .algorithm = table[i].algorithm,
			.length = strlen(table[i].text),
			.to_end = true,
			.fd = memfd_create("known", MFD_CLOEXEC) };
		struct stream_result result;

		if (pwrite(stream.fd, table[i].text, stream.length, 0) != (ssize_t)stream.length)
			abort();
		result = hash_one(&stream);
		check(result.reason == REASON_NONE && result.os_errno == 0, "known: hashed", "%s",
			reason_word(result.reason));
		check_text(digest_format(&result.digest).text, table[i].digest, "known: digest");
	}
}

/* True if the stream of LENGTH bytes at OFFSET of a file with SIZE bytes has the right digest. */
static bool
is_right(size_t size, size_t offset, size_t length, bool to_end)
{
	const struct stream stream = { .fd = open_bytes(size),
		.algorithm = DIGEST_SHA256,
		.offset = offset,
		.length = length,
		.to_end = to_end };
	struct stream_result result = hash_one(&stream);
	struct digest wanted;
	struct error err;

	if (digest_compute(DIGEST_SHA256, pattern + offset, length, &wanted, &err))
		abort();
	return result.reason == REASON_NONE && digest_equal(&result.digest, &wanted) &&
	       progress == length;
}

static void
test_lengths(void)
{
	static const size_t lengths[] = { 0, 1, 55, 56, 63, 64, 65, 4095, 4096, 4097, CHUNK - 1,
		CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, LARGEST };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		check(is_right(lengths[i], 0, lengths[i], true), "length: whole file", "%zu bytes",
			lengths[i]);
	check(is_right(LARGEST, 0, CHUNK, false), "range: at the beginning", "wrong");
	check(is_right(LARGEST, 1, CHUNK, false), "range: odd offset", "wrong");
	check(is_right(LARGEST, CHUNK - 1, CHUNK + 2, false), "range: over a boundary", "wrong");
	check(is_right(LARGEST, LARGEST - 7, 7, true), "range: at the end", "wrong");
	check(is_right(LARGEST, LARGEST, 0, true), "range: nothing, at the end", "wrong");
	check(is_right(LARGEST, 5, 0, false), "range: nothing, inside", "wrong");
}

static void
test_failures(void)
{
	static const struct {
		const char *name;
		size_t size;
		struct stream stream;
		enum reason wanted;
	} table[] = {
		{ "failure: shorter than said", 10, { .length = 11 }, REASON_BUSY },
		{ "failure: empty", 0, { .length = 1, .to_end = true }, REASON_BUSY },
		{ "failure: shorter by a chunk", CHUNK, { .length = 2 * CHUNK }, REASON_BUSY },
		{ "failure: longer than said", 11, { .length = 10, .to_end = true }, REASON_BUSY },
		{ "failure: longer by a chunk", LARGEST, { .length = 2 * CHUNK, .to_end = true },
			REASON_BUSY },
		{ "failure: not empty", 1, { .to_end = true }, REASON_BUSY },
		{ "failure: offset behind the end", 10, { .offset = 11, .length = 1 },
			REASON_BUSY },
		{ "failure: offset behind every end", 10, { .offset = UINT64_MAX, .length = 1 },
			REASON_IO },
		{ "failure: offset and length overflow", 10,
			{ .offset = 5, .length = UINT64_MAX, .to_end = true }, REASON_BUSY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct stream stream = table[i].stream;
		struct stream_result result;

		stream.fd = open_bytes(table[i].size);
		stream.algorithm = DIGEST_SHA256;
		result = hash_one(&stream);
		check(result.reason == table[i].wanted && result.digest.algorithm == DIGEST_NONE,
			table[i].name, "wanted %s, got %s", reason_word(table[i].wanted),
			reason_word(result.reason));
	}
}

static void
test_special(void)
{
	int ends[2];
	const struct {
		const char *name;
		int fd, os_errno;
	} table[] = {
		{ "special: directory", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), EISDIR },
		{ "special: pipe", pipe(ends) ? -1 : ends[0], ESPIPE },
		{ "special: not readable", open("/", O_PATH | O_CLOEXEC), EBADF },
		{ "special: no descriptor", -1, EBADF },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct stream stream = {
			.fd = table[i].fd, .algorithm = DIGEST_SHA256, .length = 10
		};
		struct stream_result result = hash_one(&stream);

		check(result.reason == REASON_IO && result.os_errno == table[i].os_errno,
			table[i].name, "%s, errno %d", reason_word(result.reason), result.os_errno);
	}
	close(ends[1]);
}

static void
test_no_algorithm(void)
{
	struct engine *engine = open_engine(1);
	struct stream stream = { .fd = open_bytes(1), .length = 1 };
	struct error err = { 0 };

	check_result(
		submit(engine, 0, &stream, &err), REASON_INTERNAL, &err, "submit: no algorithm");
	check(fcntl(stream.fd, F_GETFD) == -1, "submit: takes the descriptor over", "open");
	stream.fd = open_bytes(1);
	stream.algorithm = 99;
	check_result(submit(engine, 0, &stream, &err), REASON_INTERNAL, &err,
		"submit: unknown algorithm");
	engine_close(engine);
	check(counts[0] == 0, "submit: nothing is reported", "%zu", counts[0]);
}

/* Many streams through few workers: each is reported once, with its own digest. */
static void
test_many(size_t threads)
{
	size_t before = count_descriptors(), right = 0, bytes = 0;
	struct engine *engine = open_engine(threads);
	struct digest wanted;
	struct error err;

	for (uint32_t i = 0; i < STREAMS_MAX; i++) {
		const struct stream stream = { .fd = open_bytes(i * 7),
			.algorithm = i % 3 ? DIGEST_SHA256 : DIGEST_SHA512,
			.length = i * 7,
			.to_end = true };

		bytes += stream.length;
		if (submit(engine, i, &stream, &err))
			abort();
	}
	engine_close(engine);
	for (uint32_t i = 0; i < STREAMS_MAX; i++) {
		if (digest_compute(
			    i % 3 ? DIGEST_SHA256 : DIGEST_SHA512, pattern, i * 7, &wanted, &err))
			abort();
		right += counts[i] == 1 && digest_equal(&results[i].digest, &wanted);
	}
	check(right == STREAMS_MAX, "many: each has its digest, once", "%zu of %d", right,
		STREAMS_MAX);
	check(progress == bytes, "many: progress", "%zu of %zu", (size_t)progress, bytes);
	check(count_descriptors() == before, "many: descriptors are closed", "%zu more",
		count_descriptors() - before);
}

/* More at once than the queue holds; and all or nothing. */
static void
test_together(void)
{
	size_t before = count_descriptors(), right = 0;
	struct engine *engine = open_engine(1);
	struct engine_job jobs[200];
	struct error err = { 0 };

	if (ARRAY_SIZE(jobs) <= engine_capacity(engine))
		abort();
	for (uint32_t i = 0; i < ARRAY_SIZE(jobs); i++)
		jobs[i] = (struct engine_job){ .index = i,
			.stream = { .fd = open_bytes(i),
				.algorithm = DIGEST_BLAKE3,
				.length = i,
				.to_end = true } };
	check_result(
		engine_submit(engine, jobs, ARRAY_SIZE(jobs), &err), REASON_NONE, &err, "together");
	engine_close(engine);
	for (uint32_t i = 0; i < ARRAY_SIZE(jobs); i++)
		right += counts[i] == 1 && results[i].reason == REASON_NONE;
	check(right == ARRAY_SIZE(jobs), "together: all", "%zu", right);
	engine = open_engine(1);
	for (uint32_t i = 0; i < 3; i++)
		jobs[i].stream.fd = open_bytes(i);
	jobs[2].stream.algorithm = DIGEST_NONE;
	check_result(engine_submit(engine, jobs, 3, &err), REASON_INTERNAL, &err,
		"together: one without an algorithm");
	engine_close(engine);
	check(counts[0] + counts[1] + counts[2] == 0, "together: none is queued", "some");
	check(count_descriptors() == before, "together: descriptors are closed", "%zu more",
		count_descriptors() - before);
}

static void
test_threads(void)
{
	cpu_set_t all, one;
	size_t cpus;

	if (sched_getaffinity(0, sizeof(all), &all))
		abort();
	cpus = (size_t)CPU_COUNT(&all);
	check(engine_threads(0) == (cpus < LIMIT_THREADS ? cpus : LIMIT_THREADS), "threads: CPUs",
		"%zu", engine_threads(0));
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	check(engine_threads(0) == 1, "threads: affinity", "%zu", engine_threads(0));
	sched_setaffinity(0, sizeof(all), &all);
	check(engine_threads(3) == 3, "threads: wanted", "%zu", engine_threads(3));
	check(engine_threads(100000) == LIMIT_THREADS, "threads: bounded", "%zu",
		engine_threads(100000));
	engine_close(NULL);
	engine_close(open_engine(7));
	check(true, "threads: an engine without work", "%s", "");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 13);
	test_known_answers();
	test_lengths();
	test_failures();
	test_special();
	test_no_algorithm();
	test_many(1);
	test_many(4);
	test_together();
	test_threads();
	return check_end();
}
