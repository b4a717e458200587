#include "hash/kernel_plan.h"

#include "base/error.h"
#include "base/mem.h"
#include "border/digest.h"

#include <string.h>
#include <time.h>

enum {
	SAMPLE_BYTES = 16 << 10, /* of each lane: stays in the L1 cache; 2 to 50 microseconds */
	SAMPLES = 5,             /* the first one wakes the unit, an interrupt may hit another */
};

/* What OpenSSL does without the instructions that an x1 kernel needs, by AVX2 (facts: hashing,
 * section 3: Skylake-SP). */
static const uint64_t OPENSSL_PLAIN_RATE = 450000000;

/* How much faster OpenSSL must be to be preferred: the noise of a measurement. */
static const double MARGIN = 1.1;

struct kernel_rates
kernel_plan_typical(const struct kernel_set *set)
{
	struct kernel_rates rates = { .openssl = OPENSSL_PLAIN_RATE };

	for (size_t i = 0; i < set->count; i++) {
		rates.kernels[i] = set->kernels[i]->typical_rate;
		if (set->kernels[i]->lanes == 1)
			rates.openssl = rates.kernels[i]; /* it uses the same instructions */
	}
	return rates;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t
rate(uint64_t bytes, int64_t ns)
{
	return bytes * 1000000000 / (uint64_t)(ns > 0 ? ns : 1);
}

static uint64_t
measure_kernel(const struct kernel *kernel, const uint8_t *sample)
{
	struct kernel_lane lanes[KERNEL_LANES_MAX];
	struct kernel_lane *pointers[KERNEL_LANES_MAX];
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < SAMPLES; i++) {
		int64_t start = now_ns(), ns;

		for (size_t lane = 0; lane < kernel->lanes; lane++) {
			pointers[lane] = &lanes[lane];
			kernel_start(&lanes[lane], sample);
		}
		kernel_advance(kernel, pointers, kernel->lanes, SAMPLE_BYTES / KERNEL_BLOCK_BYTES);
		ns = now_ns() - start;
		best = ns < best ? ns : best;
	}
	return rate(kernel->lanes * SAMPLE_BYTES, best);
}

static int
measure_openssl(const uint8_t *sample, uint64_t *out, struct error *err)
{
	struct digest_context *context = digest_open(DIGEST_SHA256, err);
	int64_t best = INT64_MAX;
	int result = context ? 0 : -1;

	for (size_t i = 0; i < SAMPLES && !result; i++) {
		int64_t start = now_ns(), ns;

		result = digest_update(context, sample, SAMPLE_BYTES, err);
		ns = now_ns() - start;
		best = ns < best ? ns : best;
	}
	digest_close(context);
	if (result)
		return -1;
	*out = rate(SAMPLE_BYTES, best);
	return 0;
}

int
kernel_plan_measure(const struct kernel_set *set, struct kernel_rates *out, struct error *err)
{
	struct kernel_rates rates = { 0 };
	cleanup_free uint8_t *sample = calloc(1, SAMPLE_BYTES);

	if (!sample)
		return error_no_memory(err);
	if (measure_openssl(sample, &rates.openssl, err))
		return -1;
	for (size_t i = 0; i < set->count; i++)
		rates.kernels[i] = measure_kernel(set->kernels[i], sample);
	*out = rates;
	return 0;
}

/* Takes the kernel as the first one for LIVE lanes if that is faster than what the plan has. */
static void
consider(struct kernel_plan *plan, size_t live, const struct kernel *kernel, uint64_t rate)
{
	size_t taken = kernel->lanes < live ? kernel->lanes : live;
	double step = (double)(kernel->lanes * KERNEL_BLOCK_BYTES) / (double)rate;
	double seconds = step + plan->seconds[live - taken];

	if (plan->groups[live].kernel && seconds >= plan->seconds[live])
		return;
	plan->groups[live] = (struct kernel_group){ kernel, taken };
	plan->seconds[live] = seconds;
}

void
kernel_plan_make(
	const struct kernel_set *set, const struct kernel_rates *rates, struct kernel_plan *out)
{
	struct kernel_plan plan = { 0 };

	if (rates->openssl)
		plan.openssl = KERNEL_BLOCK_BYTES / (double)rates->openssl;
	for (size_t live = 1; live <= KERNEL_LANES_MAX; live++)
		for (size_t i = set->count; i-- > 0;)
			if (rates->kernels[i])
				consider(&plan, live, set->kernels[i], rates->kernels[i]);
	*out = plan;
}

struct kernel_group
kernel_plan_next(const struct kernel_plan *plan, size_t live)
{
	return plan->groups[live < KERNEL_LANES_MAX ? live : KERNEL_LANES_MAX];
}

bool
kernel_plan_gains(const struct kernel_plan *plan, size_t live)
{
	size_t counted = live < KERNEL_LANES_MAX ? live : KERNEL_LANES_MAX;

	if (!plan->groups[counted].kernel)
		return false;
	return plan->openssl == 0 ||
	       plan->seconds[counted] <= MARGIN * plan->openssl * (double)counted;
}
