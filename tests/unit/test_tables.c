#include "guard/tables.h"

#include "base/mem.h"
#include "border/filter.h"
#include "guard/tables_courier.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CALLS = 470,
	KILLED = 1000,
	/* No filter sees them from Linux 6.14 on; they end whoever was not sent there by the
	   kernel. */
	URETPROBE = 335,
	UPROBE = 336,
};

static const struct filter_table *const tables[] = { &tables_parser, &tables_hasher, &tables_viewer,
	&tables_courier_all };

/* What is allowed, to whom: a letter each (p, h, v, c), written down apart from the tables. */
static const struct {
	long call;
	const char *who;
} allowed[] = {
	{ SYS_recvmsg, "phvc" },
	{ SYS_sendmsg, "phvc" },
#ifdef SYS_poll
	{ SYS_poll, "phvc" },
#else
	{ SYS_ppoll, "phvc" },
#endif
	{ SYS_restart_syscall, "phvc" },
	{ SYS_close, "phvc" },
	{ SYS_mmap, "phvc" },
	{ SYS_mremap, "phvc" },
	{ SYS_munmap, "phvc" },
	{ SYS_brk, "phvc" },
	{ SYS_madvise, "phvc" },
	{ SYS_futex, "phvc" },
	{ SYS_clock_gettime, "phvc" },
	{ SYS_getrandom, "phvc" },
	{ SYS_exit_group, "phvc" },
	{ SYS_read, "pc" },
	{ SYS_pread64, "hc" },
	{ SYS_fadvise64, "h" },
	{ SYS_fsopen, "v" },
	{ SYS_fsconfig, "v" },
	{ SYS_fsmount, "v" },
	{ SYS_open_tree, "v" },
	{ SYS_mount_setattr, "v" },
	{ SYS_move_mount, "v" },
	{ SYS_mkdirat, "v" },
	{ SYS_openat, "vc" },
	{ SYS_write, "vc" },
	{ SYS_mprotect, "c" },
	{ SYS_mlock, "c" },
	{ SYS_clone, "c" },
	{ SYS_set_robust_list, "c" },
	{ SYS_rseq, "c" },
	{ SYS_rt_sigprocmask, "c" },
	{ SYS_rt_sigaction, "c" },
	{ SYS_rt_sigreturn, "c" },
	{ SYS_exit, "c" },
	{ SYS_sched_yield, "c" },
	{ SYS_sched_getaffinity, "c" },
	{ SYS_clock_nanosleep, "c" },
	{ SYS_nanosleep, "c" },
	{ SYS_getpid, "c" },
	{ SYS_gettid, "c" },
	{ SYS_getuid, "c" },
	{ SYS_geteuid, "c" },
	{ SYS_getgid, "c" },
	{ SYS_getegid, "c" },
	{ SYS_uname, "c" },
	{ SYS_sysinfo, "c" },
	{ SYS_lseek, "c" },
	{ SYS_newfstatat, "c" },
	{ SYS_fstat, "c" },
	{ SYS_statx, "c" },
	{ SYS_faccessat, "c" },
	{ SYS_readlinkat, "c" },
	{ SYS_memfd_create, "c" },
	{ SYS_writev, "c" },
	{ SYS_fcntl, "c" },
	{ SYS_ioctl, "c" },
	{ SYS_socket, "c" },
	{ SYS_socketpair, "c" },
	{ SYS_pipe2, "c" },
	{ SYS_eventfd2, "c" },
	{ SYS_connect, "c" },
	{ SYS_bind, "c" },
	{ SYS_sendto, "c" },
	{ SYS_sendmmsg, "c" },
	{ SYS_recvfrom, "c" },
	{ SYS_getsockname, "c" },
	{ SYS_getpeername, "c" },
	{ SYS_getsockopt, "c" },
	{ SYS_setsockopt, "c" },
	{ SYS_shutdown, "c" },
#ifdef SYS_access
	{ SYS_access, "c" },
	{ SYS_readlink, "c" },
#endif
#ifdef SYS_poll
	{ SYS_ppoll, "c" },
#endif
};

/* What ends the child (facts: security, section 8), unless it is allowed above. */
static const long deadly[] = { SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen,
	SYS_accept4, SYS_open_by_handle_at, SYS_bpf, SYS_keyctl, SYS_add_key, SYS_request_key,
	SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_setns,
	SYS_unshare, SYS_mount, SYS_umount2, SYS_mount_setattr, SYS_move_mount, SYS_open_tree,
	SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_kexec_load, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_perf_event_open, SYS_kill, SYS_tkill,
	SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_chroot, SYS_pivot_root,
	SYS_reboot, SYS_seccomp, SYS_clock_settime, SYS_settimeofday };

static bool
is_allowed(char who, long call)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (allowed[i].call == call)
			return strchr(allowed[i].who, who) != NULL;
	return false;
}

static bool
is_deadly(long call)
{
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (deadly[i] == call)
			return true;
	return false;
}

/* The call's errno value behind the filter, 0 for any other answer, or KILLED. */
static int
probe(const struct filter_table *table, long call, const long arguments[5])
{
	struct error err;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		long result;

		close(STDIN_FILENO);
		if (filter_load(table, &err))
			_exit(200);
		result = syscall(call, arguments[0], arguments[1], arguments[2], arguments[3],
			arguments[4], 0);
		_exit(result == -1 ? errno & 0xff : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : -1;
	return WEXITSTATUS(status);
}

/* Every call that the kernel has, or may have soon, that the table does not list. */
static void
test_forbidden(const struct filter_table *table)
{
	static const long none[5];
	const char who = table->name[0];
	size_t wrong = 0, killed = 0, unknown = 0;
	long last = -1;

	for (long call = 0; call < CALLS; call++) {
		int got;

		if (is_allowed(who, call) || call == URETPROBE || call == UPROBE)
			continue;
		got = probe(table, call, none);
		killed += got == KILLED;
		unknown += got == ENOSYS;
		/* More may kill than must; nothing else may pass. */
		if (got == KILLED || (got == ENOSYS && !is_deadly(call)))
			continue;
		wrong++;
		last = call;
	}
	check(wrong == 0 && killed >= 40 && unknown >= 300, table->name,
		"%zu calls answer otherwise, among them %ld; %zu kill, %zu answer ENOSYS", wrong,
		last, killed, unknown);
}

/* No row that is not written down above, and no row without its reason. */
static void
test_rows(const struct filter_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		check(is_allowed(table->name[0], table->rules[i].call) &&
				strlen(table->rules[i].why) > 5,
			table->rules[i].why, "%s: call %d", table->name, table->rules[i].call);
}

static void
test_arguments(void)
{
	static char byte[4096] __attribute__((aligned(4096)));
	const long word = (long)byte;
	const struct {
		const char *name;
		char who;
		long call, arguments[5];
		int wanted; /* ENOSYS: the filter's answer; anything else is the kernel's */
	} cases[] = {
		{ "arguments: memory", 'p', SYS_mmap,
			{ 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1 }, 0 },
		{ "arguments: code", 'p', SYS_mmap, { 0, 4096, 5, MAP_PRIVATE | MAP_ANONYMOUS, -1 },
			ENOSYS },
		{ "arguments: a file's memory", 'h', SYS_mmap, { 0, 4096, 1, MAP_SHARED, 0 },
			ENOSYS },
		{ "arguments: memory back", 'h', SYS_madvise, { word, 4096, MADV_DONTNEED }, 0 },
		{ "arguments: poison", 'v', SYS_madvise, { word, 4096, 100 }, ENOSYS },
		{ "arguments: wake", 'p', SYS_futex, { word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1 },
			0 },
		{ "arguments: wait", 'h', SYS_futex, { word, FUTEX_WAIT, 1 }, EAGAIN },
		/* Without a set of bits, which would be the sixth argument. */
		{ "arguments: wait until", 'h', SYS_futex,
			{ word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1 }, EINVAL },
		{ "arguments: priorities", 'h', SYS_futex, { word, FUTEX_LOCK_PI }, ENOSYS },
		{ "arguments: requeue", 'p', SYS_futex, { word, FUTEX_CMP_REQUEUE_PI, 1, 1 },
			ENOSYS },
		{ "arguments: a text", 'v', SYS_fsconfig, { 9, FSCONFIG_SET_STRING, word, word },
			EBADF },
		{ "arguments: a device's path", 'v', SYS_fsconfig,
			{ 9, FSCONFIG_SET_PATH, word, word }, ENOSYS },
		{ "arguments: a device", 'v', SYS_fsconfig, { 9, FSCONFIG_SET_FD, word, 0, 3 },
			ENOSYS },
		{ "arguments: another's settings", 'v', SYS_fsconfig,
			{ 9, FSCONFIG_CMD_RECONFIGURE }, ENOSYS },
		{ "arguments: a mount by its path", 'v', SYS_open_tree,
			{ AT_FDCWD, word, OPEN_TREE_CLONE }, ENOSYS },
		{ "arguments: a mount itself", 'v', SYS_open_tree, { 9, word, AT_EMPTY_PATH },
			ENOSYS },
		{ "arguments: a mount's copy", 'v', SYS_open_tree,
			{ 9, word, AT_EMPTY_PATH | OPEN_TREE_CLONE }, EBADF },
		{ "arguments: moves a path", 'v', SYS_move_mount, { 9, word, 9, word, 0 }, ENOSYS },
		{ "arguments: changes a path", 'v', SYS_mount_setattr,
			{ AT_FDCWD, word, 0, word, 32 }, ENOSYS },
		{ "arguments: opens what is there", 'v', SYS_openat,
			{ AT_FDCWD, (long)"/", O_RDONLY }, ENOSYS },
		{ "arguments: opens for all", 'v', SYS_openat,
			{ AT_FDCWD, (long)"/", O_WRONLY | O_CREAT }, ENOSYS },
		{ "arguments: makes a file of its own", 'v', SYS_openat,
			{ 9, (long)"x", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0444 },
			EBADF },
		{ "arguments: reads a file", 'c', SYS_openat, { AT_FDCWD, (long)"/", O_RDONLY },
			0 },
		{ "arguments: writes a file", 'c', SYS_openat, { AT_FDCWD, (long)"/", O_WRONLY },
			ENOSYS },
		{ "arguments: changes a file", 'c', SYS_openat, { AT_FDCWD, (long)"/", O_RDWR },
			ENOSYS },
		{ "arguments: makes a file", 'c', SYS_openat,
			{ AT_FDCWD, (long)"/tmp/x", O_RDONLY | O_CREAT, 0600 }, ENOSYS },
		{ "arguments: cuts a file", 'c', SYS_openat,
			{ AT_FDCWD, (long)"/", O_RDONLY | O_TRUNC }, ENOSYS },
		{ "arguments: a nameless file", 'c', SYS_openat,
			{ AT_FDCWD, (long)"/tmp", O_TMPFILE | O_RDWR, 0600 }, ENOSYS },
		{ "arguments: a process", 'c', SYS_clone, { SIGCHLD }, ENOSYS },
		{ "arguments: a namespace", 'c', SYS_clone, { CLONE_NEWUSER | SIGCHLD }, ENOSYS },
		{ "arguments: another form of that", 'c', SYS_clone3, { word, 88 }, ENOSYS },
		{ "arguments: code that was data", 'c', SYS_mprotect,
			{ word, 4096, PROT_READ | PROT_EXEC }, ENOSYS },
		{ "arguments: code out of nothing", 'c', SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 },
			ENOSYS },
		{ "arguments: code that can be written", 'c', SYS_mmap,
			{ 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, 9 }, ENOSYS },
		{ "arguments: code that others write", 'c', SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, 9 }, ENOSYS },
		{ "arguments: code of a file", 'c', SYS_mmap,
			{ 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 9 }, EBADF },
		{ "arguments: a connection", 'c', SYS_socket, { AF_INET6, SOCK_STREAM }, 0 },
		{ "arguments: packets", 'c', SYS_socket, { AF_PACKET, SOCK_RAW }, ENOSYS },
		{ "arguments: raw packets", 'c', SYS_socket, { AF_INET, SOCK_RAW, 1 }, ENOSYS },
		{ "arguments: the kernel's rules", 'c', SYS_socket,
			{ AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */ }, ENOSYS },
		{ "arguments: the kernel's ciphers", 'c', SYS_socket, { AF_ALG, SOCK_SEQPACKET },
			ENOSYS },
		{ "arguments: types into a terminal", 'c', SYS_ioctl,
			{ 0, 0x5412 /* TIOCSTI */, word }, ENOSYS },
		{ "arguments: a lease", 'c', SYS_fcntl, { 0, F_SETLEASE, F_RDLCK }, ENOSYS },
		{ "arguments: memory's poison", 'c', SYS_madvise, { word, 4096, 100 }, ENOSYS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct filter_table *table = tables[0];
		int got;

		for (size_t k = 0; k < ARRAY_SIZE(tables); k++)
			if (tables[k]->name[0] == cases[i].who)
				table = tables[k];
		got = probe(table, cases[i].call, cases[i].arguments);
		check(got == cases[i].wanted, cases[i].name, "wanted %d, got %d", cases[i].wanted,
			got);
	}
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		test_rows(tables[i]);
		test_forbidden(tables[i]);
	}
	test_arguments();
	return check_end();
}
