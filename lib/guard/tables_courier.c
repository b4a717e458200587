#include "guard/tables_courier.h"

#include "base/mem.h"
#include "border/filter.h"
#include "guard/tables_rule.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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

const struct filter_table tables_courier_all = { "courier", courier, ARRAY_SIZE(courier) };
