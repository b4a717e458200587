/*
 * The memory of a program and all its descendants: runs it with a file as standard input, looks at
 * every one of its processes each millisecond, and prints in KiB
 *
 *   processes N  together SUM  at_once SUM  largest ONE  seconds S
 *
 * TOGETHER adds the greatest resident size that each process ever had, one after the other or not:
 * an upper bound, in which pages that processes share count once for each. AT_ONCE is the greatest
 * sum at one moment.
 *
 *   peak INPUT PROGRAM [ARGUMENT...]
 *
 * The exit status is the program's, or 125.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256, FAILED = 125 };

struct process {
	int pid;
	long greatest_kib;
};

struct watch {
	struct process processes[PROCESSES_MAX];
	int count;
	long at_once_kib;
};

extern char **environ;

/* VmHWM and VmRSS of a process in *greatest and *now; zero where it has ended. */
static void
read_sizes(int pid, long *greatest, long *now)
{
	char path[64], line[256];
	FILE *file;

	*greatest = *now = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			*greatest = atol(line + 6);
		else if (strncmp(line, "VmRSS:", 6) == 0)
			*now = atol(line + 6);
	}
	if (file)
		fclose(file);
}

static struct process *
find_process(struct watch *watch, int pid)
{
	int i;

	for (i = 0; i < watch->count; i++)
		if (watch->processes[i].pid == pid)
			return &watch->processes[i];
	if (watch->count == PROCESSES_MAX) {
		fprintf(stderr, "peak: more than %d processes\n", PROCESSES_MAX);
		exit(FAILED);
	}
	watch->processes[watch->count] = (struct process){ .pid = pid };
	return &watch->processes[watch->count++];
}

/* Looks at PID and its children; returns what they have resident together. Only the first thread
 * of a process of ours forks. */
static long
look(struct watch *watch, int pid)
{
	struct process *process = find_process(watch, pid);
	long greatest, now;
	char path[64];
	FILE *file;
	int child;

	read_sizes(pid, &greatest, &now);
	if (greatest > process->greatest_kib)
		process->greatest_kib = greatest;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1)
		now += look(watch, child);
	if (file)
		fclose(file);
	return now;
}

static void
print(const struct watch *watch, double seconds)
{
	long together = 0, largest = 0;
	int i;

	for (i = 0; i < watch->count; i++) {
		together += watch->processes[i].greatest_kib;
		if (watch->processes[i].greatest_kib > largest)
			largest = watch->processes[i].greatest_kib;
	}
	printf("processes %d  together %ld  at_once %ld  largest %ld  seconds %.2f\n", watch->count,
		together, watch->at_once_kib, largest, seconds);
}

static double
now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int argc, char *argv[])
{
	static struct watch watch;
	const struct timespec pause = { .tv_nsec = 1000000 };
	posix_spawn_file_actions_t actions;
	double start = now_seconds();
	int status = 0;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: peak INPUT PROGRAM [ARGUMENT...]\n");
		return FAILED;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, argv[1], O_RDONLY, 0);
	if (posix_spawn(&pid, argv[2], &actions, NULL, argv + 2, environ)) {
		fprintf(stderr, "peak: cannot run %s\n", argv[2]);
		return FAILED;
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		long now = look(&watch, pid);

		if (now > watch.at_once_kib)
			watch.at_once_kib = now;
		nanosleep(&pause, NULL);
	}
	print(&watch, now_seconds() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}
