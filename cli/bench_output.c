#include "cli/bench_output.h"

#include "base/error.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/bench.h"

#include <stdio.h>

enum { SCHEMA = 1 };

/* What hashes so many lanes: the groups of the plan, or OpenSSL. */
struct grouping {
	struct kernel_group groups[KERNEL_LANES_MAX];
	size_t count;  /* 0: OpenSSL, one message after another */
	uint64_t rate; /* bytes per second, of all lanes together */
};

static struct grouping
group_lanes(const struct kernel_plan *plan, size_t lanes)
{
	struct grouping grouping = { 0 };
	double seconds = plan->openssl * (double)lanes;

	if (kernel_plan_gains(plan, lanes)) {
		seconds = plan->seconds[lanes];
		for (size_t left = lanes; left; left -= grouping.groups[grouping.count++].live)
			grouping.groups[grouping.count] = kernel_plan_next(plan, left);
	}
	if (seconds > 0)
		grouping.rate = (uint64_t)((double)(lanes * KERNEL_BLOCK_BYTES) / seconds);
	return grouping;
}

/* The rate of a sound kernel. */
static uint64_t
rate_of(const struct bench_machine *machine, const struct kernel *kernel)
{
	for (size_t i = 0; i < machine->sound.count; i++)
		if (machine->sound.kernels[i] == kernel)
			return machine->rates.kernels[i];
	return 0;
}

static void
print_kernels(const struct bench_machine *machine)
{
	printf("threads: %zu\n", machine->threads);
	printf("fips: %s\n", machine->fips ? "on: OpenSSL alone hashes" : "off");
	printf("kernels for SHA-256, each with all its lanes live, on one CPU:\n");
	printf("  %-12s %6.2f GB/s\n", "OpenSSL", (double)machine->rates.openssl / 1e9);
	for (size_t i = 0; i < machine->found.count; i++) {
		const struct kernel *kernel = machine->found.kernels[i];

		if (bench_has_kernel(&machine->sound, kernel))
			printf("  %-12s %6.2f GB/s, agrees with OpenSSL\n", kernel->name,
				(double)rate_of(machine, kernel) / 1e9);
		else
			printf("  %-12s is not used: differs from OpenSSL\n", kernel->name);
	}
}

static void
print_grouping(size_t lanes, const struct grouping *grouping)
{
	printf("  %2zu %10.2f GB/s  ", lanes, (double)grouping->rate / 1e9);
	if (!grouping->count)
		printf("OpenSSL");
	for (size_t i = 0; i < grouping->count; i++) {
		const struct kernel_group *group = &grouping->groups[i];

		printf("%s%s", i ? ", " : "", group->kernel->name);
		if (group->live < group->kernel->lanes)
			printf(" (%zu idle)", group->kernel->lanes - group->live);
	}
	printf("\n");
}

static void
print_directory(const struct bench_directory *directory)
{
	double bytes = (double)directory->bytes;
	double wall = (double)directory->wall_us / 1e6, cpu = (double)directory->cpu_us / 1e6;

	printf("directory: %s\n", TEXT_QUOTE(directory->path));
	printf("  files: %zu, %llu bytes\n", directory->files,
		(unsigned long long)directory->bytes);
	printf("  time: %.3f s, of processors %.3f s\n", wall, cpu);
	printf("  rate: %.2f GB/s, of processor time %.2f GB/s\n",
		wall > 0 ? bytes / wall / 1e9 : 0, cpu > 0 ? bytes / cpu / 1e9 : 0);
	printf("  peak memory: %.1f MiB\n", (double)directory->peak_kib / 1024);
}

void
bench_output_text(const struct bench_machine *machine, const struct bench_directory *directory)
{
	print_kernels(machine);
	printf("files at a time in one thread, and what hashes them:\n");
	for (size_t lanes = 1; lanes <= KERNEL_LANES_MAX; lanes++) {
		struct grouping grouping = group_lanes(&machine->plan, lanes);

		print_grouping(lanes, &grouping);
	}
	if (directory)
		print_directory(directory);
}

static void
put_kernels(struct writer *writer, const struct bench_machine *machine)
{
	writer_open(writer, "kernels", '[');
	for (size_t i = 0; i < machine->found.count; i++) {
		const struct kernel *kernel = machine->found.kernels[i];

		writer_open(writer, NULL, '{');
		writer_string(writer, "name", kernel->name);
		writer_number(writer, "lanes", kernel->lanes);
		writer_bool(writer, "sound", bench_has_kernel(&machine->sound, kernel));
		writer_number(writer, "rate", rate_of(machine, kernel));
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void
put_grouping(struct writer *writer, size_t lanes, const struct grouping *grouping)
{
	writer_open(writer, NULL, '{');
	writer_number(writer, "lanes", lanes);
	writer_number(writer, "rate", grouping->rate);
	writer_open(writer, "groups", '[');
	for (size_t i = 0; i < grouping->count; i++) {
		writer_open(writer, NULL, '{');
		writer_string(writer, "kernel", grouping->groups[i].kernel->name);
		writer_number(writer, "live", grouping->groups[i].live);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
	writer_close(writer, '}');
}

static void
put_directory(struct writer *writer, const struct bench_directory *directory)
{
	if (!directory) {
		writer_string(writer, "directory", NULL);
		return;
	}
	writer_open(writer, "directory", '{');
	writer_string(writer, "path", directory->path);
	writer_number(writer, "files", directory->files);
	writer_number(writer, "bytes", directory->bytes);
	writer_number(writer, "wall_us", directory->wall_us);
	writer_number(writer, "cpu_us", directory->cpu_us);
	writer_number(writer, "peak_kib", directory->peak_kib);
	writer_close(writer, '}');
}

int
bench_output_json(const struct bench_machine *machine, const struct bench_directory *directory,
	struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_number(&writer, "schema", SCHEMA);
	writer_string(&writer, "nimgate", NIMGATE_RELEASE);
	writer_number(&writer, "threads", machine->threads);
	writer_bool(&writer, "fips", machine->fips);
	writer_number(&writer, "openssl_rate", machine->rates.openssl);
	put_kernels(&writer, machine);
	writer_open(&writer, "plan", '[');
	for (size_t lanes = 1; lanes <= KERNEL_LANES_MAX; lanes++) {
		struct grouping grouping = group_lanes(&machine->plan, lanes);

		put_grouping(&writer, lanes, &grouping);
	}
	writer_close(&writer, ']');
	put_directory(&writer, directory);
	writer_close(&writer, '}');
	if (writer.failed)
		return error_no_memory(err);
	puts(writer.text);
	return 0;
}
