#include "cli/save.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The directory that PATH lies in, owned by the caller; NULL without memory. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int
save_check(const char *path, struct error *err)
{
	cleanup_free char *directory = directory_of(path);
	struct stat st;

	if (!directory)
		return error_no_memory(err);
	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS))
		return error_set_os(err, REASON_USAGE, errno, "output %s: directory %s",
			TEXT_QUOTE(path), TEXT_QUOTE(directory));
	if (path[0] == '\0' || path[strlen(path) - 1] == '/' ||
		(stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return error_set(
			err, REASON_USAGE, 0, "output %s: is a directory", TEXT_QUOTE(path));
	return 0;
}

/* Whose the new file is, and who may read it. */
struct ownership {
	mode_t mode;
	uid_t uid; /* -1: as it is */
	gid_t gid;
};

/* A file as open() would have made it, with the caller's umask. */
static struct ownership
ordinary(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return (struct ownership){ 0666 & ~mask, (uid_t)-1, (gid_t)-1 };
}

static int
write_and_rename(int fd, const struct ownership *ownership, const char *temporary, const char *path,
	const void *bytes, size_t length)
{
	if (file_write_all(fd, bytes, length) || fchown(fd, ownership->uid, ownership->gid) ||
		fchmod(fd, ownership->mode) || fsync(fd))
		return -1;
	return rename(temporary, path);
}

static int
save(const char *path, const struct ownership *ownership, const void *bytes, size_t length,
	struct error *err)
{
	cleanup_free char *directory = directory_of(path), *temporary = NULL;
	cleanup_fd int fd = -1, directory_fd = -1;
	int os_errno;

	/* The packages remove what a kill leaves of such a name. */
	if (!directory || asprintf(&temporary, "%s.nimgate-XXXXXX", path) < 0) {
		temporary = NULL;
		return error_no_memory(err);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "output %s", TEXT_QUOTE(path));
	if (write_and_rename(fd, ownership, temporary, path, bytes, length)) {
		os_errno = errno;
		unlink(temporary);
		return error_set_os(err, REASON_IO, os_errno, "output %s", TEXT_QUOTE(path));
	}
	/* The name outlives a crash only once its directory is flushed; some file systems cannot.
	 */
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd >= 0)
		fsync(directory_fd);
	return 0;
}

int
save_file(const char *path, const void *bytes, size_t length, struct error *err)
{
	struct ownership ownership = ordinary();

	return save(path, &ownership, bytes, length, err);
}

/* Makes the directories above PATH that are missing, for all to read. */
static int
make_directories(const char *path, struct error *err)
{
	cleanup_free char *copy = strdup(path);
	char *slash;

	if (!copy)
		return error_no_memory(err);
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return error_set_os(
				err, REASON_IO, errno, "directory %s", TEXT_QUOTE(copy));
		*slash = '/';
	}
	return 0;
}

int
save_over(const char *path, const void *bytes, size_t length, struct error *err)
{
	struct ownership ownership = { 0644, (uid_t)-1, (gid_t)-1 };
	struct stat st;

	if (make_directories(path, err))
		return -1;
	if (lstat(path, &st) == 0)
		ownership = (struct ownership){ st.st_mode & 07777, st.st_uid, st.st_gid };
	return save(path, &ownership, bytes, length, err);
}
