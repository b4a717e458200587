#include "receipt/journal_directory.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "receipt/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Nobody else gets at what is in it. */
static int
check(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(name));
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
		return error_set(err, REASON_CONFIG, 0,
			"%s: must be a directory that root alone can read and write",
			TEXT_QUOTE(name));
	return 0;
}

int
journal_directory_open(const char *path, bool make, struct error *err)
{
	cleanup_fd int dir = -1;

	/* Without a package nobody has made the folder above; of others we make none. */
	if (make && strcmp(path, JOURNAL_DIRECTORY) == 0)
		mkdir(JOURNAL_PARENT, 0755);
	if (make && mkdir(path, 0700) && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
	dir = file_open_trusted_directory(path, err);
	if (dir < 0)
		return error_wrap(err, "the receipts");
	return check(dir, path, err) ? -1 : take_fd(&dir);
}

int
journal_directory_open_at(int dir, const char *name, bool make, struct error *err)
{
	cleanup_fd int fd = -1;

	if (make && mkdirat(dir, name, 0700) && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(name));
	fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(name));
	return check(fd, name, err) ? -1 : take_fd(&fd);
}
