/*
 * How fast the hash kernels are: each in turns with OpenSSL's one stream, and, where
 * libipsec-mb-dev is installed, the widest one in turns with that library; on messages in the L2
 * cache and from memory.
 *
 *   kernels [ROUNDS]
 *
 * The figures are medians of processor time and of the ratio within a pair: other load on the
 * machine moves times, not ratios. Exit status 1 if a digest is wrong or a ratio is below its
 * floor, which a compiler that takes a kernel's order apart would break through.
 */
#include "base/error.h"
#include "base/mem.h"
#include "border/digest.h"
#include "hash/kernel.h"
#include "median.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__) && __has_include(<intel-ipsec-mb.h>)
#include <intel-ipsec-mb.h>
#define HAVE_IPSEC_MB 1
#else
#define HAVE_IPSEC_MB 0
#endif

enum {
	MESSAGE_BYTES = 16 << 10,
	LANES = 16,
	STAGGER_BYTES = 256, /* so that lanes in step do not meet in one set of the L1 cache */
	CACHED_STEPS = 3,    /* 48 messages, 768 KiB */
	MEMORY_STEPS = 255,  /* 64 MiB */
	MESSAGES_MAX = LANES * MEMORY_STEPS,
	ROUNDS_DEFAULT = 31,
	ROUNDS_MAX = 1000,
};

/* What Zen 5 reached, and what every CPU must: not less than one lane after the other. */
static const struct {
	size_t lanes;
	double goal, floor;
} aims[] = { { 1, 1.0, 0.9 }, { 2, 1.48, 0.9 }, { 3, 1.7, 0.9 }, { 4, 1.87, 0.9 }, { 16, 3.3, 2 } };

/* Messages in the order in which they are hashed: one step of each lane after the other. */
struct work {
	const char *name;
	size_t count;
	size_t repeats; /* in one measurement, so that it takes a millisecond or more */
	const uint8_t *messages[MESSAGES_MAX];
};

static struct work cached = { .name = "L2", .repeats = 4 };
static struct work memory = { .name = "memory", .repeats = 1 };
static struct digest wanted[MESSAGES_MAX], got[MESSAGES_MAX];
static struct kernel_set set;
static struct digest_context *openssl;
static const struct kernel *measured; /* by run_kernel() */
static int rounds = ROUNDS_DEFAULT;
static bool failed;

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
prepare(struct work *work, size_t steps)
{
	size_t region = steps * MESSAGE_BYTES + STAGGER_BYTES;
	uint8_t *bytes = malloc(LANES * region);
	uint32_t noise = 1;

	if (!bytes)
		return -1;
	for (size_t i = 0; i < LANES * region; i++) {
		noise = noise * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(noise >> 24);
	}
	for (size_t step = 0; step < steps; step++)
		for (size_t lane = 0; lane < LANES; lane++)
			work->messages[work->count++] =
				bytes + lane * region + step * MESSAGE_BYTES;
	return 0;
}

/* One stream of all the messages: its start and end cost nothing then. */
static void
run_openssl(const struct work *work)
{
	struct error err;

	for (size_t i = 0; i < work->count; i++)
		failed |= digest_update(openssl, work->messages[i], MESSAGE_BYTES, &err) != 0;
}

/* All messages, from start to digest; the ends by the first kernel, which has the fewest lanes. */
static void
run_kernel(const struct work *work)
{
	struct kernel_lane lanes[KERNEL_LANES_MAX];
	struct kernel_lane *live[KERNEL_LANES_MAX];

	for (size_t i = 0; i < work->count; i += measured->lanes) {
		size_t left = work->count - i;
		size_t count = left < measured->lanes ? left : measured->lanes;

		for (size_t lane = 0; lane < count; lane++) {
			kernel_start(&lanes[lane], work->messages[i + lane]);
			live[lane] = &lanes[lane];
		}
		kernel_advance(measured, live, count, MESSAGE_BYTES / KERNEL_BLOCK_BYTES);
		for (size_t lane = 0; lane < count; lane++)
			kernel_finish(set.kernels[0], &lanes[lane], 0, &got[i + lane]);
	}
}

#if HAVE_IPSEC_MB
static IMB_MGR *ipsec_mb;

static int
start_ipsec_mb(void)
{
	ipsec_mb = alloc_mb_mgr(0);
	if (!ipsec_mb)
		return -1;
	init_mb_mgr_auto(ipsec_mb, NULL);
	return 0;
}

static void
run_ipsec_mb(const struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		IMB_JOB *job = IMB_GET_NEXT_JOB(ipsec_mb);

		memset(job, 0, sizeof(*job));
		job->cipher_direction = IMB_DIR_ENCRYPT;
		job->chain_order = IMB_ORDER_HASH_CIPHER;
		job->cipher_mode = IMB_CIPHER_NULL;
		job->hash_alg = IMB_AUTH_SHA_256;
		job->src = work->messages[i];
		job->msg_len_to_hash_in_bytes = MESSAGE_BYTES;
		job->auth_tag_output = got[i].bytes;
		job->auth_tag_output_len_in_bytes = 32;
		got[i].algorithm = DIGEST_SHA256;
		IMB_SUBMIT_JOB_NOCHECK(ipsec_mb);
	}
	while (IMB_FLUSH_JOB(ipsec_mb))
		;
}
#endif

static double
measure(void (*run)(const struct work *), const struct work *work)
{
	double start = cpu_seconds();

	for (size_t i = 0; i < work->repeats; i++)
		run(work);
	return cpu_seconds() - start;
}

static void
compare_digests(const char *name, const struct work *work)
{
	struct error err;

	for (size_t i = 0; i < work->count; i++) {
		failed |= digest_compute(DIGEST_SHA256, work->messages[i], MESSAGE_BYTES,
				  &wanted[i], &err) != 0;
		if (!digest_equal(&got[i], &wanted[i])) {
			printf("%s: wrong digest of message %zu\n", name, i);
			failed = true;
			return;
		}
	}
}

/* One line: the speed of RUN and how often it is that of BASE. Who goes first changes each time. */
static double
compare(const char *name, const char *base_name, void (*run)(const struct work *),
	void (*base)(const struct work *), const struct work *work)
{
	static double rates[ROUNDS_MAX], ratios[ROUNDS_MAX];
	double bytes = (double)(work->count * work->repeats * MESSAGE_BYTES);
	double ratio;

	measure(base, work); /* warms up */
	measure(run, work);
	for (int i = 0; i < rounds; i++) {
		double own = i % 2 ? measure(run, work) : 0;
		double other = measure(base, work);

		if (i % 2 == 0)
			own = measure(run, work);
		rates[i] = bytes / own;
		ratios[i] = other / own;
	}
	ratio = median(ratios, rounds);
	printf("%-8s %-12s %6.2f GB/s of CPU time  %5.2f x %s", work->name, name,
		median(rates, rounds) / 1e9, ratio, base_name);
	return ratio;
}

static void
compare_kernel(const struct work *work)
{
	double ratio = compare(measured->name, "OpenSSL", run_kernel, run_openssl, work);

	for (size_t i = 0; i < ARRAY_SIZE(aims); i++) {
		if (aims[i].lanes != measured->lanes)
			continue;
		printf("  (Zen 5: %.2f; at least %.1f)", aims[i].goal, aims[i].floor);
		failed |= ratio < aims[i].floor;
	}
	printf("\n");
	run_kernel(work);
	compare_digests(measured->name, work);
}

static void
compare_all(const struct work *work)
{
	for (size_t i = 0; i < set.count; i++) {
		measured = set.kernels[i];
		compare_kernel(work);
	}
#if HAVE_IPSEC_MB
	if (!measured || measured->lanes != LANES || (!ipsec_mb && start_ipsec_mb()))
		return;
	compare(measured->name, "ipsec-mb  (at least 0.95; aim 1.05)\n", run_kernel, run_ipsec_mb,
		work);
	run_ipsec_mb(work);
	compare_digests("ipsec-mb", work);
#endif
}

int
main(int argc, char *argv[])
{
	struct error err;

	if (argc > 1)
		rounds = atoi(argv[1]);
	openssl = digest_open(DIGEST_SHA256, &err);
	if (rounds < 1 || rounds > ROUNDS_MAX || !openssl || prepare(&cached, CACHED_STEPS) ||
		prepare(&memory, MEMORY_STEPS)) {
		fprintf(stderr, "usage: kernels [ROUNDS]\n");
		return 2;
	}
	kernel_find(&set);
	if (set.count == 0)
		printf("no kernels on this CPU: OpenSSL alone\n");
	compare_all(&cached);
	compare_all(&memory);
	if (!HAVE_IPSEC_MB)
		printf("not compared with ipsec-mb: no libipsec-mb-dev\n");
	return failed ? 1 : 0;
}
