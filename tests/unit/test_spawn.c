#include "guard/spawn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "guard/tables.h"
#include "guard/wire.h"

#include "tests/unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* What the child is asked to do: the type of the request. */
enum {
	ASK_ECHO = 1, /* answers with the first bytes of the descriptor that came */
	ASK_CALL,     /* makes a system call and answers with its errno value */
	ASK_MEMORY,   /* allocates, and answers with 0 or ENOMEM */
	ASK_FULL,     /* keeps descriptors until no more can be had; answers with their number */
	ASK_EXIT,
	ASK_CRASH,
	ASK_SPIN,
	ASK_CLOSE, /* closes its socket and lives on */
};

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void
spin(void)
{
	for (;;)
		__asm__ volatile("");
}

static void
answer_text(struct wire_message *answer, int fd)
{
	char text[32] = "no descriptor";
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (got > 0)
		text[got] = '\0';
	if (fd >= 0)
		close(fd);
	wire_put_text(answer, text);
}

static void
answer_call(struct wire_message *answer, struct wire_message *request)
{
	long number = wire_get_u32(request), arguments[4];

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		arguments[i] = (long)wire_get_u64(request);
	errno = 0;
	syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], -1, 0);
	wire_put_u32(answer, (uint32_t)errno);
}

static void
answer_memory(struct wire_message *answer, struct wire_message *request)
{
	volatile char *memory = malloc((size_t)wire_get_u64(request));

	if (memory)
		memory[0] = 1;
	wire_put_u32(answer, memory ? 0 : (uint32_t)errno);
}

static void
answer_full(struct wire_message *answer, int socket)
{
	struct error err;
	uint32_t count = 0;
	int fd = -1;

	for (;;) {
		struct wire_message message = { 0 };

		if (wire_receive(socket, -1, &message, &fd, &err) != 1 || fd < 0)
			break;
		wire_release(&message);
		count++;
	}
	wire_put_u32(answer, count);
}

static int
serve(void *context, int socket)
{
	struct wire_message request = { 0 }, answer = { .type = 1 };
	struct error err;
	int fd;

	(void)context;
	while (wire_receive(socket, -1, &request, &fd, &err) == 1) {
		if (request.type == ASK_ECHO)
			answer_text(&answer, fd);
		else if (request.type == ASK_CALL)
			answer_call(&answer, &request);
		else if (request.type == ASK_MEMORY)
			answer_memory(&answer, &request);
		else if (request.type == ASK_FULL)
			answer_full(&answer, socket);
		else if (request.type == ASK_EXIT)
			return 5;
		else if (request.type == ASK_CRASH)
			__builtin_trap();
		else if (request.type == ASK_CLOSE)
			close(socket);
		if (request.type == ASK_SPIN || request.type == ASK_CLOSE)
			spin();
		if (wire_send(socket, &answer, -1, &err))
			return 1;
		wire_release(&request);
		wire_release(&answer);
		answer.type = 1;
	}
	return 0;
}

static const struct spawn_options plain = {
	.name = "tester",
	.table = &tables_parser,
	.memory_max = LIMIT_CHILD_MEMORY_BYTES,
	.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
	.serve = serve,
};

static void
start(struct spawn_child *child, const struct spawn_options *options)
{
	struct error err;

	if (spawn_start(options, child, &err))
		abort();
}

static void
ask(struct spawn_child *child, uint32_t type, int fd)
{
	struct wire_message request = { .type = type };
	struct error err;

	if (wire_send(child->socket, &request, fd, &err))
		abort();
}

/* The number with which the child answers, or -1. */
static int
answer_number(struct spawn_child *child, struct error *err)
{
	cleanup_message struct wire_message answer = { 0 };

	if (spawn_receive(child, 10000, &answer, err))
		return -1;
	return (int)wire_get_u32(&answer);
}

/* A descriptor that holds TEXT. */
static int
open_text(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		abort();
	return fd;
}

static bool
echoes(const struct spawn_options *options)
{
	cleanup_child struct spawn_child child = { 0 };
	cleanup_message struct wire_message answer = { 0 };
	cleanup_fd int fd = open_text("a document");
	struct error err;

	start(&child, options);
	ask(&child, ASK_ECHO, fd);
	if (spawn_receive(&child, 10000, &answer, &err))
		return false;
	cleanup_free char *text = wire_get_text(&answer, 64);
	return text && strcmp(text, "a document") == 0 && wire_is_whole(&answer);
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

/* The file NAME below /proc/PID. */
static void
read_proc(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	got = read(fd, out, size - 1);
	out[got > 0 ? got : 0] = '\0';
}

static void
test_privileges(void)
{
	static const struct {
		const char *file, *line;
		bool of_root;
	} table[] = {
		{ "status", "\nUid:\t65534\t65534\t65534\t65534\n", true },
		{ "status", "\nGid:\t65534\t65534\t65534\t65534\n", true },
		{ "status", "\nGroups:\t \n", true },
		{ "status", "\nCapInh:\t0000000000000000\n", false },
		{ "status", "\nCapPrm:\t0000000000000000\n", false },
		{ "status", "\nCapEff:\t0000000000000000\n", false },
		{ "status", "\nCapAmb:\t0000000000000000\n", false },
		{ "status", "\nNoNewPrivs:\t1\n", false },
		{ "status", "\nSeccomp:\t2\n", false },
		{ "status", "\nSigBlk:\t0000000000000000\n", false },
		{ "status", "\nThreads:\t1\n", false },
		{ "status", "\nUmask:\t0077\n", false },
		{ "limits",
			"\nMax core file size        0                    0                    bytes",
			false },
		{ "limits",
			"\nMax processes             0                    0                    "
			"processes",
			false },
		{ "limits",
			"\nMax open files            16                   16                   "
			"files",
			false },
		{ "limits",
			"\nMax address space         536870912            536870912            "
			"bytes",
			false },
		{ "limits",
			"\nMax cpu time              10                   11                   "
			"seconds",
			false },
		{ "comm", "tester\n", false },
	};
	cleanup_child struct spawn_child child = { 0 };
	char text[4096];
	sigset_t blocked, before;

	sigfillset(&blocked);
	sigprocmask(SIG_SETMASK, &blocked, &before);
	start(&child, &plain);
	sigprocmask(SIG_SETMASK, &before, NULL);
	ask(&child, ASK_ECHO, -1);
	if (spawn_receive(&child, 10000, &(struct wire_message){ 0 }, &(struct error){ 0 }))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].of_root && geteuid() != 0) {
			check_skip("privileges: becomes nobody", "only root can");
			continue;
		}
		read_proc(child.pid, table[i].file, text, sizeof(text));
		check(strstr(text, table[i].line) != NULL, "privileges", "%s has no '%s':\n%s",
			table[i].file, table[i].line, text);
	}
}

/* All descriptors of PID, as "0=/dev/null ...". */
static void
list_descriptors(pid_t pid, char *out, size_t size)
{
	char path[64], target[256];
	ssize_t length;
	size_t used = 0;

	for (int fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (strncmp(target, "socket:", 7) == 0)
			target[6] = '\0';
		used += (size_t)snprintf(out + used, size - used, "%d=%s ", fd, target);
	}
}

static void
test_descriptors(void)
{
	cleanup_child struct spawn_child child = { 0 };
	cleanup_fd int kept = open("/", O_PATH | O_DIRECTORY); /* without O_CLOEXEC */
	cleanup_fd int high = fcntl(kept, F_DUPFD, 500);
	char text[1024] = "";

	check(high >= 500, "descriptors: a high one to be closed", "%d", high);
	start(&child, &plain);
	ask(&child, ASK_ECHO, -1);
	if (spawn_receive(&child, 10000, &(struct wire_message){ 0 }, &(struct error){ 0 }))
		abort();
	list_descriptors(child.pid, text, sizeof(text));
	check_text(text, "0=/dev/null 1=/dev/null 2=/dev/null 3=socket ", "descriptors: no others");
	snprintf(text, sizeof(text), "/proc/%d/cwd", child.pid);
	char target[8] = "";

	check(readlink(text, target, sizeof(target) - 1) == 1 && target[0] == '/',
		"descriptors: working directory", "%s", target);
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
	check_text(err.text, "tester: cannot work: 'nothing works: \\x1b[31m'", "prepare: why");
}

static void
test_limits(void)
{
	static const struct {
		const char *name;
		uint64_t bytes;
		int wanted;
	} table[] = { { "memory: 64 MiB", 64 << 20, 0 }, { "memory: 1 GiB", 1 << 30, ENOMEM } };
	cleanup_child struct spawn_child child = { 0 };
	cleanup_child struct spawn_child full = { 0 };
	struct error err = { 0 };
	int got;

	start(&child, &plain);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message request = { .type = ASK_MEMORY };

		wire_put_u64(&request, table[i].bytes);
		wire_send(child.socket, &request, -1, &err);
		got = answer_number(&child, &err);
		check(got == table[i].wanted, table[i].name, "%d", got);
	}
	start(&full, &plain);
	ask(&full, ASK_FULL, -1);
	for (int i = 0; i < 40; i++)
		ask(&full, ASK_ECHO, 0);
	got = answer_number(&full, &err);
	check(got == SPAWN_DESCRIPTORS - 4, "descriptors: bounded", "%d", got);
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

/* What TRY says in a process of its own, so that it may spoil that. */
static bool
elsewhere(bool (*try)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try() ? 0 : 1);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
try_without_standard(void)
{
	close_range(0, ~0u, 0);
	return echoes(&plain);
}

static bool
try_as_user(void)
{
	return setresgid(12345, 12345, 12345) == 0 && setresuid(12345, 12345, 12345) == 0 &&
	       echoes(&plain);
}

static char empty_directory[] = "/tmp/test_spawn.XXXXXX";

static bool
try_without_dev(void)
{
	return chroot(empty_directory) == 0 && echoes(&plain);
}

static void
handle(int number)
{
	(void)number;
}

static bool
try_handler(void)
{
	cleanup_child struct spawn_child child = { 0 };
	struct error err;

	signal(SIGTERM, handle);
	start(&child, &plain);
	ask(&child, ASK_ECHO, -1);
	if (spawn_receive(&child, 10000, &(struct wire_message){ 0 }, &err))
		return false;
	kill(child.pid, SIGTERM);
	return answer_number(&child, &err) == -1 && strstr(err.text, "by signal 15");
}

static void
test_surroundings(void)
{
	check(elsewhere(try_without_standard), "surroundings: 0 to 2 are closed", "no answer");
	check(elsewhere(try_handler), "surroundings: the parent handles signals", "survived");
	if (geteuid() != 0) {
		check_skip("surroundings: another user, another root", "only root can");
		return;
	}
	check(elsewhere(try_as_user), "surroundings: not root", "no answer");
	if (!mkdtemp(empty_directory))
		abort();
	check(elsewhere(try_without_dev), "surroundings: no /dev", "no answer");
	rmdir(empty_directory);
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
	test_privileges();
	test_descriptors();
	test_deaths();
	test_prepare();
	test_limits();
	test_end();
	test_orphan();
	test_surroundings();
	test_cost();
	return check_end();
}
