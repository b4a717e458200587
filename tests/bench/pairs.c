/*
 * What one program costs over another: runs both in turns, each with the same bytes on its standard
 * input, and compares medians of wall and processor time (with the children that it waited for).
 *
 *   pairs ROUNDS LIMIT_MS INPUT PROGRAM [ARGUMENT...] -- BASE [ARGUMENT...]
 *
 * Exit status 1 if a run fails or the median of the paired differences in wall time is above the
 * limit.
 */
#include "cost.h"
#include "median.h"

#include <stdbool.h>
#include <string.h>

enum { WARM_UP = 5, INPUT_MAX = 60000 /* fits into a pipe */ };

static char input[INPUT_MAX];
static size_t input_length;

/* A pipe that holds the whole input, as a runtime's pipe to its hook. Returns the end to read. */
static int
open_input(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	if (write(ends[1], input, input_length) != (ssize_t)input_length) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

static int
run(const struct program *program, struct cost *out)
{
	int fd = open_input(), result;

	if (fd < 0)
		return -1;
	result = cost_run(program->argv, fd, out);
	close(fd);
	return result;
}

/* The rounds in turns: who goes first changes each time. */
static int
measure(struct program *program, struct program *base, int rounds)
{
	int round;

	for (round = -WARM_UP; round < rounds; round++) {
		int place = round < 0 ? 0 : round;
		bool swap = round & 1;
		struct program *first = swap ? base : program, *second = swap ? program : base;

		if (run(first, &first->costs[place]) || run(second, &second->costs[place]))
			return -1;
	}
	return 0;
}

static struct cost
median_cost(const struct program *program, const struct program *less, int count)
{
	static double wall[COST_ROUNDS_MAX], cpu[COST_ROUNDS_MAX];
	struct cost cost;
	int i;

	for (i = 0; i < count; i++) {
		wall[i] = program->costs[i].wall_ms - (less ? less->costs[i].wall_ms : 0);
		cpu[i] = program->costs[i].cpu_ms - (less ? less->costs[i].cpu_ms : 0);
	}
	cost.wall_ms = median(wall, count);
	cost.cpu_ms = median(cpu, count);
	return cost;
}

static int
report(const struct program *program, const struct program *base, int rounds, double limit_ms)
{
	struct cost own = median_cost(program, NULL, rounds);
	struct cost empty = median_cost(base, NULL, rounds);
	struct cost over = median_cost(program, base, rounds);
	bool passed = over.wall_ms <= limit_ms;

	printf("%-28s wall %7.3f ms  cpu %7.3f ms\n", strrchr(program->argv[0], '/') + 1,
		own.wall_ms, own.cpu_ms);
	printf("%-28s wall %7.3f ms  cpu %7.3f ms\n", strrchr(base->argv[0], '/') + 1,
		empty.wall_ms, empty.cpu_ms);
	printf("%-28s wall %7.3f ms  cpu %7.3f ms  ratio %.2f  (%d pairs; limit %.1f ms: %s)\n",
		"difference", over.wall_ms, over.cpu_ms, own.wall_ms / empty.wall_ms, rounds,
		limit_ms, passed ? "kept" : "passed over");
	return passed ? 0 : 1;
}

static int
read_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, input, sizeof(input));

	if (fd >= 0)
		close(fd);
	if (length < 0 || length == (ssize_t)sizeof(input))
		return -1;
	input_length = (size_t)length;
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct program program, base;
	int rounds = argc > 6 ? atoi(argv[1]) : 0, i;

	for (i = 5; i < argc - 1 && strcmp(argv[i], "--") != 0; i++)
		;
	if (rounds < 1 || rounds > COST_ROUNDS_MAX || i >= argc - 1 || argv[4][0] != '/' ||
		argv[i + 1][0] != '/' || read_input(argv[3])) {
		fprintf(stderr,
			"usage: pairs ROUNDS LIMIT_MS INPUT /PROGRAM [ARGUMENT...] -- /BASE [ARGUMENT...]\n");
		return 2;
	}
	argv[i] = NULL;
	program.argv = argv + 4;
	base.argv = argv + i + 1;
	if (measure(&program, &base, rounds))
		return 1;
	return report(&program, &base, rounds, atof(argv[2]));
}
