/*
 * What a run of a program costs: wall time, and processor time with all the children that it waited
 * for.
 */
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COST_ROUNDS_MAX = 1000 };

struct cost {
	double wall_ms;
	double cpu_ms;
};

struct program {
	char **argv; /* ends in NULL; found by PATH */
	struct cost costs[COST_ROUNDS_MAX];
};

extern char **environ;

static inline double
cost_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline double
cost_timeval_ms(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

/* Runs it with INPUT as standard input and OUTPUT as standard output. Returns 0, or -1 when it
 * failed. */
static inline int
cost_run_to(char *const argv[], int input, int output, struct cost *out)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	pid_t pid;
	int status, failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	start = cost_now_ms();
	failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (!failed && wait4(pid, &status, 0, &usage) != pid)
		failed = 1;
	out->wall_ms = cost_now_ms() - start;
	posix_spawn_file_actions_destroy(&actions);
	if (failed || status != 0) {
		fprintf(stderr, "%s failed\n", argv[0]);
		return -1;
	}
	out->cpu_ms = cost_timeval_ms(&usage.ru_utime) + cost_timeval_ms(&usage.ru_stime);
	return 0;
}

/* The same without its standard output. */
static inline int
cost_run(char *const argv[], int input, struct cost *out)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int result = null < 0 ? -1 : cost_run_to(argv, input, null, out);

	if (null >= 0)
		close(null);
	return result;
}
