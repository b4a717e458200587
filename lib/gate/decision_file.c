#include "gate/decision_file.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_TRIES = 16 /* each file that is full sends us to the next one once */ };

int
decision_file_path(
	const struct decision_file *file, unsigned int generation, char *out, size_t size)
{
	int length = generation ? snprintf(out, size, "%s.%u", file->path, generation)
				: snprintf(out, size, "%s", file->path);

	return length < 0 || (size_t)length >= size ? -1 : 0;
}

static int
refuse(const struct decision_file *file, int os_errno, struct error *err)
{
	return error_set_os(err, REASON_IO, os_errno, "decision log %s", TEXT_QUOTE(file->path));
}

/* Opens the newest file, or makes it. */
static int
open_newest(const struct decision_file *file, struct stat *st, struct error *err)
{
	cleanup_fd int fd = open(file->path,
		O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0)
		return refuse(file, errno, err);
	if (fstat(fd, st) || !S_ISREG(st->st_mode))
		return error_set(err, REASON_IO, 0, "decision log %s: not a regular file",
			TEXT_QUOTE(file->path));
	return take_fd(&fd);
}

/* True if the file at FD, with ST, is still the newest. */
static bool
is_newest(const struct decision_file *file, int fd, struct stat *st)
{
	struct stat named;

	return fstat(fd, st) == 0 && lstat(file->path, &named) == 0 && named.st_dev == st->st_dev &&
	       named.st_ino == st->st_ino;
}

/*
 * Gives the newest file, whose turn is ours, its first number: all up to the first number that is
 * free move on, from the oldest; the last one makes room. PATH itself goes last. Whoever is killed
 * on the way leaves a free number, which the next one begins at: nothing is written over before its
 * time.
 */
static int
make_room(const struct decision_file *file)
{
	char from[LIMIT_NAME_BYTES], to[LIMIT_NAME_BYTES];
	unsigned int number = 1;
	struct stat st;

	for (; number < file->keep; number++)
		if (decision_file_path(file, number, to, sizeof(to)) || lstat(to, &st))
			break;
	for (; number > 0; number--)
		if (decision_file_path(file, number, to, sizeof(to)) ||
			decision_file_path(file, number - 1, from, sizeof(from)) ||
			rename(from, to))
			return -1;
	return 0;
}

/* Takes back the LENGTH bytes that this descriptor has written last, if nobody wrote behind them.
 * Returns 0 or -1. */
static int
take_back(int fd, off_t length)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (length == 0)
		return 0;
	return end < length || fstat(fd, &st) || st.st_size != end || ftruncate(fd, end - length)
		       ? -1
		       : 0;
}

/* All of it, or nothing where that can be had. */
static int
write_whole(const struct decision_file *file, int fd, const char *text, size_t length,
	struct error *err)
{
	size_t written = 0;

	while (written < length) {
		ssize_t put = write(fd, text + written, length - written);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			refuse(file, put ? errno : ENOSPC, err);
			return take_back(fd, (off_t)written) ? error_wrap(err, "a line is cut")
							     : -1;
		}
		written += (size_t)put;
	}
	return 0;
}

/* Begins a line of its own, whatever stands before it: a line that a kill -9 or somebody else has
 * cut stays alone. */
static int
write_line(const struct decision_file *file, int fd, const struct stat *st, const char *line,
	size_t length, struct error *err)
{
	cleanup_free char *text = malloc(length + 1);
	size_t before = 0;
	char last = '\n';

	if (!text)
		return error_no_memory(err);
	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) == 1 && last != '\n')
		text[before++] = '\n';
	memcpy(text + before, line, length);
	return write_whole(file, fd, text, before + length, err);
}

int
decision_file_append(
	const struct decision_file *file, const char *line, size_t length, struct error *err)
{
	for (int tries = OPEN_TRIES;; tries--) {
		struct stat st;
		cleanup_fd int fd = open_newest(file, &st, err);
		bool turn;

		if (fd < 0)
			return -1;
		turn = tries > 0 && turn_take(fd);
		if (turn && !is_newest(file, fd, &st))
			continue;
		/* A file that cannot be moved grows on. */
		if (turn && file->size_max && st.st_size > 0 &&
			(uint64_t)st.st_size + length > file->size_max && make_room(file) == 0)
			continue;
		return write_line(file, fd, &st, line, length, err);
	}
}
