#include "guard/tables.h"

#include "base/mem.h"
#include "border/filter.h"

#include <fcntl.h>
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
	{ SYS_madvise, "malloc gives memory back", { { 0 } } }, \
	{ SYS_futex, "pthread_once wakes others even where there are none, and aborts without", \
		{ { 0 } } }, \
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
	{ SYS_fsopen, "a file system in memory", { { 0 } } },
	{ SYS_fsconfig, "its bounds", { { 0 } } },
	{ SYS_fsmount, "its mount", { { 0 } } },
	{ SYS_open_tree, "the mount of a descriptor that came", { { 0 } } },
	{ SYS_mount_setattr, "read-only", { { 0 } } },
	{ SYS_move_mount, "puts a mount into its place", { { 0 } } },
	{ SYS_mkdirat, "directories in the file system in memory", { { 0 } } },
	{ SYS_openat, "a new file in it, which a signed one covers", { NEW_FILE } },
	{ SYS_write, "the few texts that lie in it", { { 0 } } },
};

const struct filter_table tables_parser = { "parser", parser, ARRAY_SIZE(parser) };
const struct filter_table tables_hasher = { "hasher", hasher, ARRAY_SIZE(hasher) };
const struct filter_table tables_viewer = { "viewer", viewer, ARRAY_SIZE(viewer) };
