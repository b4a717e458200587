#include "guard/contain.h"

#include "tests/unit/probe.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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
	static const gid_t groups[] = { 1, 2 };
	sigset_t blocked, before;

	if (geteuid() == 0 && setgroups(ARRAY_SIZE(groups), groups))
		abort();
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

/* Another user who kept root's capabilities. */
static bool
try_with_capabilities(void)
{
	cleanup_child struct spawn_child child = { 0 };
	cleanup_message struct wire_message answer = { 0 };
	static const char none[] = "\nCapPrm:\t0000000000000000\n";
	char ours[4096], theirs[4096];
	struct error err;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresuid(12345, 12345, 12345))
		return false;
	start(&child, &plain);
	ask(&child, ASK_ECHO, -1);
	if (spawn_receive(&child, 10000, &answer, &err))
		return false;
	read_proc(getpid(), "status", ours, sizeof(ours));
	read_proc(child.pid, "status", theirs, sizeof(theirs));
	return !strstr(ours, none) && strstr(theirs, none);
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
	check(elsewhere(try_with_capabilities), "surroundings: kept capabilities", "kept");
	check(elsewhere(try_as_user), "surroundings: not root", "no answer");
	if (!mkdtemp(empty_directory))
		abort();
	check(elsewhere(try_without_dev), "surroundings: no /dev", "no answer");
	rmdir(empty_directory);
}

int
main(void)
{
	test_privileges();
	test_descriptors();
	test_limits();
	test_surroundings();
	return check_end();
}
