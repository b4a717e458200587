#include "gate/pending.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/text.h"
#include "base/writer.h"
#include "gate/verification.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_LINE "nimgate-request 1"

enum { REQUEST_BYTES_MAX = 32 << 10 /* two paths, each byte as three */ };

/* Text as one word: blanks, control characters, bytes above 0x7e and '%' as "%XX". */
static void
write_word(struct writer *writer, const char *key, const char *text)
{
	writer_format(writer, "%s ", key);
	for (; *text; text++)
		if (*text > ' ' && *text <= '~' && *text != '%')
			writer_bytes(writer, text, 1);
		else
			writer_format(writer, "%%%02x", (unsigned char)*text);
	writer_bytes(writer, "\n", 1);
}

static void
write_number(struct writer *writer, const char *key, uint64_t value)
{
	writer_format(writer, "%s %" PRIu64 "\n", key, value);
}

void
pending_format(const struct pending *pending, struct writer *writer)
{
	writer_format(writer, FIRST_LINE "\n");
	write_word(writer, "path", pending->path);
	write_word(writer, "below", pending->below);
	write_number(writer, "device", pending->device);
	write_number(writer, "inode", pending->inode);
	write_word(writer, "algorithm", digest_name(pending->algorithm));
	write_number(writer, "shard_size", pending->shard_size);
	write_number(writer, "bytes", pending->bytes);
	write_number(writer, "asked", (uint64_t)pending->asked_s);
	write_word(writer, "label", pending->label);
}

static int
parse_word(const char *text, size_t length, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte <= ' ' || byte > '~')
			return -1;
		if (byte == '%') {
			if (length - i < 3 || text_parse_hex(text + i + 1, 2, &byte, 1) || !byte)
				return -1;
			i += 2;
		}
		if (at + 1 >= size)
			return -1;
		out[at++] = (char)byte;
	}
	out[at] = '\0';
	return 0;
}

/* The value of the next line, which must be KEY's. */
static const char *
next_value(const char **text, const char *key, size_t *length)
{
	size_t name = strlen(key);
	const char *value = *text + name + 1, *end;

	if (strncmp(*text, key, name) != 0 || (*text)[name] != ' ')
		return NULL;
	end = strchr(value, '\n');
	if (!end)
		return NULL;
	*length = (size_t)(end - value);
	*text = end + 1;
	return value;
}

static int
get_word(const char **text, const char *key, char *out, size_t size)
{
	size_t length;
	const char *value = next_value(text, key, &length);

	return value ? parse_word(value, length, out, size) : -1;
}

static int
get_number(const char **text, const char *key, uint64_t *out)
{
	size_t length;
	const char *value = next_value(text, key, &length);

	return value ? text_parse_count(value, length, out) : -1;
}

int
pending_parse(const char *text, struct pending *out)
{
	char algorithm[16] = "";
	uint64_t asked = 0;
	struct pending pending = { 0 };

	if (strncmp(text, FIRST_LINE "\n", strlen(FIRST_LINE) + 1) != 0)
		return -1;
	text += strlen(FIRST_LINE) + 1;
	if (get_word(&text, "path", pending.path, sizeof(pending.path)) ||
		get_word(&text, "below", pending.below, sizeof(pending.below)) ||
		get_number(&text, "device", &pending.device) ||
		get_number(&text, "inode", &pending.inode) ||
		get_word(&text, "algorithm", algorithm, sizeof(algorithm)) ||
		get_number(&text, "shard_size", &pending.shard_size) ||
		get_number(&text, "bytes", &pending.bytes) || get_number(&text, "asked", &asked) ||
		get_word(&text, "label", pending.label, sizeof(pending.label)))
		return -1;
	pending.asked_s = (int64_t)asked;
	pending.algorithm = digest_of_files(algorithm);
	if (*text || pending.algorithm == DIGEST_NONE || pending.path[0] != '/' ||
		(pending.below[0] && !text_is_canonical_path(pending.below)))
		return -1;
	*out = pending;
	return 0;
}

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
		strlen(bytes.bytes) != bytes.length || pending_parse(bytes.bytes, out))
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
		if (entry->d_name[0] == '.')
			continue; /* being written */
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

/* The path on this host of what BASE holds, which process PID has on one of its mounts. */
static int
find_on_host(int pid, int base, const struct stat *st, char out[static LIMIT_NAME_BYTES],
	struct error *err)
{
	char link[64], path[LIMIT_NAME_BYTES];
	struct search search = { .path = path, .wanted = st, .out = out };
	struct statx sx;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", base);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || statx(base, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx))
		return error_set_os(err, REASON_UNSEEN, errno, "the mount of the model");
	path[length] = '\0';
	search.mount = sx.stx_mnt_id;
	if (mountinfo_visit(pid, find_mount, &search) != 1 ||
		mountinfo_visit(0, find_path, &search) != 1)
		return error_set(err, REASON_UNSEEN, 0,
			"no path of the host leads to the model's directory");
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

static int
describe(int pid, const struct verification_item *item, uint64_t bytes, struct pending *out,
	struct error *err)
{
	const struct model *model = &item->model;
	uint64_t key = 0xcbf29ce484222325; /* FNV-1a (64 bits) of path and snapshot */
	struct stat st;

	*out = (struct pending){ .bytes = bytes, .asked_s = clock_now() };
	if (fstat(model->base, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(model->label));
	if (find_on_host(pid, model->base, &st, out->path, err))
		return -1;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	snprintf(out->below, sizeof(out->below), "%s", model->below);
	snprintf(out->label, sizeof(out->label), "%s", model->label);
	describe_hashes(item, out);
	for (const char *at = out->path; *at; at++)
		key = (key ^ (uint8_t)*at) * 0x100000001b3;
	for (const char *at = out->below; *at; at++)
		key = (key ^ (uint8_t)*at) * 0x100000001b3;
	snprintf(out->name, sizeof(out->name), "%016" PRIx64, key);
	return 0;
}

static size_t
count_requests(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	size_t count = 0;

	if (!stream) {
		mem_close_fd(&copy);
		return 0;
	}
	while ((entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

/* Beside it first, then in one step. */
static int
put(int dir, const struct pending *pending, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };
	char beside[64];
	cleanup_fd int fd = -1;

	pending_format(pending, &writer);
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

int
pending_leave(const char *directory, int pid, const struct verification_item *item, uint64_t bytes,
	int64_t *earlier, struct error *err)
{
	struct pending pending, before;
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
	} else if (count_requests(dir) >= PENDING_MAX) {
		return error_set(err, REASON_IO, 0, "%d requests wait already", PENDING_MAX);
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
