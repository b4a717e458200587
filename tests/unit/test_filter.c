#include "border/filter.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
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

int
main(void)
{
	test_calls();
#ifdef __x86_64__
	check(in_child(try_foreign_architecture) == DIED_OF_SIGSYS, "filter: 32-bit calls",
		"alive");
#endif
	test_threads();
	test_refused();
	return check_end();
}
