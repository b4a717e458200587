#include "hash/kernel.h"

#include "base/mem.h"
#include "border/digest.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	LENGTH_MAX = 4096,
	OFFSETS = 64, /* where messages start: every alignment */
	BYTES = LENGTH_MAX + OFFSETS,
	POOL = KERNEL_LANES_MAX + 4, /* more than a kernel takes, so that lanes wait */
	MIXED_MESSAGES = 6000,
};

/* What a build for this architecture has; which of them this CPU can run is another matter. */
static const struct {
	const char *name;
	const char *flag; /* in /proc/cpuinfo */
} known[] = {
#if defined(__x86_64__)
	{ "shani x1", " sha_ni " },
	{ "shani x2", " sha_ni " },
	{ "shani x3", " sha_ni " },
	{ "shani x4", " sha_ni " },
	{ "avx512 x16", " avx512bw " },
#elif defined(__aarch64__)
	{ "armv8 x1", NULL },
	{ "armv8 x2", NULL },
	{ "armv8 x4", NULL },
#endif
	{ NULL, NULL },
};

static uint8_t bytes[BYTES];
static struct digest wanted[LENGTH_MAX + 1]; /* of each length, from the offset of that length */
static uint32_t noise = 1;

static uint32_t
random_below(uint32_t limit)
{
	noise = noise * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)noise * limit >> 32);
}

static size_t
offset_of(size_t length)
{
	return length * 7 % OFFSETS;
}

static void
prepare(void)
{
	struct error err = { 0 };
	int result = 0;

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)random_below(256);
	for (size_t length = 0; length <= LENGTH_MAX && !result; length++)
		result = digest_compute(
			DIGEST_SHA256, bytes + offset_of(length), length, &wanted[length], &err);
	check_result(result, REASON_NONE, &err, "reference");
}

static const struct kernel *
find_kernel(const struct kernel_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->kernels[i]->name, name) == 0)
			return set->kernels[i];
	return NULL;
}

static bool
has_flag(const char *flag)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = ' ';
		found = strncmp(line, "flags", 5) == 0 && strstr(line, flag);
	}
	if (file)
		fclose(file);
	return found;
}

/* Every kernel whose instructions Linux reports is there, and no other. */
static void
test_find(const struct kernel_set *set)
{
	bool fips = kernel_is_fips(KERNEL_FIPS_PATH);
	char name[64];

	for (size_t i = 0; known[i].name; i++) {
		bool found = find_kernel(set, known[i].name);
		bool expected = !fips && (!known[i].flag || has_flag(known[i].flag));

		snprintf(name, sizeof(name), "cpu %s", known[i].name);
		if (!found && !expected)
			check_skip(name, "not on this machine");
		else
			check(found == expected, name, "%s", found ? "found" : "not found");
	}
	check(set->count < ARRAY_SIZE(known), "find: known ones alone", "%zu", set->count);
}

/* A message on its way through lanes. */
struct message {
	struct kernel_lane lane;
	size_t length;
};

static void
start(struct message *message, size_t length)
{
	message->length = length;
	kernel_start(&message->lane, bytes + offset_of(length));
}

static size_t
blocks_left(const struct message *message)
{
	return (message->length - message->lane.bytes) / KERNEL_BLOCK_BYTES;
}

static bool
finish(const struct kernel *kernel, struct message *message)
{
	struct digest got;

	kernel_finish(kernel, &message->lane, message->length - message->lane.bytes, &got);
	return digest_equal(&got, &wanted[message->length]);
}

/* All lanes start together with different lengths; the shorter ones leave early. */
static size_t
count_wrong(const struct kernel *kernel, size_t shortest)
{
	struct message messages[KERNEL_LANES_MAX];
	struct kernel_lane *live[KERNEL_LANES_MAX];
	size_t wrong = 0, count, blocks;

	for (size_t i = 0; i < kernel->lanes; i++)
		start(&messages[i], (shortest + i * 257) % (LENGTH_MAX + 1));
	do {
		count = 0;
		blocks = LENGTH_MAX;
		for (size_t i = 0; i < kernel->lanes; i++) {
			size_t left = blocks_left(&messages[i]);

			if (left)
				live[count++] = &messages[i].lane;
			if (left && left < blocks)
				blocks = left;
		}
		if (count)
			kernel_advance(kernel, live, count, blocks);
	} while (count);
	for (size_t i = 0; i < kernel->lanes; i++)
		wrong += !finish(kernel, &messages[i]);
	return wrong;
}

static void
test_lengths(const struct kernel *kernel)
{
	size_t wrong = 0;

	for (size_t length = 0; length <= LENGTH_MAX; length++)
		wrong += count_wrong(kernel, length);
	check(wrong == 0, kernel->name, "%zu wrong digests", wrong);
}

/* One step of a random kernel with random lanes of the pool, as far as the shortest goes or less.
 * The other lanes wait as they are. */
static void
mixed_step(const struct kernel *kernel, struct message pool[])
{
	struct kernel_lane *live[KERNEL_LANES_MAX];
	size_t most = 1 + random_below((uint32_t)kernel->lanes), first = random_below(POOL);
	size_t count = 0, blocks = LENGTH_MAX;

	for (size_t i = 0; i < POOL && count < most; i++) {
		struct message *message = &pool[(first + i) % POOL];
		size_t left = blocks_left(message);

		if (!left)
			continue;
		live[count++] = &message->lane;
		if (left < blocks)
			blocks = left;
	}
	if (count)
		kernel_advance(kernel, live, count, random_below((uint32_t)blocks + 1));
}

/* Lanes of unequal lengths that change kernels midway; whoever is done is replaced by another. */
static void
test_mixed(const struct kernel_set *set)
{
	struct message pool[POOL];
	size_t finished = 0, wrong = 0;

	for (size_t i = 0; i < POOL; i++)
		start(&pool[i], random_below(LENGTH_MAX + 1));
	while (finished < MIXED_MESSAGES) {
		size_t i = random_below(POOL);

		mixed_step(set->kernels[random_below((uint32_t)set->count)], pool);
		if (blocks_left(&pool[i]) > 2 && random_below(20))
			continue;
		/* Also with whole blocks left, which finishing then hashes. */
		wrong += !finish(set->kernels[random_below((uint32_t)set->count)], &pool[i]);
		start(&pool[i], random_below(LENGTH_MAX + 1));
		finished++;
	}
	check(wrong == 0, "mixed kernels and lanes", "%zu of %zu wrong", wrong, finished);
}

/* Lanes behind the live ones keep all they have; live ones keep their place, too. */
static void
test_idle(const struct kernel *kernel)
{
	struct kernel_lane lanes[KERNEL_LANES_MAX], before[KERNEL_LANES_MAX];
	struct kernel_lane *pointers[KERNEL_LANES_MAX];
	char name[64];
	bool kept = true, moved = true;

	for (size_t live = 1; live <= kernel->lanes; live++) {
		for (size_t i = 0; i < kernel->lanes; i++) {
			kernel_start(&lanes[i], bytes + i);
			pointers[i] = &lanes[i];
		}
		memcpy(before, lanes, sizeof(before));
		kernel_advance(kernel, pointers, live, 3);
		for (size_t i = 0; i < live; i++)
			moved &= lanes[i].bytes == 192 && lanes[i].next == bytes + i + 192;
		for (size_t i = live; i < kernel->lanes; i++)
			kept &= memcmp(&lanes[i], &before[i], sizeof(lanes[i])) == 0;
		memcpy(before, lanes, sizeof(before));
		kernel_advance(kernel, pointers, live, 0);
		kept &= memcmp(lanes, before, kernel->lanes * sizeof(lanes[0])) == 0;
	}
	snprintf(name, sizeof(name), "idle: %s", kernel->name);
	check(kept && moved, name, "kept %d, moved %d", kept, moved);
}

/* Input that fills a page between two that cannot be read: no byte beside it is touched. */
static void
test_bounds(const struct kernel *kernel)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages =
		mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kernel_lane lanes[KERNEL_LANES_MAX];
	struct kernel_lane *pointers[KERNEL_LANES_MAX];
	struct error err = { 0 };
	struct digest right, got = { 0 };
	bool equal = true;
	char name[64];

	snprintf(name, sizeof(name), "bounds: %s", kernel->name);
	if (pages == MAP_FAILED || mprotect(pages, page, PROT_NONE) ||
		mprotect(pages + 2 * page, page, PROT_NONE)) {
		check(false, name, "no pages");
		return;
	}
	memcpy(pages + page, bytes, page < BYTES ? page : BYTES);
	digest_compute(DIGEST_SHA256, pages + page, page, &right, &err);
	for (size_t i = 0; i < kernel->lanes; i++) {
		kernel_start(&lanes[i], pages + page);
		pointers[i] = &lanes[i];
	}
	kernel_advance(kernel, pointers, kernel->lanes, page / KERNEL_BLOCK_BYTES);
	for (size_t i = 0; i < kernel->lanes; i++) {
		kernel_finish(kernel, &lanes[i], 0, &got);
		equal &= digest_equal(&got, &right);
	}
	check(equal, name, "wrong digest");
	munmap(pages, 3 * page);
}

/* Kernels that are wrong each in its own way, on top of one that is right. */
static const struct kernel *right_kernel;

static void
advance_wrong_last_lane(struct kernel_lane *const lanes[], size_t blocks)
{
	right_kernel->advance(lanes, blocks);
	lanes[right_kernel->lanes - 1]->state[7] ^= 1;
}

static void
advance_wrong_when_long(struct kernel_lane *const lanes[], size_t blocks)
{
	right_kernel->advance(lanes, blocks);
	if (blocks > 40)
		lanes[0]->state[0] ^= 0x80000000;
}

static void
advance_one_short(struct kernel_lane *const lanes[], size_t blocks)
{
	right_kernel->advance(lanes, blocks > 1 ? blocks - 1 : blocks);
}

static void
advance_nothing(struct kernel_lane *const lanes[], size_t blocks)
{
	(void)lanes;
	(void)blocks;
}

static void
test_check_drops(const struct kernel_set *set, const struct kernel *right)
{
	struct kernel wrong[] = {
		{ "wrong in its last lane", right->lanes, 1, advance_wrong_last_lane },
		{ "wrong when long", right->lanes, 1, advance_wrong_when_long },
		{ "one block short", right->lanes, 1, advance_one_short },
		{ "does nothing", right->lanes, 1, advance_nothing },
	};

	right_kernel = right;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct kernel_set mixed = { { &wrong[i] }, 1 };
		struct error err = { 0 };

		for (size_t k = 0; k < set->count; k++)
			mixed.kernels[mixed.count++] = set->kernels[k];
		check_result(kernel_check(&mixed, &err), REASON_INTERNAL, &err, wrong[i].name);
		check(strstr(err.text, wrong[i].name), "check: names it", "%s", err.text);
		check(memcmp(&mixed, set, sizeof(mixed)) == 0, "check: the others stay",
			"%zu of %zu", mixed.count, set->count);
	}
}

static void
test_check(const struct kernel_set *set)
{
	const struct kernel useless = { "useless", 1, 1, advance_nothing };
	struct kernel_set checked = *set, alone = { { &useless }, 1 }, none = { 0 };
	struct error err = { 0 };

	check_result(kernel_check(&checked, &err), REASON_NONE, &err, "check: all are right");
	check(memcmp(&checked, set, sizeof(checked)) == 0, "check: all stay", "%zu of %zu",
		checked.count, set->count);
	check_result(kernel_check(&none, &err), REASON_NONE, &err, "check: no kernel");
	check(kernel_check(&alone, &err) && alone.count == 0, "check: the last one goes", "%zu",
		alone.count);
}

/* The file as Linux writes it, and as it must not be. */
static void
test_fips(void)
{
	static const struct {
		const char *text;
		bool wanted;
	} cases[] = { { "0\n", false }, { "1\n", true }, { "", true }, { "x", true } };
	char path[] = "/tmp/nimgate-test-XXXXXX";
	int fd = mkstemp(path);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t length = strlen(cases[i].text);
		bool written = ftruncate(fd, 0) == 0 &&
			       pwrite(fd, cases[i].text, length, 0) == (ssize_t)length;

		check(written && kernel_is_fips(path) == cases[i].wanted, "fips", "\"%s\"",
			cases[i].text);
	}
	close(fd);
	unlink(path);
	check(!kernel_is_fips(path), "fips: a kernel without it", "taken for on");
	check(kernel_is_fips("/"), "fips: unreadable", "taken for off");
	check(kernel_is_fips("/dev/null/x"), "fips: cannot be opened", "taken for off");
}

int
main(void)
{
	struct kernel_set set;

	prepare();
	kernel_find(&set);
	test_find(&set);
	test_fips();
	test_check(&set);
	for (size_t i = 0; i < set.count; i++) {
		test_lengths(set.kernels[i]);
		test_idle(set.kernels[i]);
		test_bounds(set.kernels[i]);
		test_check_drops(&set, set.kernels[i]);
	}
	if (set.count)
		test_mixed(&set);
	return check_end();
}
