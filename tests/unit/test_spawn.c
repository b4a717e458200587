#include "tests/unit/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
test_calls(void)
{
	static const struct {
		const char *name;
		long call, arguments[4];
		int wanted; /* errno value; -1: the child dies of it */
	} table[] = {
		{ "child: no file", SYS_openat, { AT_FDCWD, (long)"/", O_RDONLY }, ENOSYS },
		{ "child: no write", SYS_write, { 2, (long)"", 0 }, ENOSYS },
		{ "child: no fcntl", SYS_fcntl, { 0, F_GETFD }, ENOSYS },
		{ "child: no ioctl", SYS_ioctl, { 0, 0 }, ENOSYS },
		{ "child: no thread", SYS_clone, { 0 }, ENOSYS },
		{ "child: no prctl", SYS_prctl, { PR_SET_DUMPABLE, 1 }, ENOSYS },
		{ "child: memory", SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS }, 0 },
		{ "child: no code", SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				MAP_PRIVATE | MAP_ANONYMOUS },
			ENOSYS },
		{ "child: no file in memory", SYS_mmap, { 0, 4096, PROT_READ, MAP_PRIVATE },
			ENOSYS },
		{ "child: no code later", SYS_mprotect, { 0, 4096, PROT_EXEC }, ENOSYS },
		{ "child: socket", SYS_socket, { 1, 1, 0 }, -1 },
		{ "child: execve", SYS_execve, { (long)"/bin/true" }, -1 },
		{ "child: ptrace", SYS_ptrace, { 0 }, -1 },
		{ "child: kill", SYS_kill, { 1, 0 }, -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_child struct spawn_child child = { 0 };
		cleanup_message struct wire_message request = { .type = ASK_CALL };
		struct error err = { 0 };
		int got;

		start(&child, &plain);
		wire_put_u32(&request, (uint32_t)table[i].call);
		for (size_t k = 0; k < ARRAY_SIZE(table[i].arguments); k++)
			wire_put_u64(&request, (uint64_t)table[i].arguments[k]);
		wire_send(child.socket, &request, -1, &err);
		got = answer_number(&child, &err);
		check(got == table[i].wanted, table[i].name, "wanted %d, got %d: %s",
			table[i].wanted, got, err.text);
		if (table[i].wanted == -1)
			check_text(err.text,
				"tester: ended without an answer, by signal 31 (it made a system "
				"call that its filter forbids)",
				table[i].name);
	}
}

static void
test_deaths(void)
{
	static const struct {
		const char *name;
		uint32_t type;
		const char *wanted;
	} table[] = {
		{ "death: exit", ASK_EXIT, "tester: ended without an answer, with status 5" },
		{ "death: processor time", ASK_SPIN,
			"tester: ended without an answer, by signal 24 (it used up its processor "
			"time)" },
		{ "death: it only plays dead", ASK_CLOSE,
			"tester: ended without an answer, by signal 9 (killed, by somebody or for "
			"memory of the host)" },
	};
	struct spawn_options options = plain;

	options.cpu_seconds = 1;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_child struct spawn_child child = { 0 };
		struct error err = { 0 };

		start(&child, &options);
		ask(&child, table[i].type, -1);
		check(answer_number(&child, &err) == -1 && err.reason == REASON_INTERNAL,
			table[i].name, "answered");
		check_text(err.text, table[i].wanted, table[i].name);
		check(child.pid == 0 && waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
			table[i].name, "not collected");
	}
	cleanup_child struct spawn_child child = { 0 };
	struct error err = { 0 };

	start(&child, &plain);
	ask(&child, ASK_CRASH, -1);
	check(answer_number(&child, &err) == -1 && strstr(err.text, "by signal"), "death: crash",
		"%s", err.text);
}

static int
refuse_to_prepare(void *context, int socket, struct error *err)
{
	(void)socket;
	return error_set(err, REASON_INTERNAL, 0, "nothing works: %s", (const char *)context);
}

static void
test_prepare(void)
{
	static char why[] = "\033[31m";
	struct spawn_options options = plain;
	cleanup_child struct spawn_child child = { 0 };
	cleanup_message struct wire_message answer = { 0 };
	struct error err = { 0 };

	options.prepare = refuse_to_prepare;
	options.context = why;
	start(&child, &options);
	check_result(spawn_receive(&child, 10000, &answer, &err), REASON_INTERNAL, &err,
		"prepare: fails");
	check_text(err.text, "tester: cannot work: 'nothing works: ?[31m'", "prepare: why");
}

static void
test_end(void)
{
	struct spawn_child child = { 0 };
	double began;
	pid_t pid;

	spawn_end(&child);
	check(fcntl(0, F_GETFD) >= 0, "end: a zeroed child has no descriptor", "0 was closed");
	start(&child, &plain);
	ask(&child, ASK_SPIN, -1);
	usleep(20000);
	pid = child.pid;
	began = seconds();
	spawn_end(&child);
	check(seconds() - began < 1 && kill(pid, 0) == -1 && errno == ESRCH,
		"end: a spinning child", "after %.3f s", seconds() - began);
	spawn_end(&child);
	check(child.pid == 0 && child.socket == -1, "end: twice", "%d", child.pid);
}

/* A process that keeps PID from being collected, as long as it lives. */
static _Noreturn void
hold(pid_t pid, int pipe_end)
{
	char byte = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 'y' : 'n';

	if (write(pipe_end, &byte, 1) == 1)
		pause();
	_exit(0);
}

/* A child that cannot end: here because another one holds it, elsewhere in a read that nobody
 * answers. */
static void
test_held(void)
{
	struct spawn_child child = { 0 };
	double began;
	char byte = 'n';
	int ends[2];
	pid_t holder;

	start(&child, &plain);
	ask(&child, ASK_SPIN, -1);
	if (pipe(ends))
		abort();
	fflush(stdout);
	holder = fork();
	if (holder == 0)
		hold(child.pid, ends[1]);
	if (read(ends[0], &byte, 1) != 1 || byte != 'y') {
		check_skip("end: a child that cannot end", "needs ptrace");
	} else {
		began = seconds();
		spawn_end(&child);
		check(child.pid == 0 && seconds() - began < 10, "end: a child that cannot end",
			"after %.1f s", seconds() - began);
	}
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	spawn_end(&child);
	close(ends[0]);
	close(ends[1]);
}

/* A process that starts a spinning child, tells its number and dies. */
static _Noreturn void
leave_orphan(int pipe_end)
{
	struct spawn_child child;

	start(&child, &plain);
	ask(&child, ASK_ECHO, -1);
	if (spawn_receive(&child, 10000, &(struct wire_message){ 0 }, &(struct error){ 0 }))
		abort();
	ask(&child, ASK_SPIN, -1);
	if (write(pipe_end, &child.pid, sizeof(child.pid)) != sizeof(child.pid))
		abort();
	_exit(0);
}

static void
test_orphan(void)
{
	int ends[2], status = 0;
	pid_t parent, orphan = 0, got;
	double began = seconds();

	if (pipe(ends) || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		abort();
	parent = fork();
	if (parent == 0)
		leave_orphan(ends[1]);
	if (read(ends[0], &orphan, sizeof(orphan)) != sizeof(orphan))
		abort();
	waitpid(parent, NULL, 0);
	got = waitpid(orphan, &status, 0);
	check(got == orphan && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
			seconds() - began < 3,
		"orphan: dies with its parent", "%d, status %x, %.1f s", got, status,
		seconds() - began);
	close(ends[0]);
	close(ends[1]);
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* From the fork to the first answer; promised are fractions of a millisecond. */
static void
test_cost(void)
{
	double took[50];

	for (size_t i = 0; i < ARRAY_SIZE(took); i++) {
		took[i] = seconds();
		if (!echoes(&plain))
			abort();
		took[i] = seconds() - took[i];
	}
	qsort(took, ARRAY_SIZE(took), sizeof(took[0]), compare);
	printf("# start, answer, end: median %.0f us\n", took[ARRAY_SIZE(took) / 2] * 1e6);
	check(took[0] < 0.02, "cost: below 20 ms", "%.3f s", took[0]);
}

int
main(void)
{
	check(echoes(&plain), "child: answers", "no answer");
	test_calls();
	test_deaths();
	test_prepare();
	test_end();
	test_held();
	test_orphan();
	test_cost();
	return check_end();
}
