/*
 * How rows of the tables are written, and those that all tables have. For tables.c and
 * tables_courier.c alone.
 */
#pragma once

#include <linux/futex.h>
#include <sys/mman.h>
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
