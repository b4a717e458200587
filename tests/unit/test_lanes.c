/* Streams through the lanes of one worker, by each kernel of this CPU alone and by all together:
 * every digest is OpenSSL's. */
#include "hash/lanes.h"

#include "base/mem.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	CHUNK = 60 << 10,      /* of a lane among many */
	CHUNK_FEW = 128 << 10, /* of a lane among few */
	LONGEST = 2 * CHUNK_FEW + 200,
};

static uint8_t pattern[LONGEST];
static struct digest wanted[LONGEST + 1]; /* of the pattern's beginnings, once asked for */

static const struct digest *
want(size_t length)
{
	struct error err;

	if (wanted[length].algorithm == DIGEST_NONE &&
		digest_compute(DIGEST_SHA256, pattern, length, &wanted[length], &err))
		abort();
	return &wanted[length];
}

static struct lanes_work
make_work(uint32_t index, size_t length, size_t holds)
{
	struct lanes_work work = { .index = index };
	struct stream stream = { .fd = memfd_create("stream", MFD_CLOEXEC),
		.algorithm = DIGEST_SHA256,
		.length = length,
		.to_end = true };

	if (stream.fd < 0 || pwrite(stream.fd, pattern, holds, 0) != (ssize_t)holds)
		abort();
	reader_start(&work.reader, &stream);
	return work;
}

/* Hashes all LENGTHS, a new stream whenever a lane is free of at most WIDTH; returns how many were
 * right. */
static size_t
hash_all(struct lanes *lanes, const size_t *lengths, size_t count, size_t width)
{
	struct stream_result results[KERNEL_LANES_MAX];
	size_t next = 0, right = 0, ended;
	uint64_t bytes = 0;

	while (next < count || lanes->live) {
		while (next < count && lanes->live < width) {
			struct lanes_work work =
				make_work((uint32_t)next, lengths[next], lengths[next]);

			lanes_take(lanes, &work);
			next++;
		}
		ended = lanes_step(lanes, results, &bytes);
		for (size_t i = 0; i < ended; i++)
			right += results[i].reason == REASON_NONE &&
				 digest_equal(&results[i].digest, want(lengths[results[i].index]));
	}
	return right;
}

static void
test_lengths(const struct kernel_plan *plan, const size_t *lengths, size_t count, size_t width,
	const char *name)
{
	_Atomic uint64_t progress = 0;
	struct lanes lanes;
	size_t sum = 0, right;

	for (size_t i = 0; i < count; i++)
		sum += lengths[i];
	if (lanes_open(&lanes, plan, NULL, &progress))
		abort();
	right = hash_all(&lanes, lengths, count, width);
	check(right == count, name, "%zu of %zu with %zu lanes", right, count, width);
	check(progress == sum, name, "progress %zu of %zu", (size_t)progress, sum);
	lanes_close(&lanes);
}

/* Every length up to 4 KiB; and those around the ends of the buffers, which fall differently with
 * few and many lanes. */
static void
test_all_lengths(const struct kernel_plan *plan, const char *name)
{
	static const size_t ends[] = { CHUNK, 2 * CHUNK, CHUNK_FEW, 2 * CHUNK_FEW };
	static size_t small[4097], large[4 * 131];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(small); i++)
		small[i] = i * 1021 % ARRAY_SIZE(small); /* short ones beside long ones */
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		for (size_t j = 0; j <= 130; j++)
			large[count++] = ends[i] - 65 + j;
	test_lengths(plan, small, ARRAY_SIZE(small), KERNEL_LANES_MAX, name);
	test_lengths(plan, large, count, KERNEL_LANES_MAX, name);
	test_lengths(plan, large, count, 3, name);
}

/* Streams move back and forth between two workers' lanes, in the middle of everything. */
static void
test_given(const struct kernel_plan *plan, const char *name)
{
	struct stream_result results[KERNEL_LANES_MAX];
	struct lanes lanes[2];
	size_t ended, right = 0, given = 0;
	uint64_t bytes = 0;

	for (int i = 0; i < 2; i++)
		if (lanes_open(&lanes[i], plan, NULL, NULL))
			abort();
	for (uint32_t i = 0; i < 8; i++) {
		struct lanes_work work = make_work(i, LONGEST - i * 37, LONGEST - i * 37);

		lanes_take(&lanes[0], &work);
	}
	for (int turn = 0; lanes[0].live + lanes[1].live; turn++) {
		struct lanes *here = &lanes[turn % 2], *there = &lanes[1 - turn % 2];

		ended = lanes_step(here, results, &bytes);
		for (size_t i = 0; i < ended; i++)
			right += results[i].reason == REASON_NONE &&
				 digest_equal(
					 &results[i].digest, want(LONGEST - results[i].index * 37));
		if (lanes_longest(here) && given < 40) {
			struct lanes_work work;

			lanes_give(here, &work);
			lanes_take(there, &work);
			given++;
		}
	}
	check(right == 8 && given >= 8, name, "%zu right, %zu given", right, given);
	for (int i = 0; i < 2; i++)
		lanes_close(&lanes[i]);
}

/* What ends badly ends alone. */
static void
test_failures(const struct kernel_plan *plan)
{
	static const struct {
		const char *name;
		size_t length, holds;
		enum reason wanted;
	} rows[] = {
		{ "as long as said", 1000, 1000, REASON_NONE },
		{ "shorter", 1000, 999, REASON_BUSY },
		{ "longer", 1000, 1001, REASON_BUSY },
		{ "longer by a block", 1024, 1088, REASON_BUSY },
		{ "shorter in the second buffer", LONGEST, LONGEST - 1, REASON_BUSY },
		{ "longer in the second buffer", LONGEST - 1, LONGEST, REASON_BUSY },
		{ "longer at a buffer's end", CHUNK_FEW, CHUNK_FEW + 1, REASON_BUSY },
		{ "nothing, yet something", 0, 1, REASON_BUSY },
		{ "something, yet nothing", 1, 0, REASON_BUSY },
	};
	struct stream_result results[KERNEL_LANES_MAX], got[ARRAY_SIZE(rows)] = { 0 };
	struct lanes lanes;
	uint64_t bytes = 0;
	size_t ended;

	if (lanes_open(&lanes, plan, NULL, NULL))
		abort();
	for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lanes_work work = make_work(i, rows[i].length, rows[i].holds);

		lanes_take(&lanes, &work);
	}
	while (lanes.live) {
		ended = lanes_step(&lanes, results, &bytes);
		for (size_t i = 0; i < ended; i++)
			got[results[i].index] = results[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check(got[i].reason == rows[i].wanted, rows[i].name, "%s",
			reason_word(got[i].reason));
		check((got[i].digest.algorithm == DIGEST_NONE) == (rows[i].wanted != REASON_NONE),
			rows[i].name, "a digest of what failed");
	}
	lanes_close(&lanes);
}

static void
test_plan(const struct kernel_set *set, const char *name)
{
	struct kernel_rates rates = kernel_plan_typical(set);
	struct kernel_plan plan;

	kernel_plan_make(set, &rates, &plan);
	test_all_lengths(&plan, name);
	test_given(&plan, name);
	test_failures(&plan);
}

int
main(void)
{
	struct kernel_set set;
	struct error err;

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 13);
	kernel_find(&set);
	if (!set.count) {
		check_skip("lanes", "this CPU has none of the kernels");
		return check_end();
	}
	check_result(kernel_check(&set, &err), REASON_NONE, &err, "kernels");
	test_plan(&set, "all");
	for (size_t i = 0; i < set.count; i++) {
		const struct kernel_set one = { { set.kernels[i] }, 1 };

		test_plan(&one, set.kernels[i]->name);
	}
	return check_end();
}
