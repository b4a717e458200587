#include "base/file.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

enum {
	FIRST_READ = 16 << 10,
	OPEN_TRIES = 64, /* openat2 says EAGAIN while somebody renames; a storm must not hold us for
			    ever */
};

/* Makes room for at least one more byte and the final NUL, up to LIMIT + 1 bytes of content. */
static int
grow(struct file_bytes *file, size_t *capacity, size_t limit)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST_READ;
	char *grown;

	if (wanted > limit + 2)
		wanted = limit + 2;
	grown = realloc(file->bytes, wanted);
	if (!grown)
		return -1;
	file->bytes = grown;
	*capacity = wanted;
	return 0;
}

int
file_read(int fd, size_t limit, const char *what, struct file_bytes *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	size_t capacity = 0;
	ssize_t got;

	for (;;) {
		if (file.length + 1 >= capacity && grow(&file, &capacity, limit))
			return error_no_memory(err);
		got = read(fd, file.bytes + file.length, capacity - file.length - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_os(err, REASON_IO, errno, "%s: cannot be read", what);
		if (got == 0)
			break;
		file.length += (size_t)got;
		if (file.length > limit)
			return error_set(
				err, REASON_IO, EFBIG, "%s: larger than %zu bytes", what, limit);
	}
	file.bytes[file.length] = '\0';
	*out = file;
	file = (struct file_bytes){ 0 };
	return 0;
}

void
file_release(struct file_bytes *bytes)
{
	free(bytes->bytes);
	*bytes = (struct file_bytes){ 0 };
}

int
file_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	int tries = OPEN_TRIES;
	long fd;

	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries > 0);
	return (int)fd;
}

/* The folder of this process's own descriptors, opened once: looking it up costs more than all else
 * in opening a file. After a fork the old one is our parent's. */
static int
own_descriptors(void)
{
	static int folder = -1;
	static pid_t owner;
	pid_t self = getpid();

	if (owner != self) {
		folder = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
		owner = folder < 0 ? 0 : self;
	}
	return folder;
}

int
file_reopen_regular(int fd)
{
	char name[16];
	int folder = own_descriptors();

	if (folder < 0)
		return -1;
	/* The one link that cannot be swapped: our own descriptor of a file that is known to be
	 * regular. */
	snprintf(name, sizeof(name), "%d", fd);
	return openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int
file_read_in_root(
	int root, const char *path, size_t limit, struct file_bytes *out, struct error *err)
{
	struct stat st;
	cleanup_fd int fd = file_openat2(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
		RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (fd < 0 || fstat(fd, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
	if (!S_ISREG(st.st_mode))
		return error_set(err, REASON_IO, 0, "%s: not a regular file", TEXT_QUOTE(path));
	return file_read(fd, limit, TEXT_QUOTE(path), out, err);
}

int
file_reopen(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return file_reopen_regular(fd);
}

int
file_read_trusted(const char *path, size_t limit, struct file_bytes *out, struct error *err)
{
	cleanup_fd int fd = file_open_trusted(path, err);

	if (fd < 0)
		return -1;
	if (file_read(fd, limit, TEXT_QUOTE(path), out, err)) {
		err->reason = REASON_CONFIG;
		return -1;
	}
	return 0;
}

bool
file_is_on_disk(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC ||
	       fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC;
}

int
file_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;
	ssize_t put;

	while (length) {
		put = write(fd, at, length);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		at += put;
		length -= (size_t)put;
	}
	return 0;
}

/* In a user namespace all that it does not map, root's files among it, belongs to this user. */
enum { OVERFLOW_USER = 65534 };

int
file_check_owner(int fd, const char *path, uid_t owner, struct error *err)
{
	struct stat st;
	bool sticky;

	if (fstat(fd, &st))
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
	if (S_ISLNK(st.st_mode))
		return error_set(err, REASON_CONFIG, ELOOP,
			"%s: a symbolic link, must be the file or directory itself",
			TEXT_QUOTE(path));
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != owner)
		return error_set(err, REASON_CONFIG, 0,
			"%s: belongs to user %u%s, must belong to root", TEXT_QUOTE(path),
			st.st_uid,
			st.st_uid == OVERFLOW_USER ? " (as all of root's does for rootless engines)"
						   : "");
	sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
		return error_set(err, REASON_CONFIG, 0,
			"%s: mode %04o lets others write it, must be writable by root alone",
			TEXT_QUOTE(path), st.st_mode & 07777);
	return 0;
}

/* The file that FD holds, opened for reading. */
static int
reopen_trusted(int fd, const char *path, struct error *err)
{
	int opened = file_reopen(fd);

	if (opened >= 0)
		return opened;
	if (errno == EINVAL)
		return error_set(err, REASON_CONFIG, 0, "%s: not a regular file", TEXT_QUOTE(path));
	/* The file is there: ENOENT, which callers may take for an absent file, is /proc's. */
	if (errno == ENOENT)
		return error_set(err, REASON_CONFIG, 0, "%s: cannot be opened without /proc",
			TEXT_QUOTE(path));
	return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
}

/*
 * Follows PATH component by component from *dir, which it replaces, checking each. Every prefix of
 * PATH is cut at its slash for messages. The last component is opened with LAST_FLAGS.
 */
static int
follow(int start, const char *path, int last_flags, uid_t owner, struct error *err)
{
	char prefix[LIMIT_NAME_BYTES];
	cleanup_fd int dir = fcntl(start, F_DUPFD_CLOEXEC, 0);
	const char *name = path + (path[0] == '/'), *end;
	int fd;

	if (dir < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "%s", TEXT_QUOTE(path));
	if (strlen(path) >= sizeof(prefix) || !text_is_canonical_path(name))
		return error_set(err, REASON_CONFIG, 0,
			"%s: must be a plain path without '.', '..' or '//'", TEXT_QUOTE(path));
	for (;; name = end + 1) {
		end = strchrnul(name, '/');
		memcpy(prefix, path, (size_t)(end - path));
		prefix[end - path] = '\0';
		fd = openat(dir, prefix + (name - path),
			O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_PATH);
		if (fd < 0)
			return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(prefix));
		close(dir);
		dir = fd;
		if (file_check_owner(dir, prefix, owner, err))
			return -1;
		if (*end == '\0')
			break;
	}
	if (last_flags & O_DIRECTORY) {
		fd = openat(dir, ".", last_flags | O_CLOEXEC);
		if (fd < 0)
			return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
		return fd;
	}
	return reopen_trusted(dir, path, err);
}

static int
follow_absolute(const char *path, int last_flags, uid_t owner, struct error *err)
{
	cleanup_fd int root = -1;

	if (path[0] != '/')
		return error_set(
			err, REASON_CONFIG, 0, "%s: must be an absolute path", TEXT_QUOTE(path));
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_set_os(err, REASON_CONFIG, errno, "'/'");
	if (file_check_owner(root, "/", 0, err))
		return -1;
	return follow(root, path, last_flags, owner, err);
}

int
file_open_trusted(const char *path, struct error *err)
{
	return follow_absolute(path, O_RDONLY, 0, err);
}

int
file_open_trusted_directory(const char *path, struct error *err)
{
	return file_open_owned_directory(path, 0, err);
}

int
file_open_owned_directory(const char *path, uid_t owner, struct error *err)
{
	return follow_absolute(path, O_PATH | O_DIRECTORY, owner, err);
}

int
file_open_trusted_at(int dir, const char *path, struct error *err)
{
	return file_open_owned_at(dir, path, 0, err);
}

int
file_open_owned_at(int dir, const char *path, uid_t owner, struct error *err)
{
	if (path[0] == '/')
		return error_set(
			err, REASON_CONFIG, 0, "%s: must be a relative path", TEXT_QUOTE(path));
	return follow(dir, path, O_RDONLY, owner, err);
}
