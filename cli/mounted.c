#include "cli/mounted.h"

#include "base/error.h"
#include "base/file.h"
#include "base/identity.h"
#include "base/mem.h"
#include "base/mountinfo.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* By the kernel's names: what others are called is never opened, as it may not answer. */
static bool
is_disk(const char *type)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* A readable descriptor of the mount point PATH: a directory, or the file that a file was bound
 * to. */
static int
open_point(const char *path)
{
	cleanup_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (S_ISDIR(st.st_mode))
		return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file_reopen(fd);
}

/* Adds a place, whole file systems in front: through them every file has a path. */
static int
add(struct mounted *mounted, const char *path, bool whole, struct error *err)
{
	struct mounted_place place = { .fd = open_point(path) };
	struct statfs fs;

	if (place.fd < 0)
		return 0;
	place.path = strdup(path);
	if (fstatfs(place.fd, &fs) || !place.path ||
		mem_grow((void **)&mounted->places, mounted->count, &mounted->capacity,
			sizeof(*mounted->places))) {
		close(place.fd);
		free(place.path);
		return error_no_memory(err);
	}
	place.magic = (uint64_t)fs.f_type;
	memcpy(&place.file_system, &fs.f_fsid, sizeof(place.file_system));
	mounted->places[mounted->count++] = place;
	if (whole) {
		mounted->places[mounted->count - 1] = mounted->places[mounted->whole];
		mounted->places[mounted->whole++] = place;
	}
	return 0;
}

/* What a walk through the mounts fills. */
struct walk {
	struct mounted mounted;
	struct error *err;
};

static int
add_mount(void *context, const struct mountinfo *mount)
{
	struct walk *walk = context;

	if (!is_disk(mount->type))
		return 0;
	return add(&walk->mounted, mount->point, strcmp(mount->root, "/") == 0, walk->err) ? 1 : 0;
}

int
mounted_open(struct mounted *out, struct error *err)
{
	struct walk walk = { .err = err };
	int result = mountinfo_visit(0, add_mount, &walk);

	if (result < 0)
		error_set_os(err, REASON_IO, errno, "/proc/self/mountinfo");
	if (result) {
		mounted_close(&walk.mounted);
		return -1;
	}
	*out = walk.mounted;
	return 0;
}

int
mounted_compare(const struct identity *a, const struct identity *b)
{
	int order = memcmp(a->uuid, b->uuid, sizeof(a->uuid));

	if (order == 0)
		order = (a->file_system > b->file_system) - (a->file_system < b->file_system);
	if (order == 0)
		order = (a->inode > b->inode) - (a->inode < b->inode);
	if (order == 0)
		order = (a->handle_type > b->handle_type) - (a->handle_type < b->handle_type);
	return order ? order : memcmp(a->handle, b->handle, sizeof(a->handle));
}

/* Opens the file through that mount, if it is one of the same file system. */
static int
open_through(const struct mounted_place *place, const struct identity *identity)
{
	cleanup_fd int fd = identity_open(identity, place->fd);
	struct identity found;
	struct error ignored;

	if (fd < 0)
		return -1;
	if (identity_read(fd, &found, &ignored) || mounted_compare(&found, identity) != 0) {
		errno = ESTALE;
		return -1;
	}
	return take_fd(&fd);
}

/* Tries a mount of the same file system, each as good as the others, or with OTHERS those of its
 * kind: a Btrfs subvolume below a mount has a number of its own. */
static int
try_mounts(const struct mounted *mounted, const struct identity *identity, bool others,
	const struct mounted_place **place)
{
	int fd = -1;

	errno = ENODEV;
	for (size_t i = 0; i < mounted->count; i++) {
		const struct mounted_place *at = &mounted->places[i];
		bool same = at->file_system == identity->file_system;

		if (at->magic != identity->magic || same == others)
			continue;
		fd = open_through(at, identity);
		if (same || fd >= 0) {
			*place = at;
			break;
		}
	}
	return fd;
}

int
mounted_find(const struct mounted *mounted, const struct identity *identity,
	const struct mounted_place **place)
{
	int fd;

	*place = NULL;
	fd = try_mounts(mounted, identity, false, place);
	return fd >= 0 || *place ? fd : try_mounts(mounted, identity, true, place);
}

char *
mounted_path(int fd, char *out, size_t size)
{
	struct stat by_path, by_fd;
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, out, size - 1);
	out[length < 0 ? 0 : length] = '\0';
	/* A file that was opened by its handle may have no name in the kernel's memory. */
	if (out[0] != '/' || lstat(out, &by_path) || fstat(fd, &by_fd) ||
		by_path.st_dev != by_fd.st_dev || by_path.st_ino != by_fd.st_ino)
		out[0] = '\0';
	return out;
}

void
mounted_close(struct mounted *mounted)
{
	for (size_t i = 0; i < mounted->count; i++) {
		close(mounted->places[i].fd);
		free(mounted->places[i].path);
	}
	free(mounted->places);
	*mounted = (struct mounted){ 0 };
}
