#include "gate/pending.h"

#include "base/clock.h"
#include "base/crowd.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "gate/pending_text.h"
#include "gate/verification.h"
#include "oci/hostpath.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	REQUEST_BYTES_MAX = 32 << 10, /* two paths, each byte as three */
	ABANDONED_S = 60,             /* to write one takes less than a millisecond; and who still
					 wants his model starts it again within that time */
};

/* Opens the directory, which is made where MAKE says so. Returns it; -1 with os_errno ENOENT where
 * it is not there. */
static int
open_directory(const char *directory, bool make, struct error *err)
{
	char above[LIMIT_NAME_BYTES];
	const char *slash = strrchr(directory, '/');
	struct stat st;
	cleanup_fd int path = -1;
	int fd;

	if (make && slash && slash > directory &&
		snprintf(above, sizeof(above), "%.*s", (int)(slash - directory), directory) > 0) {
		mkdir(above, 0700); /* both may be there */
		mkdir(directory, 0700);
	}
	path = file_open_trusted_directory(directory, err);
	if (path < 0)
		return -1;
	if (fstat(path, &st) || (st.st_mode & (S_IRWXG | S_IRWXO)))
		return error_set(err, REASON_CONFIG, 0, "%s: others than root can reach it",
			TEXT_QUOTE(directory));
	fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(directory));
	return fd;
}

static int
read_one(int dir, const char *name, struct pending *out)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	cleanup_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int readable = fd < 0 ? -1 : file_reopen(fd);
	struct error ignored;

	if (readable < 0 || strlen(name) != PENDING_NAME_BYTES - 1 ||
		file_read(readable, REQUEST_BYTES_MAX, name, &bytes, &ignored) ||
		strlen(bytes.bytes) != bytes.length || pending_text_parse(bytes.bytes, out))
		return -1;
	memcpy(out->name, name, PENDING_NAME_BYTES);
	return 0;
}

static int
older_first(const void *a, const void *b)
{
	const struct pending *left = a, *right = b;

	if (left->asked_s != right->asked_s)
		return left->asked_s < right->asked_s ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* What is being written, unless its writer must have been killed. */
static void
remove_abandoned(int dir, const char *name)
{
	struct stat st;

	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		clock_now() - st.st_mtim.tv_sec > ABANDONED_S)
		unlinkat(dir, name, 0);
}

int
pending_list(const char *directory, bool read_only, struct pending *out, size_t *count,
	struct error *err)
{
	int fd = open_directory(directory, false, err);
	const struct dirent *entry;
	DIR *stream;

	*count = 0;
	if (fd < 0)
		return err->os_errno == ENOENT ? 0 : -1;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return error_no_memory(err);
	}
	while (*count < PENDING_MAX && (entry = readdir(stream))) {
		if (entry->d_name[0] == '.') {
			if (!read_only)
				remove_abandoned(fd, entry->d_name);
			continue;
		}
		if (read_one(fd, entry->d_name, &out[*count]) == 0)
			++*count;
		else if (!read_only)
			unlinkat(fd, entry->d_name, 0);
	}
	closedir(stream);
	if (*count)
		qsort(out, *count, sizeof(*out), older_first);
	return 0;
}

/* In which way the model is signed: as its first file is. */
static void
describe_hashes(const struct verification_item *item, struct pending *out)
{
	const struct statement *statement = &item->signed_model.statement;

	if (statement->resource_count == 0)
		return;
	out->algorithm = resource_digest(&statement->resources[0], 0)->algorithm;
	out->shard_size = statement->resources[0].shard_size;
}

/* Of a hash that nobody can aim with: paths are named by whom they belong to, and who found the
 * name of another request could put his own in its place. */
static int
name_request(struct pending *out, struct error *err)
{
	char place[2 * LIMIT_NAME_BYTES] = { 0 };
	struct digest digest;

	memcpy(place, out->path, sizeof(out->path));
	memcpy(place + LIMIT_NAME_BYTES, out->below, sizeof(out->below));
	if (digest_compute(DIGEST_SHA256, place, sizeof(place), &digest, err))
		return -1;
	memcpy(out->name, digest_format(&digest).text, PENDING_NAME_BYTES - 1);
	return 0;
}

static int
describe(int pid, const struct verification_item *item, uint64_t bytes, struct pending *out,
	struct error *err)
{
	const struct model *model = &item->model;
	struct stat st;

	*out = (struct pending){ .bytes = bytes, .asked_s = clock_now() };
	if (fstat(model->base, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(model->label));
	if (hostpath_find(pid, model->base, out->path, err))
		return -1;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	snprintf(out->below, sizeof(out->below), "%s", model->below);
	snprintf(out->label, sizeof(out->label), "%s", model->label);
	describe_hashes(item, out);
	return name_request(out, err);
}

static bool
has_room(const struct crowd *crowd)
{
	return crowd->count < PENDING_MAX || clock_now() - crowd->written_s > ABANDONED_S;
}

/* Beside it first, then in one step. */
static int
put(int dir, const struct pending *pending, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };
	char beside[64];
	cleanup_fd int fd = -1;

	pending_text_format(pending, &writer);
	if (writer.failed)
		return error_no_memory(err);
	snprintf(beside, sizeof(beside), ".%s.%d", pending->name, (int)getpid());
	unlinkat(dir, beside, 0);
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && file_write_all(fd, writer.text, writer.length) == 0 &&
		renameat(dir, beside, dir, pending->name) == 0)
		return 0;
	error_set_os(err, REASON_IO, errno, "the request %s", pending->name);
	unlinkat(dir, beside, 0);
	return -1;
}

/* True if BEFORE asks for the same as PENDING. */
static bool
is_same(const struct pending *before, const struct pending *pending)
{
	return before->device == pending->device && before->inode == pending->inode &&
	       before->algorithm == pending->algorithm &&
	       before->shard_size == pending->shard_size &&
	       strcmp(before->path, pending->path) == 0 &&
	       strcmp(before->below, pending->below) == 0;
}

int
pending_find(
	const char *directory, int pid, const struct verification_item *item, struct pending *out)
{
	struct pending pending;
	struct error ignored;
	cleanup_fd int dir = open_directory(directory, false, &ignored);

	return dir >= 0 && describe(pid, item, 0, &pending, &ignored) == 0 &&
	       read_one(dir, pending.name, out) == 0 && is_same(out, &pending);
}

bool
pending_fits(const char *directory, int pid, const struct verification_item *item)
{
	struct pending pending;
	struct crowd crowd;
	struct error err;
	cleanup_fd int dir = -1;

	if (describe(pid, item, 0, &pending, &err) || pending.algorithm == DIGEST_NONE)
		return false;
	dir = open_directory(directory, false, &err);
	if (dir < 0)
		return err.os_errno == ENOENT;
	crowd_look(dir, &crowd);
	return has_room(&crowd);
}

int
pending_leave(const char *directory, int pid, const struct verification_item *item, uint64_t bytes,
	int64_t *earlier, struct error *err)
{
	struct pending pending, before;
	struct crowd crowd;
	cleanup_fd int dir = -1;

	*earlier = 0;
	if (describe(pid, item, bytes, &pending, err))
		return -1;
	if (pending.algorithm == DIGEST_NONE)
		return error_set(err, REASON_UNSEEN, 0, "nothing of it is signed");
	dir = open_directory(directory, true, err);
	if (dir < 0)
		return -1;
	if (read_one(dir, pending.name, &before) == 0 && is_same(&before, &pending)) {
		*earlier = before.asked_s;
		pending.asked_s = before.asked_s;
	} else {
		crowd_look(dir, &crowd);
		if (!has_room(&crowd))
			return error_set(
				err, REASON_IO, 0, "%d requests wait already", PENDING_MAX);
		if (crowd.count >= PENDING_MAX)
			unlinkat(dir, crowd.oldest, 0);
	}
	return put(dir, &pending, err);
}

int
pending_open(const struct pending *pending, struct error *err)
{
	cleanup_fd int fd = open(pending->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_set_os(err, REASON_NOT_CACHED, errno, "%s", TEXT_QUOTE(pending->path));
	if (fstat(fd, &st) || st.st_dev != pending->device || st.st_ino != pending->inode)
		return error_set(err, REASON_NOT_CACHED, 0, "%s: another one than was asked for",
			TEXT_QUOTE(pending->path));
	return take_fd(&fd);
}

void
pending_remove(const char *directory, const struct pending *pending)
{
	struct error ignored;
	cleanup_fd int dir = open_directory(directory, false, &ignored);

	if (dir >= 0)
		unlinkat(dir, pending->name, 0);
}
