/*
 * What one program costs over another: runs both in turns, each with the same bytes on its standard
 * input, and compares medians of wall and processor time (with the children that it waited for).
 *
 *   pairs ROUNDS LIMIT_MS INPUT PROGRAM [ARGUMENT...] -- BASE [ARGUMENT...]
 *
 * Exit status 1 if a run fails or the median of the paired differences in wall time is above the
 * limit.
 */
#include "median.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 1000, WARM_UP = 5, INPUT_MAX = 60000 /* fits into a pipe */ };

struct cost {
	double wall_ms;
	double cpu_ms;
};

struct program {
	char **argv;
	struct cost costs[ROUNDS_MAX];
};

static char input[INPUT_MAX];
static size_t input_length;
extern char **environ;

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double
timeval_ms(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

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
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	pid_t pid;
	int fd = open_input(), status, failed;

	if (fd < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	start = now_ms();
	failed = posix_spawn(&pid, program->argv[0], &actions, NULL, program->argv, environ);
	if (!failed && wait4(pid, &status, 0, &usage) != pid)
		failed = 1;
	out->wall_ms = now_ms() - start;
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
	if (failed || status != 0) {
		fprintf(stderr, "pairs: %s failed\n", program->argv[0]);
		return -1;
	}
	out->cpu_ms = timeval_ms(&usage.ru_utime) + timeval_ms(&usage.ru_stime);
	return 0;
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
	static double wall[ROUNDS_MAX], cpu[ROUNDS_MAX];
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
	if (rounds < 1 || rounds > ROUNDS_MAX || i >= argc - 1 || argv[4][0] != '/' ||
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
