/*
 * Runs a command and kills one of its processes at one of its system calls.
 *
 *   kill STATE PROCESS CALL COMMAND [ARGUMENT...]
 *
 * STATE becomes the command's standard input. PROCESS 0 is the command itself, 1 the first process
 * that it or a child of it forks, and so on; threads are counted with their process. CALL is
 *
 *   N    the entry of its Nth call since the command began, or since the fork
 *   eN   the entry of its Nth call that names a path with one of the texts of FAULT_WINDOW
 *        (environment; separated by colons) in it, or works on a descriptor of one
 *   xN   the end of that call
 *   0    none: prints how many calls of each kind each process made, a line each
 *
 * STATE "-" leaves standard input as it is, and the exit status is the command's, 128 and the
 * number for a signal. Else: prints how the command ended. Exit status 0; 3 if that call was never
 * reached; 4 if a process was left a second after the command had ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { PROCESSES = 64, WINDOWS = 4, TASKS = 1024, LEFT_MS = 1000, ALL_MS = 60000, TICK_US = 50000 };

struct process {
	pid_t pid;
	long calls;
	long window_calls;
	bool in_window; /* the call that it is in is of the window */
};

struct run {
	struct process processes[PROCESSES];
	int count;
	struct {
		pid_t tid;
		int process;
	} tasks[TASKS];
	int task_count;
	int wanted_process;
	char kind; /* 'n', 'e' or 'x', as above */
	long wanted_call;
	bool killed;
	char *windows[WINDOWS]; /* what the paths have in them; NULL after the last */
	bool ended;
	int status; /* of the command */
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "kill: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The process that a thread is of. */
static pid_t
process_of(pid_t tid)
{
	char path[64], line[256];
	pid_t pid = tid;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &pid) == 1)
			break;
	if (status)
		fclose(status);
	return pid;
}

/* The number of the process that TID is of, which is made where it is new. */
static int
number_of(struct run *run, pid_t tid)
{
	pid_t pid;
	int i;

	for (i = 0; i < run->task_count; i++)
		if (run->tasks[i].tid == tid)
			return run->tasks[i].process;
	pid = process_of(tid);
	for (i = 0; i < run->count && run->processes[i].pid != pid; i++)
		;
	if (i == PROCESSES || run->task_count == TASKS) {
		errno = ENOSPC;
		fail("too many processes");
	}
	if (i == run->count)
		run->processes[run->count++] = (struct process){ .pid = pid };
	run->tasks[run->task_count].tid = tid;
	run->tasks[run->task_count++].process = i;
	return i;
}

static void
forget(struct run *run, pid_t tid)
{
	for (int i = 0; i < run->task_count; i++)
		if (run->tasks[i].tid == tid)
			run->tasks[i] = run->tasks[--run->task_count];
}

static bool
matches(const struct run *run, const char *text)
{
	for (int i = 0; i < WINDOWS && run->windows[i]; i++)
		if (strstr(text, run->windows[i]))
			return true;
	return false;
}

/* The text at ADDRESS of the process, which may be no address. */
static bool
has_window(const struct run *run, pid_t tid, uint64_t address)
{
	static const size_t lengths[] = { 255, 64, 24 }; /* less near the end of a mapping */
	char text[256];

	for (size_t i = 0; address > 4096 && i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct iovec here = { text, lengths[i] };
		struct iovec there = { (void *)(uintptr_t)address, lengths[i] };
		ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);

		if (got > 0) {
			text[got] = '\0';
			return matches(run, text);
		}
	}
	return false;
}

static bool
is_window(const struct run *run, pid_t tid, const struct ptrace_syscall_info *info)
{
	char link[64], path[512];
	ssize_t length;

	if (!run->windows[0])
		return false;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", tid, (int)info->entry.args[0]);
	length = info->entry.args[0] < 4096 ? readlink(link, path, sizeof(path) - 1) : -1;
	path[length < 0 ? 0 : length] = '\0';
	return matches(run, path) || has_window(run, tid, info->entry.args[0]) ||
	       has_window(run, tid, info->entry.args[1]);
}

/* A system call begins, or has ended. */
static void
see_call(struct run *run, pid_t tid)
{
	struct ptrace_syscall_info info = { 0 };
	int number = number_of(run, tid);
	struct process *process = &run->processes[number];
	bool now;

	if (run->killed || (run->wanted_call && number != run->wanted_process) ||
		ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		process->calls++;
		process->in_window = is_window(run, tid, &info);
		process->window_calls += process->in_window;
		now = run->kind == 'n' ? process->calls == run->wanted_call
				       : run->kind == 'e' && process->in_window &&
						 process->window_calls == run->wanted_call;
	} else {
		now = run->kind == 'x' && process->in_window &&
		      process->window_calls == run->wanted_call;
	}
	if (!now || run->wanted_call == 0)
		return;
	run->killed = true;
	kill(process->pid, SIGKILL);
}

/* One stop, or end, of a task. */
static void
see(struct run *run, pid_t tid, int status)
{
	int signal_number = 0;

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (run->count && tid == run->processes[0].pid) {
			run->ended = true;
			run->status = status;
		}
		forget(run, tid);
		return;
	}
	if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		see_call(run, tid);
	else if (status >> 16)
		number_of(run, tid);
	else if (WSTOPSIG(status) == SIGSTOP)
		number_of(run, tid); /* a new one */
	else
		signal_number = WSTOPSIG(status);
	ptrace(run->killed || (run->wanted_call && number_of(run, tid) != run->wanted_process)
			? PTRACE_CONT
			: PTRACE_SYSCALL,
		tid, NULL, (void *)(intptr_t)signal_number);
}

static pid_t
begin(const char *state, char *argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status, fd;

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		fd = strcmp(state, "-") == 0 ? STDIN_FILENO : open(state, O_RDONLY);
		if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			fail(state);
		raise(SIGSTOP);
		execv(argv[0], argv);
		fail(argv[0]);
	}
	/* Up to its exec, which is not the command's own. */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) ||
		ptrace(PTRACE_CONT, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
		status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8))
		fail("ptrace");
	return pid;
}

static void
follow(struct run *run)
{
	int64_t began = now_ms(), ended = 0;
	int status;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == ECHILD)
			return;
		if (tid > 0)
			see(run, tid, status);
		if (run->ended && !ended)
			ended = now_ms();
		if ((ended && now_ms() - ended > LEFT_MS) || now_ms() - began > ALL_MS)
			return;
	}
}

/* Only so that waiting is interrupted. */
static void
tick(int number)
{
	(void)number;
}

int
main(int argc, char *argv[])
{
	const struct itimerval timer = { { 0, TICK_US }, { 0, TICK_US } };
	static struct run run;
	char *windows;
	pid_t pid;

	if (argc < 5) {
		fprintf(stderr, "usage: kill STATE PROCESS CALL COMMAND [ARGUMENT...]\n");
		return 2;
	}
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = tick }, NULL);
	run.wanted_process = atoi(argv[2]);
	run.kind = argv[3][0] == 'e' || argv[3][0] == 'x' ? argv[3][0] : 'n';
	run.wanted_call = atol(argv[3] + (run.kind != 'n'));
	windows = getenv("FAULT_WINDOW");
	for (int i = 0; i < WINDOWS && windows; i++)
		run.windows[i] = strsep(&windows, ":");
	pid = begin(argv[1], argv + 4);
	number_of(&run, pid);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	follow(&run);
	if (strcmp(argv[1], "-") == 0)
		return WIFEXITED(run.status) ? WEXITSTATUS(run.status) : 128 + WTERMSIG(run.status);
	if (!run.ended)
		puts("stuck");
	else if (WIFEXITED(run.status))
		printf("exit %d\n", WEXITSTATUS(run.status));
	else
		printf("signal %d\n", WTERMSIG(run.status));
	for (int i = 0; run.wanted_call == 0 && i < run.count; i++)
		printf("%d %ld %ld\n", i, run.processes[i].calls, run.processes[i].window_calls);
	if (!run.ended || run.task_count)
		return 4;
	return run.wanted_call && !run.killed ? 3 : 0;
}
