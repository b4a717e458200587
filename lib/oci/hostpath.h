/*
 * From a container's files to the host's: the path on the host that leads to what a descriptor
 * holds.
 */
#pragma once

#include "base/limits.h"

#include <sys/types.h>

struct error;

/*
 * The path in our own mount namespace of the file or directory that FD holds, which process PID has
 * on one of its mounts: by the lists of mounts of both, and only if it leads to the very same.
 * Somebody may move it at any time: whoever opens the path compares again. Returns 0, or -1 with
 * REASON_UNSEEN.
 */
int hostpath_find(pid_t pid, int fd, char out[static LIMIT_NAME_BYTES], struct error *err)
	__attribute__((nonnull));
