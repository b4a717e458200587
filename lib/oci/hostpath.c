#include "oci/hostpath.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/mountinfo.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The search for a path on this host that leads to what is in a container. */
struct search {
	uint64_t mount;   /* of the container: what holds the model */
	const char *path; /* from the root of the container's mounts */
	bool found;
	uint32_t major, minor;
	char within[2 * LIMIT_NAME_BYTES]; /* from the root of the file system */
	const struct stat *wanted;
	char *out; /* LIMIT_NAME_BYTES */
};

static int
find_mount(void *context, const struct mountinfo *mount)
{
	struct search *search = context;
	const char *below = mountinfo_below(search->path, mount->point);

	if (mount->id != search->mount || !below)
		return 0;
	search->found = true;
	search->major = mount->major;
	search->minor = mount->minor;
	snprintf(search->within, sizeof(search->within), "%s%s",
		strcmp(mount->root, "/") == 0 ? "" : mount->root, below);
	return 1;
}

static bool
is_wanted(const char *path, const struct stat *wanted)
{
	cleanup_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == wanted->st_dev &&
	       st.st_ino == wanted->st_ino;
}

static int
find_path(void *context, const struct mountinfo *mount)
{
	struct search *search = context;
	const char *within = search->within[0] ? search->within : "/";
	const char *below = mountinfo_below(within, mount->root);
	int length;

	if (mount->major != search->major || mount->minor != search->minor || !below)
		return 0;
	length = snprintf(search->out, LIMIT_NAME_BYTES, "%s%s",
		strcmp(mount->point, "/") == 0 ? "" : mount->point, below);
	return length > 0 && length < LIMIT_NAME_BYTES && is_wanted(search->out, search->wanted);
}

int
hostpath_find(pid_t pid, int fd, char out[static LIMIT_NAME_BYTES], struct error *err)
{
	char link[64], path[LIMIT_NAME_BYTES];
	struct stat st;
	struct search search = { .path = path, .wanted = &st, .out = out };
	struct statx sx;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || fstat(fd, &st) || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx))
		return error_set_os(err, REASON_UNSEEN, errno, "the mount of the model");
	path[length] = '\0';
	search.mount = sx.stx_mnt_id;
	if (mountinfo_visit(pid, find_mount, &search) != 1 ||
		mountinfo_visit(0, find_path, &search) != 1)
		return error_set(err, REASON_UNSEEN, 0,
			"no path of the host leads to the model's directory");
	return 0;
}
