#include "guard/tables.h"

#include "base/mem.h"
#include "border/filter.h"
#include "guard/tables_rule.h"

#include <fcntl.h>
#include <linux/mount.h>

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

const struct filter_table tables_parser = { "parser", parser, ARRAY_SIZE(parser) };
const struct filter_table tables_hasher = { "hasher", hasher, ARRAY_SIZE(hasher) };
const struct filter_table tables_viewer = { "viewer", viewer, ARRAY_SIZE(viewer) };
