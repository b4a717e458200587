/* Streams that are read past the page cache, alone and beside others, whole and in shards. */
#include "hash/direct.h"
#include "hash/lanes.h"

#include "tests/unit/gate_material.h"

enum {
	CHUNK = DIRECT_CHUNK_BYTES,
	LONGEST = 5 * CHUNK + 777,
};

static uint8_t *pattern; /* LONGEST bytes, of which every file holds a beginning */

struct setting {
	struct kernel_set set;
	struct kernel_plan plan;
	struct direct_pool pool;
};

/* A new file of SIZE bytes, open with O_DIRECT; -1 where the file system has no such reads. */
static int
make_file(uint32_t index, size_t size)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%u", index);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	material_need(fd >= 0 && write(fd, pattern, size) == (ssize_t)size, "write");
	close(fd);
	return open(name, O_RDONLY | O_DIRECT | O_CLOEXEC);
}

static struct lanes_work
make_work(uint32_t index, size_t offset, size_t length, size_t holds, bool to_end)
{
	struct lanes_work work = { .index = index };
	const struct stream stream = {
		.fd = make_file(index, holds),
		.algorithm = DIGEST_SHA256,
		.offset = offset,
		.length = length,
		.to_end = to_end,
		.direct = true,
	};

	material_need(stream.fd >= 0, "O_DIRECT");
	reader_start(&work.reader, &stream);
	return work;
}

static bool
is_digest_of(const struct digest *digest, size_t offset, size_t length)
{
	struct digest wanted;
	struct error err;

	material_need(digest_compute(DIGEST_SHA256, pattern + offset, length, &wanted, &err) == 0,
		"digest");
	return digest_equal(digest, &wanted);
}

/* What a stream is to find in its file. */
struct row {
	const char *name;
	size_t offset, length, holds;
	bool to_end;
	enum reason wanted;
};

static const struct row rows[] = {
	{ "a chunk", 0, CHUNK, CHUNK, true, REASON_NONE },
	{ "a chunk and a byte", 0, CHUNK + 1, CHUNK + 1, true, REASON_NONE },
	{ "a chunk less a byte", 0, CHUNK - 1, CHUNK - 1, true, REASON_NONE },
	{ "two chunks", 0, 2 * CHUNK, 2 * CHUNK, true, REASON_NONE },
	{ "two chunks and some", 0, 2 * CHUNK + 100, 2 * CHUNK + 100, true, REASON_NONE },
	{ "three chunks", 0, 3 * CHUNK, 3 * CHUNK, true, REASON_NONE },
	{ "many", 0, LONGEST, LONGEST, true, REASON_NONE },
	{ "little", 0, 5, 5, true, REASON_NONE },
	{ "nothing", 0, 0, 0, true, REASON_NONE },
	{ "the first shard", 0, 2 * CHUNK, LONGEST, false, REASON_NONE },
	{ "a shard in the middle", DIRECT_ALIGNMENT, CHUNK + DIRECT_ALIGNMENT, LONGEST, false,
		REASON_NONE },
	{ "a small shard", 3 * DIRECT_ALIGNMENT, DIRECT_ALIGNMENT, LONGEST, false, REASON_NONE },
	{ "the last shard", 5 * CHUNK, 777, LONGEST, true, REASON_NONE },
	{ "shorter", 0, CHUNK + 1, CHUNK, true, REASON_BUSY },
	{ "shorter by a byte", 0, 2 * CHUNK, 2 * CHUNK - 1, true, REASON_BUSY },
	{ "longer", 0, 2 * CHUNK - 1, 2 * CHUNK, true, REASON_BUSY },
	{ "longer at a chunk's end", 0, 2 * CHUNK, 2 * CHUNK + 1, true, REASON_BUSY },
	{ "longer than nothing", 0, 0, 1, true, REASON_BUSY },
	{ "a shard that is cut", CHUNK, CHUNK, 2 * CHUNK - 1, false, REASON_BUSY },
};

static void
check_row(const struct row *row, const struct stream_result *result)
{
	check(result->reason == row->wanted, row->name, "%s", reason_word(result->reason));
	check(result->reason != REASON_NONE ||
			is_digest_of(&result->digest, row->offset, row->length),
		row->name, "another digest");
}

/* WIDTH of them at a time. */
static void
test_rows(struct setting *setting, size_t width)
{
	struct stream_result results[KERNEL_LANES_MAX];
	struct lanes lanes;
	uint64_t bytes = 0;
	size_t next = 0, ended;

	material_need(lanes_open(&lanes, &setting->plan, &setting->pool, NULL) == 0, "lanes");
	while (next < ARRAY_SIZE(rows) || lanes.live) {
		for (; next < ARRAY_SIZE(rows) && lanes.live < width; next++) {
			const struct row *row = &rows[next];
			struct lanes_work work = make_work(
				(uint32_t)next, row->offset, row->length, row->holds, row->to_end);

			lanes_take(&lanes, &work);
		}
		ended = lanes_step(&lanes, results, &bytes);
		for (size_t i = 0; i < ended; i++)
			check_row(&rows[results[i].index], &results[i]);
	}
	lanes_close(&lanes);
}

/* Streams that go on in the lanes of another worker. */
static void
test_given(struct setting *setting)
{
	struct stream_result results[KERNEL_LANES_MAX];
	struct lanes lanes[2];
	uint64_t bytes = 0;
	size_t right = 0, given = 0, ended;

	for (int i = 0; i < 2; i++)
		material_need(
			lanes_open(&lanes[i], &setting->plan, &setting->pool, NULL) == 0, "lanes");
	for (uint32_t i = 0; i < 3; i++) {
		struct lanes_work work = make_work(i, 0, LONGEST - i, LONGEST - i, true);

		lanes_take(&lanes[0], &work);
	}
	for (int turn = 0; lanes[0].live + lanes[1].live; turn++) {
		struct lanes *here = &lanes[turn % 2], *there = &lanes[1 - turn % 2];

		ended = here->live ? lanes_step(here, results, &bytes) : 0;
		for (size_t i = 0; i < ended; i++)
			right += results[i].reason == REASON_NONE &&
				 is_digest_of(&results[i].digest, 0, LONGEST - results[i].index);
		if (lanes_longest(here) && there->live < LANES_DIRECT && given < 10) {
			struct lanes_work work;

			lanes_give(here, &work);
			lanes_take(there, &work);
			given++;
		}
	}
	check(right == 3 && given > 0, "given", "%zu right, %zu given", right, given);
	for (int i = 0; i < 2; i++)
		lanes_close(&lanes[i]);
}

/* A read that fails: a directory cannot be read. */
static void
test_failure(struct setting *setting)
{
	struct stream_result results[KERNEL_LANES_MAX] = { 0 };
	struct lanes_work work = { .index = 7 };
	const struct stream stream = { .fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.algorithm = DIGEST_SHA256,
		.length = LONGEST,
		.to_end = true,
		.direct = true };
	struct lanes lanes;
	uint64_t bytes = 0;

	material_need(lanes_open(&lanes, &setting->plan, &setting->pool, NULL) == 0, "lanes");
	reader_start(&work.reader, &stream);
	lanes_take(&lanes, &work);
	while (lanes.live)
		lanes_step(&lanes, results, &bytes);
	check(results[0].index == 7 && results[0].reason == REASON_IO &&
			results[0].os_errno == EISDIR,
		"failure", "%s, errno %d", reason_word(results[0].reason), results[0].os_errno);
	lanes_close(&lanes);
}

int
main(void)
{
	struct setting setting;
	struct kernel_rates rates;
	struct error err = { 0 };
	int fd;

	material_enter();
	pattern = malloc(LONGEST);
	material_need(pattern, "memory");
	for (size_t i = 0; i < LONGEST; i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 13);
	kernel_find(&setting.set);
	kernel_check(&setting.set, &err);
	fd = make_file(0, 1);
	if (fd < 0 || !setting.set.count) {
		check_skip(
			"direct", fd < 0 ? "the file system of the temporary folder has no O_DIRECT"
					 : "this CPU has none of the kernels");
		return check_end();
	}
	close(fd);
	rates = kernel_plan_typical(&setting.set);
	kernel_plan_make(&setting.set, &rates, &setting.plan);
	check_result(direct_pool_open(&setting.pool, 3, &err), REASON_NONE, &err, "pool");
	test_rows(&setting, 1);
	test_rows(&setting, LANES_DIRECT);
	test_given(&setting);
	test_failure(&setting);
	direct_pool_close(&setting.pool);
	direct_pool_close(&setting.pool);
	free(pattern);
	return check_end();
}
