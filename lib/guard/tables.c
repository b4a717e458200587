#include "guard/tables.h"

#include "base/mem.h"
#include "border/filter.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Both are compared as the kernel sees them: the argument's bits under the mask. */
#define NOT_EXECUTABLE                                    \
	{                                                 \
		.index = 2, .mask = PROT_EXEC, .value = 0 \
	}
#define ANONYMOUS                                                         \
	{                                                                 \
		.index = 3, .mask = MAP_ANONYMOUS, .value = MAP_ANONYMOUS \
	}

/* An argument that has one value, where all bits count that the kernel looks at. */
#define IS(number, wanted)                                               \
	{                                                                \
		.index = (number), .mask = UINT32_MAX, .value = (wanted) \
	}
/* ... and one in which this flag is set. */
#define HAS(number, flag)                                          \
	{                                                          \
		.index = (number), .mask = (flag), .value = (flag) \
	}
/* What a futex is asked: without the locks that hand on priorities, whose kernel code has been a
 * way to root. */
#define FUTEX_IS(operation)                                                                  \
	{                                                                                    \
		.index = 1, .mask = (uint32_t) ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), \
		.value = (operation)                                                         \
	}

/* poll() of the C library is ppoll on newer architectures, which have nothing else. */
#ifdef SYS_poll
#define CALL_POLL SYS_poll
#else
#define CALL_POLL SYS_ppoll
#endif

/* clang-format off */
#define COMMON_RULES \
	{ SYS_recvmsg, "requests and descriptors come over the socket", { { 0 } } }, \
	{ SYS_sendmsg, "answers leave over the socket", { { 0 } } }, \
	{ CALL_POLL, "waits for room in the socket", { { 0 } } }, \
	{ SYS_restart_syscall, "poll and futex go on after a stop or a freeze", { { 0 } } }, \
	{ SYS_close, "of descriptors that came", { { 0 } } }, \
	{ SYS_mmap, "large blocks of malloc; never a file, never code", \
		{ NOT_EXECUTABLE, ANONYMOUS } }, \
	{ SYS_mremap, "realloc of large blocks", { { 0 } } }, \
	{ SYS_munmap, "free of large blocks", { { 0 } } }, \
	{ SYS_brk, "small blocks of malloc", { { 0 } } }, \
	{ SYS_madvise, "malloc gives memory back; nothing else, since some advice is root's", \
		{ IS(2, MADV_DONTNEED) } }, \
	{ SYS_futex, "pthread_once wakes others even where there are none, and aborts without", \
		{ FUTEX_IS(FUTEX_WAKE) } }, \
	{ SYS_futex, "a lock that another thread holds", { FUTEX_IS(FUTEX_WAIT) } }, \
	{ SYS_futex, "a thread that has nothing to do", { FUTEX_IS(FUTEX_WAIT_BITSET) } }, \
	{ SYS_clock_gettime, "where the clock cannot be read without the kernel", { { 0 } } }, \
	{ SYS_getrandom, "OpenSSL seeds itself anew after a fork", { { 0 } } }, \
	{ SYS_exit_group, "the end", { { 0 } } }
/* clang-format on */

static const struct filter_rule parser[] = {
	COMMON_RULES,
	{ SYS_read, "documents, through the descriptor that came", { { 0 } } },
};

static const struct filter_rule hasher[] = {
	COMMON_RULES,
	{ SYS_pread64, "the bytes of a stream", { { 0 } } },
	{ SYS_fadvise64, "tells the kernel to read ahead", { { 0 } } },
};

/* Never what is there already. */
#define NEW_FILE                                                               \
	{                                                                      \
		.index = 2, .mask = UINT32_MAX,                                \
		.value = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, \
	}

static const struct filter_rule viewer[] = {
	COMMON_RULES,
	{ SYS_fsopen, "a file system in memory", { IS(1, FSOPEN_CLOEXEC) } },
	{ SYS_fsconfig, "its bounds, which are texts: no path, no descriptor of a device",
		{ IS(1, FSCONFIG_SET_STRING) } },
	{ SYS_fsconfig, "and its making", { IS(1, FSCONFIG_CMD_CREATE) } },
	{ SYS_fsmount, "its mount", { IS(1, FSMOUNT_CLOEXEC) } },
	{ SYS_open_tree, "a copy of the mount of a descriptor that came",
		{ HAS(2, AT_EMPTY_PATH | OPEN_TREE_CLONE) } },
	{ SYS_mount_setattr, "read-only, of a descriptor", { HAS(2, AT_EMPTY_PATH) } },
	{ SYS_move_mount, "puts a mount that it holds into its place",
		{ HAS(4, MOVE_MOUNT_F_EMPTY_PATH) } },
	{ SYS_mkdirat, "directories in the file system in memory", { { 0 } } },
	{ SYS_openat, "a new file in it, which a signed one covers", { NEW_FILE } },
	{ SYS_write, "the few texts that lie in it", { { 0 } } },
};

/* Reads what is there, and nothing else. */
#define READS_FILE                                                                               \
	{                                                                                        \
		.index = 2, .mask = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE, .value = O_RDONLY \
	}
#define SOCKET(family, kind)                                     \
	{                                                        \
		IS(0, family),                                   \
		{                                                \
			.index = 1, .mask = 0xf, .value = (kind) \
		}                                                \
	}

/* It starts threads and opens files and sockets behind its filter: what libcurl, TLS and the C
 * library's resolver do, whose modules (nsswitch.conf) are programs of others. */
static const struct filter_rule courier[] = {
	COMMON_RULES,
	{ SYS_mmap, "a stack, an arena, a file; never code that can be written",
		{ NOT_EXECUTABLE } },
	{ SYS_mmap, "a module of the resolver: code of a file, as it is there",
		{ { .index = 2, .mask = PROT_EXEC | PROT_WRITE, .value = PROT_EXEC },
			{ .index = 3, .mask = MAP_ANONYMOUS | MAP_SHARED, .value = 0 } } },
	{ SYS_madvise, "a token's pages: in no core dump", { IS(2, MADV_DONTDUMP) } },
	{ SYS_madvise, "a token's pages: in no child process", { IS(2, MADV_WIPEONFORK) } },
	{ SYS_mlock, "a token's pages: not in swap", { { 0 } } },
	{ SYS_mprotect, "stacks and arenas, module's tables; never code", { NOT_EXECUTABLE } },
	{ SYS_clone, "a thread that resolves a name; clone3 hides its flags and is not known",
		{ HAS(0, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD) } },
	{ SYS_set_robust_list, "a thread begins", { { 0 } } },
	{ SYS_rseq, "a thread begins", { { 0 } } },
	{ SYS_rt_sigprocmask, "while a thread begins, or a module works", { { 0 } } },
	{ SYS_rt_sigaction, "the C library's own signal for threads", { { 0 } } },
	{ SYS_rt_sigreturn, "from it", { { 0 } } },
	{ SYS_exit, "a thread ends", { { 0 } } },
	{ SYS_sched_yield, "a thread lets others go on", { { 0 } } },
	{ SYS_sched_getaffinity, "the C library counts CPUs for its arenas", { { 0 } } },
	{ SYS_clock_nanosleep, "waits before it asks again", { { 0 } } },
	{ SYS_nanosleep, "the same, of other C libraries", { { 0 } } },
	{ SYS_getpid, "OpenSSL looks for a fork, and libcurl for a number", { { 0 } } },
	{ SYS_gettid, "modules of the resolver tell threads apart", { { 0 } } },
	{ SYS_getuid, "modules of the resolver ask who they are", { { 0 } } },
	{ SYS_geteuid, "modules of the resolver ask who they are", { { 0 } } },
	{ SYS_getgid, "modules of the resolver ask who they are", { { 0 } } },
	{ SYS_getegid, "modules of the resolver ask who they are", { { 0 } } },
	{ SYS_uname, "the resolver's own name", { { 0 } } },
	{ SYS_sysinfo, "qsort asks how much memory there is", { { 0 } } },
	{ SYS_openat, "settings of the resolver, modules, authorities' certificates, the time zone",
		{ READS_FILE } },
	{ SYS_read, "of these", { { 0 } } },
	{ SYS_pread64, "of modules", { { 0 } } },
	{ SYS_lseek, "of these, and back to the beginning of what it brings", { { 0 } } },
	{ SYS_newfstatat, "of these", { { 0 } } },
	{ SYS_fstat, "the same, of other C libraries", { { 0 } } },
	{ SYS_statx, "the same, of other C libraries", { { 0 } } },
	{ SYS_faccessat, "modules look whether a service is there", { { 0 } } },
	{ SYS_readlinkat, "the time zone, and modules", { { 0 } } },
#ifdef SYS_access /* older architectures alone have these */
	{ SYS_access, "modules look whether a service is there", { { 0 } } },
	{ SYS_readlink, "the time zone, and modules", { { 0 } } },
#endif
	{ SYS_memfd_create, "what it brings, sealed", { { 0 } } },
	{ SYS_write, "of that, and wakes of threads", { { 0 } } },
	{ SYS_writev, "the resolver, by TCP", { { 0 } } },
	{ SYS_fcntl, "seals what it brings", { IS(1, F_ADD_SEALS) } },
	{ SYS_fcntl, "sockets that do not wait", { IS(1, F_GETFL) } },
	{ SYS_fcntl, "sockets that do not wait", { IS(1, F_SETFL) } },
	{ SYS_fcntl, "descriptors that no program gets", { IS(1, F_GETFD) } },
	{ SYS_fcntl, "descriptors that no program gets", { IS(1, F_SETFD) } },
	{ SYS_ioctl, "the resolver asks how long an answer is", { IS(1, FIONREAD) } },
	{ SYS_socket, "a server", SOCKET(AF_INET, SOCK_STREAM) },
	{ SYS_socket, "a name server", SOCKET(AF_INET, SOCK_DGRAM) },
	{ SYS_socket, "a server", SOCKET(AF_INET6, SOCK_STREAM) },
	{ SYS_socket, "a name server", SOCKET(AF_INET6, SOCK_DGRAM) },
	{ SYS_socket, "nscd, systemd-resolved", SOCKET(AF_UNIX, SOCK_STREAM) },
	{ SYS_socket, "which addresses this host has",
		{ IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE) } },
	{ SYS_socketpair, "libcurl wakes its own threads", { IS(0, AF_UNIX) } },
	{ SYS_pipe2, "the same, of other releases", { { 0 } } },
	{ SYS_eventfd2, "the same, of other releases", { { 0 } } },
	{ SYS_connect, "to these", { { 0 } } },
	{ SYS_bind, "netlink's own address", { { 0 } } },
	{ SYS_sendto, "to these", { { 0 } } },
	{ SYS_sendmmsg, "two questions to a name server at once", { { 0 } } },
	{ SYS_recvfrom, "answers", { { 0 } } },
	{ SYS_getsockname, "netlink, and libcurl", { { 0 } } },
	{ SYS_getpeername, "libcurl", { { 0 } } },
	{ SYS_getsockopt, "whether it is connected, and to whom", { { 0 } } },
	{ SYS_setsockopt, "no delay, and errors of UDP", { { 0 } } },
	{ SYS_shutdown, "the end of a connection", { { 0 } } },
#ifdef SYS_poll /* else it is above */
	{ SYS_ppoll, "modules of the resolver", { { 0 } } },
#endif
};

const struct filter_table tables_courier = { "courier", courier, ARRAY_SIZE(courier) };
const struct filter_table tables_parser = { "parser", parser, ARRAY_SIZE(parser) };
const struct filter_table tables_hasher = { "hasher", hasher, ARRAY_SIZE(hasher) };
const struct filter_table tables_viewer = { "viewer", viewer, ARRAY_SIZE(viewer) };
