#include "cli/bench.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/ignore.h"
#include "cli/source.h"
#include "gate/verification.h"
#include "hash/engine.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

int
bench_measure_machine(size_t threads, struct bench_machine *out, struct error *err)
{
	struct bench_machine machine = { .threads = engine_threads(threads) };
	struct error ignored; /* which one is wrong tells the difference of the sets */

	machine.fips = kernel_is_fips(KERNEL_FIPS_PATH);
	kernel_find(&machine.found);
	machine.sound = machine.found;
	kernel_check(&machine.sound, &ignored);
	if (kernel_plan_measure(&machine.sound, &machine.rates, err))
		return -1;
	kernel_plan_make(&machine.sound, &machine.rates, &machine.plan);
	*out = machine;
	return 0;
}

bool
bench_has_kernel(const struct kernel_set *set, const struct kernel *kernel)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->kernels[i] == kernel)
			return true;
	return false;
}

static uint64_t
wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t
timeval_us(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

/* Of this process and the children that have ended. */
static uint64_t
cpu_us(void)
{
	struct rusage own, children;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return timeval_us(&own.ru_utime) + timeval_us(&own.ru_stime) +
	       timeval_us(&children.ru_utime) + timeval_us(&children.ru_stime);
}

/* Of this process; getrusage() would tell that of the program which started us, where it is larger.
 * 0 where /proc is not there. */
static uint64_t
own_peak_kib(void)
{
	static const char label[] = "VmHWM:";
	cleanup_file FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, label, strlen(label)) == 0)
			return strtoull(line + strlen(label), NULL, 10);
	return 0;
}

/* Of the largest child that has ended: the hasher is the only one. */
static uint64_t
child_peak_kib(void)
{
	struct rusage children;

	getrusage(RUSAGE_CHILDREN, &children);
	return (uint64_t)children.ru_maxrss;
}

static int
hash(const struct source_options *options, const char *path, struct bench_directory *out,
	struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	cleanup_ignore struct ignore ignore = { 0 };

	if (verification_init(&verification, 1, err) || source_rules(options, path, &ignore, err) ||
		source_collect(options, path, &ignore, &verification, err))
		return -1;
	out->files = verification.report.files;
	out->bytes = verification.report.bytes;
	return 0;
}

int
bench_hash_directory(const struct source_options *options, const char *path,
	struct bench_directory *out, struct error *err)
{
	struct bench_directory result = { .path = path };
	uint64_t wall = wall_us(), cpu = cpu_us();

	if (hash(options, path, &result, err))
		return -1;
	result.wall_us = wall_us() - wall;
	result.cpu_us = cpu_us() - cpu;
	result.peak_kib = own_peak_kib() + child_peak_kib();
	*out = result;
	return 0;
}
