/*
 * What the hook costs a start, over what it costs a container that is no NIM. Runs it in turns on
 * two containers that a runtime holds at createRuntime. Each run gets a mount namespace of its own,
 * a copy of the container's as the runtime left it: there the hook finds nothing that an earlier
 * run has put in place, and does all the work of a real start. The copy is made before the clock
 * starts and goes after it has stopped.
 *
 *   starts ROUNDS STEPS STATE_NIM STATE_OTHER PROGRAM [ARGUMENT...]
 *
 * Prints, as tab-separated numbers in ms: wall and processor time of both and of the difference
 * within a pair, each as least, lower quartile, median and upper quartile. What the program writes
 * to standard output goes to the file STEPS, and after each run of a NIM the line "run" with its
 * wall time in ms. The time at which it was started is in NIMGATE_BENCH_NS (of CLOCK_MONOTONIC).
 */
#include "cost.h"
#include "median.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum { WARM_UP = 5, STATE_MAX = 60000 /* fits into a pipe */, PATH_BYTES = 64 };

struct container {
	char state[STATE_MAX]; /* as the runtime wrote it */
	pid_t pid;             /* in it */
	char **argv;
	int output;
	struct cost costs[COST_ROUNDS_MAX];
};

static const char pid_key[] = "\"pid\":";

static int
read_state(const char *path, struct container *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, out->state, sizeof(out->state) - 1);
	const char *pid;

	if (fd >= 0)
		close(fd);
	if (length <= 0 || length == (ssize_t)sizeof(out->state) - 1)
		return -1;
	out->state[length] = '\0';
	pid = strstr(out->state, pid_key);
	out->pid = pid ? atoi(pid + strlen(pid_key)) : 0;
	return out->pid > 1 ? 0 : -1;
}

/* The process with the copy: says a byte when it is there, and stays until it is killed. */
static _Noreturn void
stay(pid_t pid, int ready)
{
	char path[PATH_BYTES];
	int namespace;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || setns(namespace, CLONE_NEWNS) || unshare(CLONE_NEWNS) ||
		write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* Returns the process's id, or -1. */
static pid_t
copy_namespace(pid_t pid)
{
	int ends[2];
	char byte;
	pid_t copy;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	copy = fork();
	if (copy == 0)
		stay(pid, ends[1]);
	close(ends[1]);
	if (copy > 0 && read(ends[0], &byte, 1) != 1) {
		kill(copy, SIGKILL);
		waitpid(copy, NULL, 0);
		copy = -1;
	}
	close(ends[0]);
	return copy;
}

/* A pipe that holds the state with the id of the process COPY. Returns the end to read. */
static int
open_state(const struct container *container, pid_t copy)
{
	char state[STATE_MAX + 16];
	const char *pid = strstr(container->state, pid_key) + strlen(pid_key);
	int ends[2], length;

	length = snprintf(state, sizeof(state), "%.*s%d%s", (int)(pid - container->state),
		container->state, copy, pid + strspn(pid, " 0123456789"));
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	if (write(ends[1], state, (size_t)length) != length) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

static int
run(struct container *container, struct cost *out)
{
	pid_t copy = copy_namespace(container->pid);
	int input = copy > 0 ? open_state(container, copy) : -1, result = -1;
	char now[32];

	if (input >= 0) {
		snprintf(now, sizeof(now), "%.0f", cost_now_ms() * 1e6);
		setenv("NIMGATE_BENCH_NS", now, 1);
		result = cost_run_to(container->argv, input, container->output, out);
		close(input);
	}
	if (copy > 0) {
		kill(copy, SIGKILL);
		waitpid(copy, NULL, 0);
	}
	if (result == 0 && dprintf(container->output, "run %.3f\n", out->wall_ms) < 0)
		return -1;
	return result;
}

/* The rounds in turns: who goes first changes each time. */
static int
measure(struct container *nim, struct container *other, int rounds)
{
	for (int round = -WARM_UP; round < rounds; round++) {
		int place = round < 0 ? 0 : round;
		bool swap = round & 1;
		struct container *first = swap ? other : nim, *second = swap ? nim : other;

		if (run(first, &first->costs[place]) || run(second, &second->costs[place]))
			return -1;
	}
	return 0;
}

static double
pick(const struct cost *cost, bool cpu)
{
	return cpu ? cost->cpu_ms : cost->wall_ms;
}

/* One of the two times of CONTAINER, less that of LESS unless it is NULL. */
static void
report(const struct container *container, const struct container *less, bool cpu, int rounds)
{
	static double values[COST_ROUNDS_MAX];
	double middle;

	for (int i = 0; i < rounds; i++)
		values[i] =
			pick(&container->costs[i], cpu) - (less ? pick(&less->costs[i], cpu) : 0);
	middle = median(values, rounds);
	printf("%.3f\t%.3f\t%.3f\t%.3f\t", values[0], median_quartile(values, rounds, 1), middle,
		median_quartile(values, rounds, 3));
}

int
main(int argc, char *argv[])
{
	static struct container nim, other;
	int rounds = argc > 5 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > COST_ROUNDS_MAX || argv[5][0] != '/' ||
		read_state(argv[3], &nim) || read_state(argv[4], &other)) {
		fprintf(stderr,
			"usage: starts ROUNDS STEPS STATE_NIM STATE_OTHER /PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	nim.output = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	other.output = open("/dev/null", O_WRONLY | O_CLOEXEC);
	nim.argv = other.argv = argv + 5;
	if (nim.output < 0 || other.output < 0 || measure(&nim, &other, rounds))
		return 1;
	for (int cpu = 0; cpu < 2; cpu++) {
		report(&nim, NULL, cpu, rounds);
		report(&other, NULL, cpu, rounds);
		report(&nim, &other, cpu, rounds);
	}
	printf("%d\n", rounds);
	return 0;
}
