#include "cli/containers.h"

#include "base/birth.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/container_id.h"
#include "nim/cache.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	PATH_BYTES = 64,
	ANCESTORS_MAX = 64, /* processes of one container nest less */
};

/* What is known of the machine. */
struct machine {
	int proc;
	struct stat root; /* ours */
	int64_t booted_s;
};

static int
look_at_machine(struct machine *out, struct error *err)
{
	struct timespec up;

	out->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->proc < 0 || stat("/", &out->root) || clock_gettime(CLOCK_BOOTTIME, &up))
		return error_set_os(err, REASON_IO, errno, "/proc");
	out->booted_s = clock_now() - up.tv_sec;
	return 0;
}

/* True if a NIM's file or directory is at PATH below ROOT, or cannot be looked for. A file system
 * that its owner keeps even from root (FUSE) is a rootless engine's. */
static bool
has(int root, const char *path)
{
	cleanup_fd int fd =
		file_openat2(root, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	return fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != EACCES);
}

static bool
is_nim(int root)
{
	for (size_t i = 0; cache_manifest_paths[i]; i++)
		if (has(root, cache_manifest_paths[i]))
			return true;
	return has(root, CACHE_NIM_DIRECTORY);
}

/* The one with the same mounts and the same root. */
static struct container *
find_same(struct containers *containers, const struct container *found)
{
	for (size_t i = 0; i < containers->count; i++) {
		struct container *item = &containers->items[i];

		if (item->namespace == found->namespace && item->root == found->root &&
			item->root_device == found->root_device)
			return item;
	}
	return NULL;
}

/* The process is older than the one we know, or the first. */
static int
add(struct containers *containers, const struct container *found, struct error *err)
{
	struct container *known = find_same(containers, found);

	if (known && known->ticks <= found->ticks)
		return 0;
	if (known) {
		*known = *found;
		return 0;
	}
	if (mem_grow((void **)&containers->items, containers->count, &containers->capacity,
		    sizeof(*containers->items)))
		return error_no_memory(err);
	containers->items[containers->count++] = *found;
	return 0;
}

/* A process that has ended is nobody's container; one that we may not look at may be anybody's,
 * but for the first one of this machine, which may belong to a user namespace above ours. */
static int
may_be_gone(pid_t pid, struct error *err)
{
	if (errno == ENOENT || errno == ESRCH || pid == 1)
		return 0;
	return error_set_os(err, REASON_IO, errno, "process %d", (int)pid);
}

/* Looks at one process. One that ends meanwhile is none. */
static int
look_at(const struct machine *machine, pid_t pid, struct containers *containers, struct error *err)
{
	struct container found = { .pid = pid };
	char path[PATH_BYTES];
	cleanup_fd int root = -1;
	struct stat st;

	snprintf(path, sizeof(path), "%d/ns/mnt", (int)pid);
	if (fstatat(machine->proc, path, &st, 0))
		return may_be_gone(pid, err);
	found.namespace = st.st_ino;
	snprintf(path, sizeof(path), "%d/root", (int)pid);
	root = openat(machine->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return may_be_gone(pid, err);
	/* A service with mounts of its own sees the host's root. */
	if (fstat(root, &st) ||
		(st.st_dev == machine->root.st_dev && st.st_ino == machine->root.st_ino) ||
		!is_nim(root))
		return 0;
	found.root_device = st.st_dev;
	found.root = st.st_ino;
	found.ticks = birth_read_ticks(pid);
	if (found.ticks == 0)
		return 0;
	snprintf(path, sizeof(path), "%d/ns/pid", (int)pid);
	if (fstatat(machine->proc, path, &st, 0) == 0)
		found.pid_namespace = st.st_ino;
	found.started_s =
		machine->booted_s + (int64_t)(found.ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	return add(containers, &found, err);
}

static int
look_at_all(const struct machine *machine, struct containers *containers, struct error *err)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	int result = 0;

	if (!dir)
		return error_set_os(err, REASON_IO, errno, "/proc");
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			result = look_at(
				machine, (pid_t)strtol(entry->d_name, NULL, 10), containers, err);
	closedir(dir);
	return result;
}

/* True if PID comes from ANCESTOR. */
static bool
descends(pid_t pid, pid_t ancestor)
{
	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		pid = birth_read_parent(pid);
		if (pid == ancestor)
			return true;
	}
	return false;
}

/* What stands below the control group of another is its part only where its processes are, too: a
 * container may be a machine for others (kind, Docker in Docker), which are no part of each other.
 */
static bool
is_part(const struct container *outer, const struct container *inner)
{
	if (!container_id_holds(outer, inner))
		return false;
	return (outer->pid_namespace && outer->pid_namespace == inner->pid_namespace) ||
	       descends(inner->pid, outer->pid);
}

/* What a container itself has unshared is part of it. */
static void
drop_repeated(struct containers *containers)
{
	size_t kept = 0;

	for (size_t i = 0; i < containers->count; i++) {
		struct container *item = &containers->items[i];
		bool again = false;

		for (size_t j = 0; j < kept && !again; j++) {
			struct container *other = &containers->items[j];

			again = is_part(other, item) || is_part(item, other);
			if (again && item->ticks < other->ticks)
				*other = *item;
		}
		if (!again)
			containers->items[kept++] = *item;
	}
	containers->count = kept;
}

int
containers_list(const struct option_list *states, struct containers *out, struct error *err)
{
	struct containers containers = { 0 };
	struct machine machine;
	int result;

	if (geteuid() != 0)
		return error_set(
			err, REASON_USAGE, 0, "only root can look into the containers of others");
	result = look_at_machine(&machine, err);
	if (result == 0)
		result = look_at_all(&machine, &containers, err);
	mem_close_fd(&machine.proc);
	if (result) {
		containers_release(&containers);
		return -1;
	}
	container_id_find(&containers, states);
	drop_repeated(&containers);
	*out = containers;
	return 0;
}

void
containers_release(struct containers *containers)
{
	free(containers->items);
	*containers = (struct containers){ 0 };
}
