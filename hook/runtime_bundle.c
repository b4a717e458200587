#include "hook/runtime_bundle.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "hook/runtime_edit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME      "config.json"
#define TEMPORARY ".config.json.nimgate"

/* The path of the directory FD without links; it was long enough for an open. */
static int
real_path(int fd, char out[static LIMIT_NAME_BYTES])
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, out, LIMIT_NAME_BYTES);
	if (length < 0 || length >= LIMIT_NAME_BYTES)
		return -1;
	out[length] = '\0';
	return 0;
}

/*
 * The bundle's directory. Engines name it through links of the system's (/var/run), so where it
 * really lies is what only root may have written, and what the path leads to must be the same.
 */
static int
open_directory(const char *path, struct error *err)
{
	cleanup_fd int named = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int trusted = -1;
	char real[LIMIT_NAME_BYTES];
	struct stat a, b;

	if (named < 0)
		return error_set_os(err, REASON_CONFIG, errno, "bundle %s", TEXT_QUOTE(path));
	if (real_path(named, real))
		return error_set(err, REASON_CONFIG, 0, "bundle %s: its real path is not known",
			TEXT_QUOTE(path));
	trusted = file_open_trusted_directory(real, err);
	if (trusted < 0)
		return error_wrap(err, "bundle");
	if (fstat(named, &a) || fstat(trusted, &b) || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return error_set(err, REASON_CONFIG, 0, "bundle %s: moved while it was opened",
			TEXT_QUOTE(path));
	return take_fd(&trusted);
}

static int
read_config(int directory, struct stat *st, struct file_bytes *out, struct error *err)
{
	cleanup_fd int fd = file_open_trusted_at(directory, NAME, err);

	if (fd < 0)
		return -1;
	if (fstat(fd, st))
		return error_set_os(err, REASON_IO, errno, NAME);
	if (file_read(fd, LIMIT_CONFIG_BYTES, NAME, out, err)) {
		if (err->os_errno == EFBIG)
			err->reason = REASON_CONFIG;
		return -1;
	}
	return 0;
}

/* Writes the temporary file. Returns 0, or -1 with errno set. */
static int
write_temporary(int directory, const struct stat *st, const struct writer *text)
{
	cleanup_fd int fd = -1;

	/* One of ours that a crash left behind. */
	if (unlinkat(directory, TEMPORARY, 0) && errno != ENOENT)
		return -1;
	fd = openat(
		directory, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, st->st_uid, st->st_gid) || fchmod(fd, st->st_mode & 07777) ||
		file_write_all(fd, text->text, text->length))
		return -1;
	return fsync(fd);
}

/* Some file systems cannot flush a directory; the file itself is. */
static void
flush_directory(int directory)
{
	cleanup_fd int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

static int
replace(int directory, const struct stat *st, const struct writer *text, struct error *err)
{
	int os_errno;

	if (write_temporary(directory, st, text) ||
		renameat(directory, TEMPORARY, directory, NAME)) {
		os_errno = errno;
		unlinkat(directory, TEMPORARY, 0);
		return error_set_os(err, REASON_IO, os_errno, NAME ": cannot be written anew");
	}
	flush_directory(directory);
	return 0;
}

int
runtime_bundle_add(const char *path, const struct hooks_entry *entry,
	const struct process_variable *variable, struct error *err)
{
	cleanup_fd int directory = open_directory(path, err);
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_writer struct writer text = { 0 };
	struct stat st;
	int result;

	if (directory < 0 || read_config(directory, &st, &file, err))
		return -1;
	result = runtime_edit(&file, entry, variable, &text, err);
	if (result)
		return result > 0 ? 0 : -1;
	return replace(directory, &st, &text, err);
}
