#include "border/filter.h"

#include "base/mem.h"

#include "tests/unit/check.h"
#include "tests/unit/scarce.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static const struct filter_rule rules[] = {
	{ .call = SYS_exit_group, .why = "to report the result" },
	{ .call = SYS_exit, .why = "threads end" },
	{ .call = SYS_write, .why = "allowed by the test" },
	{ .call = SYS_munmap, .why = "libseccomp frees its memory" },
	{ .call = SYS_brk, .why = "libseccomp frees its memory" },
	{ .call = SYS_futex, .why = "threads are joined" },
	{ .call = SYS_kill, .why = "a deadly call that the table lists" },
	{ .call = SYS_mmap,
		.why = "memory, not code",
		.comparisons = { { .index = 2, .mask = PROT_EXEC, .value = 0 } } },
	{ .call = SYS_fcntl,
		.why = "two comparisons",
		.comparisons = { { .index = 1, .mask = ~UINT64_C(0), .value = F_GETFD },
			{ .index = 2, .mask = 0xff, .value = 0x11 } } },
};
static const struct filter_table table = { "test", rules, ARRAY_SIZE(rules) };

/* What a process needs that ends by exit() after it has buffered output, or counted what it ran. */
static const struct filter_rule exit_rules[] = {
	{ .call = SYS_exit_group, .why = "the end" },
	{ .call = SYS_write, .why = "buffers" },
	{ .call = SYS_openat, .why = "the record of a coverage build" },
	{ .call = SYS_fcntl, .why = "the record" },
	{ .call = SYS_newfstatat, .why = "the record" },
	{ .call = SYS_read, .why = "the record" },
	{ .call = SYS_lseek, .why = "the record" },
	{ .call = SYS_ftruncate, .why = "the record" },
	{ .call = SYS_close, .why = "the record" },
	{ .call = SYS_munmap, .why = "memory" },
	{ .call = SYS_mmap, .why = "memory" },
	{ .call = SYS_brk, .why = "memory" },
	{ .call = SYS_getpid, .why = "the record" },
};
static const struct filter_table exit_table = { "exit", exit_rules, ARRAY_SIZE(exit_rules) };

enum {
	DIED_OF_SIGSYS = 1000,
	NOT_LOADED = 200,
};

static long call_number, call_arguments[4]; /* of the case that runs */

/* Runs in a filtered child: the call's errno value, 0 when it succeeded. */
static int
try_call(void)
{
	long result = syscall(call_number, call_arguments[0], call_arguments[1], call_arguments[2],
		call_arguments[3], -1, 0);

	return result == -1 ? errno : 0;
}

/* What TRY returns in a child under the filter, or DIED_OF_SIGSYS. */
static int
in_child(int (*try)(void))
{
	struct error err;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(filter_load(&table, &err) ? NOT_LOADED : try());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return DIED_OF_SIGSYS;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_calls(void)
{
	static const struct {
		const char *name;
		long call, arguments[4];
		int wanted;
	} cases[] = {
		{ "filter: a call in the table", SYS_write, { 2, (long)"", 0 }, 0 },
		{ "filter: a call nobody lists", SYS_getpid, { 0 }, ENOSYS },
		{ "filter: no file is opened", SYS_openat, { AT_FDCWD, (long)"/", 0 }, ENOSYS },
		{ "filter: a call that does not exist", 4000, { 0 }, ENOSYS },
		{ "filter: clone falls back", SYS_clone, { SIGCHLD }, ENOSYS },
		{ "filter: clone3 falls back", SYS_clone3, { 0 }, ENOSYS },
		{ "filter: mmap", SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS }, 0 },
		{ "filter: mmap of code", SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, ENOSYS },
		{ "filter: two comparisons", SYS_fcntl, { 2, F_GETFD, 0x511 }, 0 },
		{ "filter: first comparison", SYS_fcntl, { 2, F_GETFL, 0x11 }, ENOSYS },
		{ "filter: second comparison", SYS_fcntl, { 2, F_GETFD, 0x12 }, ENOSYS },
		{ "filter: a deadly call that is listed", SYS_kill, { -1, 0 }, 0 },
		{ "filter: execve", SYS_execve, { (long)"/bin/true" }, DIED_OF_SIGSYS },
		{ "filter: execveat", SYS_execveat, { 0 }, DIED_OF_SIGSYS },
		{ "filter: ptrace", SYS_ptrace, { PTRACE_TRACEME }, DIED_OF_SIGSYS },
		{ "filter: process_vm_readv", SYS_process_vm_readv, { 1 }, DIED_OF_SIGSYS },
		{ "filter: socket", SYS_socket, { 1, 1, 0 }, DIED_OF_SIGSYS },
		{ "filter: connect", SYS_connect, { 0 }, DIED_OF_SIGSYS },
		{ "filter: bpf", SYS_bpf, { 0 }, DIED_OF_SIGSYS },
		{ "filter: io_uring_setup", SYS_io_uring_setup, { 1 }, DIED_OF_SIGSYS },
		{ "filter: userfaultfd", SYS_userfaultfd, { 0 }, DIED_OF_SIGSYS },
		{ "filter: unshare", SYS_unshare, { CLONE_NEWUSER }, DIED_OF_SIGSYS },
		{ "filter: mount", SYS_mount, { 0 }, DIED_OF_SIGSYS },
		{ "filter: open_by_handle_at", SYS_open_by_handle_at, { 0 }, DIED_OF_SIGSYS },
		{ "filter: seccomp", SYS_seccomp, { 0 }, DIED_OF_SIGSYS },
#ifdef SYS_fork
		{ "filter: fork", SYS_fork, { 0 }, DIED_OF_SIGSYS },
#endif
#ifdef __x86_64__
		{ "filter: x32", 0x40000000 + SYS_write, { 2, (long)"", 0 }, DIED_OF_SIGSYS },
#endif
	};
	int got;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		call_number = cases[i].call;
		memcpy(call_arguments, cases[i].arguments, sizeof(call_arguments));
		got = in_child(try_call);
		check(got == cases[i].wanted, cases[i].name, "wanted %d, got %d", cases[i].wanted,
			got);
	}
}

#ifdef __x86_64__
/* getpid as a 32-bit program calls it. */
static int
try_foreign_architecture(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result == -ENOSYS ? ENOSYS : 0;
}
#endif

static _Atomic int stage, thread_result;

static void *
wait_and_try(void *unused)
{
	(void)unused;
	atomic_store(&stage, 1);
	while (atomic_load(&stage) != 2)
		;
	atomic_store(&thread_result, syscall(SYS_getppid) == -1 ? errno : 0);
	return NULL;
}

/* A thread that ran before the filter must be under it too. */
static int
thread_is_locked(void)
{
	struct error err;
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_and_try, NULL))
		return NOT_LOADED;
	while (atomic_load(&stage) != 1)
		;
	if (filter_load(&table, &err))
		return NOT_LOADED;
	atomic_store(&stage, 2);
	pthread_join(thread, NULL);
	return thread_result;
}

static void
test_threads(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(thread_is_locked());
	waitpid(pid, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == ENOSYS, "filter: threads are locked too",
		"status %x", status);
}

static void
test_refused(void)
{
	static const struct filter_rule twice[] = {
		{ .call = SYS_write,
			.why = "an argument that no call has",
			.comparisons = { { .index = 9, .mask = 1, .value = 1 } } },
	};
	static const struct filter_table wrong = { "wrong", twice, ARRAY_SIZE(twice) };
	struct error err = { 0 };

	check_result(filter_load(&wrong, &err), REASON_INTERNAL, &err, "filter: a wrong table");
	check(getppid() > 0, "filter: a wrong table changes nothing", "it did");
}

/* Ends the child PID of this process; its exit status, or -1. */
static int
wait_for(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void
test_exit(void)
{
	struct error err;
	pid_t pid = fork();

	if (pid == 0)
		exit(filter_load(&exit_table, &err)  ? NOT_LOADED
			: syscall(SYS_getppid) == -1 ? 7
						     : 8);
	check(wait_for(pid) == 7, "filter: exit() under a table that allows it", "it fails");
}

/* A thread with a filter of its own, which the common one would not cover. */
static void *
part_from_the_others(void *unused)
{
	static struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	(void)unused;
	atomic_store(
		&thread_result, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
					syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	atomic_store(&stage, 1);
	while (atomic_load(&stage) != 2)
		;
	return NULL;
}

/* All threads or none: 7 when the filter was refused, as it has to be, and binds nobody. */
static int
load_beside_a_stranger(void)
{
	struct error err = { 0 };
	pthread_t thread;
	int result;

	if (pthread_create(&thread, NULL, part_from_the_others, NULL))
		return 1;
	while (atomic_load(&stage) != 1)
		;
	if (thread_result)
		return 2;
	result = filter_load(&table, &err);
	if (result == 0 || syscall(SYS_getppid) == -1)
		return 3;
	atomic_store(&stage, 2);
	pthread_join(thread, NULL);
	return err.reason == REASON_INTERNAL && strstr(err.text, "kernel does not take it") ? 7 : 4;
}

static void
test_stranger(void)
{
	pid_t pid = fork();
	int result;

	if (pid == 0)
		exit(load_beside_a_stranger());
	result = wait_for(pid);
	check(result == 7, "filter: a thread that cannot be locked", "%d", result);
}

enum {
	SCARCE_FINE = 20, /* refused as it should be, or loaded whole, or dead */
	SCARCE_WRONG_REASON,
	SCARCE_NOT_WHOLE,
	SCARCE_PLENTY, /* there were not that many requests */
};

/*
 * Loads with request N for memory refused. libseccomp 2.5.4 does not always look whether it got
 * memory; then it crashes or runs in circles before it comes to the kernel, and whoever waits for
 * this process refuses.
 */
static int
load_scarce(size_t n)
{
	const struct itimerval patience = { .it_value = { .tv_usec = 20000 } };
	struct error err = { 0 };
	int silence = open("/dev/null", O_WRONLY | O_CLOEXEC), result;
	size_t requests;

	dup2(silence, STDERR_FILENO); /* the C library says much when the heap is broken */
	setitimer(ITIMER_VIRTUAL, &patience, NULL);
	scarce_begin(n, false);
	result = filter_load(&table, &err);
	requests = scarce_end();
	if (result)
		exit(err.reason == REASON_INTERNAL ? SCARCE_FINE : SCARCE_WRONG_REASON);
	if (syscall(SYS_getppid) != -1 || syscall(SYS_fcntl, 2, F_GETFD, 0x11) == -1 ||
		syscall(SYS_fcntl, 2, F_GETFL, 0x11) != -1)
		return SCARCE_NOT_WHOLE;
	return requests < n ? SCARCE_PLENTY : SCARCE_FINE;
}

static void
test_scarce(void)
{
	int result = SCARCE_FINE, status = 0;
	size_t n = 0;
	pid_t pid;

	while (result == SCARCE_FINE) {
		n = scarce_after(n);
		pid = fork();
		if (pid == 0)
			_exit(load_scarce(n));
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			break;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : SCARCE_FINE;
	}
	check(result == SCARCE_PLENTY && n > 1, "filter: little memory", "request %zu refused: %d",
		n, result);
}

int
main(void)
{
	/* Some children end by exit(), which would print what waits here once more. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_calls();
#ifdef __x86_64__
	check(in_child(try_foreign_architecture) == DIED_OF_SIGSYS, "filter: 32-bit calls",
		"alive");
#endif
	test_threads();
	test_refused();
	test_exit();
	test_stranger();
	test_scarce();
	return check_end();
}
