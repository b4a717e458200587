#include "tests/fault/deeds.h"

#include "base/error.h"
#include "base/mem.h"
#include "guard/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t monitor; /* known since before the filter, as it would be to an intruder who guesses */

static __attribute__((constructor)) void
note_monitor(void)
{
	monitor = getpid();
}

static _Noreturn void
spin(void)
{
	for (;;)
		__asm__ volatile("");
}

/* No call that sleeps is allowed but this. */
static _Noreturn void
sleep_forever(void)
{
	for (;;)
		poll(NULL, 0, -1);
}

static const struct sockaddr_un somebody = { AF_UNIX, "/run/docker.sock" };
static char program[] = "/bin/true";
static char *const words[] = { program, NULL };
static char memory[64];
static const struct iovec part = { memory, sizeof(memory) };
static const struct rlimit plenty = { RLIM_INFINITY, RLIM_INFINITY };

/* One call each. What is forbidden ends the child or answers an error. */
static const struct {
	const char *name;
	long number, arguments[6];
} calls[] = {
	{ "open", SYS_openat, { AT_FDCWD, (long)"/etc/shadow", O_RDONLY } },
	{ "open-new", SYS_openat,
		{ AT_FDCWD, (long)"/tmp/nimgate.evil", O_WRONLY | O_CREAT, 0600 } },
	{ "openat2", SYS_openat2, { AT_FDCWD, (long)"/etc/shadow", (long)memory, 24 } },
	{ "memfd", SYS_memfd_create, { (long)"evil" } },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM } },
	{ "socketpair", SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0, (long)memory } },
	{ "connect", SYS_connect, { 3, (long)&somebody, sizeof(somebody) } },
	{ "sendto", SYS_sendto, { 3, (long)memory, 1 } },
	{ "execve", SYS_execve, { (long)program, (long)words } },
	{ "execveat", SYS_execveat, { AT_FDCWD, (long)program, (long)words } },
#ifdef SYS_fork
	{ "fork", SYS_fork, { 0 } },
#endif
	{ "clone", SYS_clone, { SIGCHLD } },
	{ "clone-thread", SYS_clone,
		{ CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			(long)memory } },
	{ "clone3", SYS_clone3, { (long)memory, sizeof(memory) } },
	{ "ptrace", SYS_ptrace, { PTRACE_ATTACH, -2 } },
	{ "process-vm-readv", SYS_process_vm_readv, { -2, (long)&part, 1, (long)&part, 1 } },
	{ "process-vm-writev", SYS_process_vm_writev, { -2, (long)&part, 1, (long)&part, 1 } },
	{ "kill", SYS_kill, { -2, SIGSTOP } },
	{ "tgkill", SYS_tgkill, { -2, -2, SIGSTOP } },
	{ "pidfd-open", SYS_pidfd_open, { -2 } },
	{ "pidfd-getfd", SYS_pidfd_getfd, { 3, 0 } },
	{ "setns", SYS_setns, { 3, 0 } },
	{ "unshare", SYS_unshare, { CLONE_NEWUSER } },
	{ "mount", SYS_mount, { (long)"none", (long)"/tmp", (long)"tmpfs" } },
	{ "umount", SYS_umount2, { (long)"/", MNT_DETACH } },
	{ "chroot", SYS_chroot, { (long)"/tmp" } },
	{ "bpf", SYS_bpf, { 0, (long)memory, sizeof(memory) } },
	{ "io-uring", SYS_io_uring_setup, { 1, (long)memory } },
	{ "userfaultfd", SYS_userfaultfd, { 0 } },
	{ "keyctl", SYS_keyctl, { 0 } },
	{ "perf", SYS_perf_event_open, { (long)memory, 0, -1, -1 } },
	{ "handle", SYS_open_by_handle_at, { AT_FDCWD, (long)memory, 0 } },
	{ "module", SYS_init_module, { (long)memory, 0, (long)"" } },
	{ "kexec", SYS_kexec_load, { 0 } },
	{ "code", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ "code-later", SYS_mprotect, { -1, 4096, PROT_READ | PROT_EXEC } },
	{ "map-document", SYS_mmap, { 0, 4096, PROT_READ, MAP_SHARED, 4 } },
	{ "become-root", SYS_setresuid, { 0, 0, 0 } },
	{ "seccomp", SYS_seccomp, { 1, 0, (long)memory } },
	{ "dumpable", SYS_prctl, { PR_SET_DUMPABLE, 1 } },
	{ "limits", SYS_prlimit64, { 0, RLIMIT_NOFILE, (long)&plenty } },
	{ "write", SYS_write, { 4, (long)memory, 1 } },
	{ "truncate", SYS_ftruncate, { 4, 0 } },
	{ "chmod", SYS_fchmod, { 4, 0777 } },
	{ "unlink", SYS_unlinkat, { 4, (long)"config.json", 0 } },
	{ "flags", SYS_fcntl, { 4, F_SETFL, O_NONBLOCK } },
	{ "unlease", SYS_fcntl, { 4, F_SETLEASE, F_UNLCK } },
	{ "seek", SYS_lseek, { 4, 0, SEEK_SET } },
	{ "duplicate", SYS_dup, { 3 } },
	{ "ioctl", SYS_ioctl, { 4, 0x5401, (long)memory } },
	{ "listxattr", SYS_flistxattr, { 4, (long)memory, 1 } },
	{ "sync", SYS_sync, { 0 } },
	{ "shm", SYS_shmget, { 0, 4096, 0600 } },
	{ "futex-pi", SYS_futex, { (long)memory, 6, 0, 0 } }, /* FUTEX_LOCK_PI */
	{ "poison", SYS_madvise, { -1, 4096, 100 } },         /* MADV_HWPOISON */
	{ "set-device", SYS_fsconfig, { 4, 3, (long)"source", (long)"/dev/sda", AT_FDCWD } },
	{ "inotify", SYS_inotify_init1, { 0 } },
};

static bool
try_call(const char *name, struct deeds_report *report)
{
	long arguments[6], result;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < 6; k++)
			arguments[k] =
				calls[i].arguments[k] == -2 ? monitor : calls[i].arguments[k];
		if (calls[i].number == SYS_mprotect || calls[i].number == SYS_madvise)
			arguments[0] = (long)memory & ~4095L;
		report->done++;
		result = syscall(calls[i].number, arguments[0], arguments[1], arguments[2],
			arguments[3], arguments[4], 0);
		report->broke += result != -1;
		return true;
	}
	return false;
}

/* LENGTH bytes as they are. */
static void
send_raw(int socket, const void *bytes, size_t length)
{
	struct iovec iov = { (void *)(uintptr_t)bytes, length };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* A message whose header says TYPE and SAID, and that has LENGTH bytes behind it. */
static void
send_message(int socket, uint32_t type, uint32_t said, size_t length)
{
	static uint32_t bytes[2 + (1 << 16) / 4];

	bytes[0] = type;
	bytes[1] = said;
	send_raw(socket, bytes, 8 + length);
}

static void
send_failed(int socket)
{
	struct wire_message message = { .type = 0 };
	struct error err;

	wire_put_text(&message, "\033[2J\nnimgate: admitted\342\200\256");
	wire_send(socket, &message, -1, &err);
}

/* One answer with descriptors that nobody asked for. */
static void
send_descriptors(int socket)
{
	struct wire_message message = { .type = 2 };
	struct error err;
	int fds[] = { 3, 3, 3 };

	wire_send_many(socket, &message, fds, ARRAY_SIZE(fds), &err);
}

static void
eat_memory(struct deeds_report *report)
{
	size_t total = 0;
	char *block;

	while ((block = malloc(1 << 20))) {
		memset(block, 1, 1 << 20);
		total += 1 << 20;
	}
	/* The largest bound that any child has, hashers of many threads apart. */
	report->broke += total > (size_t)8 << 30;
}

static void
flood(int socket)
{
	for (;;)
		send_message(socket, 2, 1 << 16, 1 << 16);
}

/* Mounts something empty over what the view has just covered: over each descriptor that came. */
static void
cover_view(long wait, struct deeds_report *report)
{
	for (volatile long i = 0; i < wait; i++)
		;
	for (int fd = 4; fd < 12; fd++) {
		int fs = (int)syscall(SYS_fsopen, "tmpfs", 1), mount;

		syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
		mount = (int)syscall(SYS_fsmount, fs, 1, 0);
		report->done += syscall(SYS_move_mount, mount, "", fd, "", 0x44) == 0;
	}
}

static bool
misbehave(const char *name, int socket, struct deeds_report *report)
{
	report->done++;
	if (strcmp(name, "spin") == 0)
		spin();
	else if (strcmp(name, "sleep") == 0)
		sleep_forever();
	else if (strcmp(name, "exit") == 0)
		_exit(0);
	else if (strcmp(name, "crash") == 0)
		__builtin_trap();
	else if (strcmp(name, "close") == 0)
		close(socket);
	else if (strcmp(name, "half-header") == 0)
		send_raw(socket, "\2\0\0", 3);
	else if (strcmp(name, "half") == 0)
		send_message(socket, 2, 1000, 10);
	else if (strcmp(name, "huge") == 0)
		send_message(socket, 2, UINT32_MAX, 10);
	else if (strcmp(name, "empty") == 0)
		send_message(socket, 2, 0, 0);
	else if (strcmp(name, "refuse-nothing") == 0)
		send_message(socket, 3, 12, 12);
	else if (strcmp(name, "unknown") == 0)
		send_message(socket, 77, 0, 0);
	else if (strcmp(name, "failed") == 0)
		send_failed(socket);
	else if (strcmp(name, "descriptors") == 0)
		send_descriptors(socket);
	else if (strcmp(name, "memory") == 0)
		eat_memory(report);
	else if (strcmp(name, "flood") == 0)
		flood(socket);
	else
		return false;
	if (strncmp(name, "half", 4) == 0)
		_exit(0);
	return true;
}

void
deeds_do(const char *name, int socket, struct deeds_report *report)
{
	struct pollfd asked = { .fd = socket, .events = POLLIN };

	if (strncmp(name, "cover", 5) == 0) {
		cover_view(strtol(name + 5, NULL, 10), report);
		return;
	}
	poll(&asked, 1, -1);
	if (!try_call(name, report) && !misbehave(name, socket, report))
		_exit(99);
}
