#include "gate/counters.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/turn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char magic[COUNTERS_NAME_BYTES] = "nimgate counters 1";

_Static_assert(sizeof(struct counters) == 4096, "one page");

/* True if NAME ends within its bytes, has nothing behind its end, and only what names have. */
static bool
is_name(const char name[COUNTERS_NAME_BYTES])
{
	size_t length = strnlen(name, COUNTERS_NAME_BYTES);

	if (length == COUNTERS_NAME_BYTES)
		return false;
	for (size_t i = length; i < COUNTERS_NAME_BYTES; i++)
		if (name[i])
			return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz-_:") == length;
}

int
counters_parse(const void *bytes, size_t length, struct counters *out)
{
	struct counters counters;
	size_t rows = 0;

	if (length != sizeof(counters))
		return -1;
	memcpy(&counters, bytes, sizeof(counters));
	if (memcmp(counters.magic, magic, sizeof(magic)) != 0 || counters.reserved)
		return -1;
	for (size_t i = 0; i < COUNTERS_ROWS; i++) {
		if (!is_name(counters.rows[i].name))
			return -1;
		/* Rows without a gap, and numbers only in rows. */
		if (counters.rows[i].name[0] && rows++ != i)
			return -1;
		if (!counters.rows[i].name[0] && counters.rows[i].value)
			return -1;
	}
	*out = counters;
	return 0;
}

/* The row called NAME, or the first that is free; NULL where there is none. */
static struct counters_row *
find(struct counters *counters, const char *name)
{
	size_t i = 0;

	while (i < COUNTERS_ROWS && counters->rows[i].name[0] &&
		strcmp(counters->rows[i].name, name) != 0)
		i++;
	return i < COUNTERS_ROWS ? &counters->rows[i] : NULL;
}

static void
change(struct counters *counters, const struct counters_change *wanted)
{
	struct counters_row *row = find(counters, wanted->name);

	if (!row || strlen(wanted->name) >= sizeof(row->name))
		return;
	memcpy(row->name, wanted->name, strlen(wanted->name));
	row->value = wanted->how == COUNTERS_SET ? wanted->value : row->value + wanted->value;
}

static int
open_file(const char *path, struct error *err)
{
	struct stat st;
	cleanup_fd int fd =
		open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
	if (!S_ISREG(st.st_mode))
		return error_set(err, REASON_IO, 0, "%s: not a regular file", TEXT_QUOTE(path));
	return take_fd(&fd);
}

int
counters_change(
	const char *path, const struct counters_change changes[], size_t count, struct error *err)
{
	cleanup_fd int fd = open_file(path, err);
	struct counters counters, page;
	ssize_t got;

	if (fd < 0)
		return -1;
	if (!turn_take(fd))
		return error_set(err, REASON_IO, 0, "%s: others hold it", TEXT_QUOTE(path));
	got = pread(fd, &page, sizeof(page), 0);
	if (got < 0 || counters_parse(&page, (size_t)got, &counters)) {
		counters = (struct counters){ .reserved = 0 };
		memcpy(counters.magic, magic, sizeof(magic));
	}
	for (size_t i = 0; i < count; i++)
		change(&counters, &changes[i]);
	if (pwrite(fd, &counters, sizeof(counters), 0) != (ssize_t)sizeof(counters))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
	return 0;
}

int
counters_read(const char *path, struct counters *out, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	cleanup_fd int fd = file_open_trusted(path, err);

	*out = (struct counters){ .reserved = 0 };
	if (fd < 0)
		return err->os_errno == ENOENT ? 0 : -1;
	if (file_read(fd, sizeof(*out), TEXT_QUOTE(path), &bytes, err))
		return -1;
	counters_parse(bytes.bytes, bytes.length, out);
	return 0;
}

uint64_t
counters_get(const struct counters *counters, const char *name)
{
	for (size_t i = 0; i < COUNTERS_ROWS && counters->rows[i].name[0]; i++)
		if (strcmp(counters->rows[i].name, name) == 0)
			return counters->rows[i].value;
	return 0;
}
