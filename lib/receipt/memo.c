#include "receipt/memo.h"

#include "base/crowd.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/digest.h"
#include "border/mac.h"
#include "receipt/journal_directory.h"
#include "receipt/journal_key.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { VERSION = 1, DIGEST_BYTES = 32 };

/* In front of the answer; behind it stands the MAC of both. No padding, in the host's order. */
struct header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t reserved; /* 0 */
	int64_t made_s;    /* seconds since 1970 */
	uint64_t length;   /* of the answer, in bytes */
	uint8_t digest[DIGEST_BYTES];
};
static_assert(sizeof(struct header) == 64, "a header has no padding");

enum { AROUND = sizeof(struct header) + MAC_BYTES };

static const uint8_t magic[8] = { 'n', 'i', 'm', 'g', 't', 'm', 'e', 'm' };

/* The folder, and the key for what is in it. */
struct place {
	int folder; /* owned; O_PATH */
	struct mac *mac;
};

static void
close_place(struct place *place)
{
	mem_close_fd(&place->folder);
	mac_close(place->mac);
}

#define cleanup_place __attribute__((cleanup(close_place)))

/* Opens both (caller: close_place(), also after a failure); MAKE makes them. Without a key there is
 * no memo either. */
static int
open_place(const char *directory, bool make, struct place *out, struct error *err)
{
	cleanup_fd int dir = journal_directory_open(directory, make, err);

	if (dir < 0)
		return -1;
	out->folder = journal_directory_open_at(dir, MEMO_DIRECTORY, make, err);
	if (out->folder < 0 || journal_key_open(dir, JOURNAL_KEY_MEMOS, make, &out->mac, err))
		return -1;
	return out->mac ? 0 : error_set(err, REASON_IO, ENOENT, "there is no key for memos");
}

/* All bytes of the file, if it is one that we can have written. */
static int
read_file(int folder, const char *name, struct file_bytes *out)
{
	cleanup_fd int fd =
		openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct error ignored;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & (S_IRWXG | S_IRWXO)) || st.st_size < AROUND ||
		st.st_size > MEMO_BYTES_MAX + AROUND)
		return -1;
	return file_read(fd, MEMO_BYTES_MAX + AROUND, "a memo", out, &ignored);
}

/* Whether FILE is a whole memo of DIGEST, made in the last AGE_MAX_S seconds. */
static bool
is_memo(const struct place *place, const struct file_bytes *file, const struct digest *digest,
	int64_t age_max_s)
{
	const int64_t now = time(NULL);
	struct header header;

	if (file->length < AROUND)
		return false;
	memcpy(&header, file->bytes, sizeof(header));
	return memcmp(header.magic, magic, sizeof(magic)) == 0 && header.version == VERSION &&
	       header.length == file->length - AROUND &&
	       memcmp(header.digest, digest->bytes, sizeof(header.digest)) == 0 &&
	       header.made_s <= now && header.made_s >= 0 && now - header.made_s <= age_max_s &&
	       mac_verify(place->mac, file->bytes, file->length - MAC_BYTES,
		       (const uint8_t *)file->bytes + file->length - MAC_BYTES);
}

bool
memo_find(const char *directory, const struct digest *digest, int64_t age_max_s,
	struct file_bytes *out)
{
	cleanup_place struct place place = { .folder = -1 };
	cleanup_bytes struct file_bytes file = { 0 };
	struct error ignored;

	if (digest->algorithm != DIGEST_SHA256 || open_place(directory, false, &place, &ignored) ||
		read_file(place.folder, digest_format(digest).text, &file) ||
		!is_memo(&place, &file, digest, age_max_s))
		return false;
	file.length -= AROUND;
	memmove(file.bytes, file.bytes + sizeof(struct header), file.length);
	file.bytes[file.length] = '\0';
	*out = file;
	file = (struct file_bytes){ 0 };
	return true;
}

/* The whole file. */
static int
seal(struct mac *mac, const struct digest *digest, const void *bytes, size_t length,
	struct file_bytes *out, struct error *err)
{
	struct header header = { .version = VERSION, .made_s = time(NULL), .length = length };
	cleanup_free char *file = malloc(length + AROUND);
	const size_t signed_length = sizeof(header) + length;

	if (!file)
		return error_no_memory(err);
	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.digest, digest->bytes, sizeof(header.digest));
	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), bytes, length);
	if (mac_compute(mac, file, signed_length, (uint8_t *)file + signed_length, err))
		return -1;
	*out = (struct file_bytes){ .bytes = take_ptr(file), .length = length + AROUND };
	return 0;
}

/* For one more. What a writer left behind that was killed counts, too, and goes in its time. */
static void
make_room(int folder)
{
	struct crowd crowd;

	for (int i = 0; i < MEMO_COUNT_MAX; i++) {
		crowd_look(folder, &crowd);
		if (crowd.count < MEMO_COUNT_MAX)
			return;
		unlinkat(folder, crowd.oldest, 0);
	}
}

/* Beside it first, then in one step. No fsync: what a power loss tears has no MAC. */
static int
put(int folder, const char *name, const struct file_bytes *file, struct error *err)
{
	char beside[NAME_MAX];
	cleanup_fd int fd = -1;

	snprintf(beside, sizeof(beside), "%s.%d", name, (int)getpid());
	unlinkat(folder, beside, 0);
	fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && file_write_all(fd, file->bytes, file->length) == 0 &&
		renameat(folder, beside, folder, name) == 0)
		return 0;
	error_set_os(err, REASON_IO, errno, "a memo cannot be written");
	unlinkat(folder, beside, 0);
	return -1;
}

int
memo_keep(const char *directory, const struct digest *digest, const void *bytes, size_t length,
	struct error *err)
{
	cleanup_place struct place place = { .folder = -1 };
	cleanup_bytes struct file_bytes file = { 0 };

	if (digest->algorithm != DIGEST_SHA256)
		return error_set(err, REASON_INTERNAL, 0, "a memo without a digest");
	if (length > MEMO_BYTES_MAX)
		return error_set(err, REASON_IO, 0, "a memo of %zu bytes, at most %d are kept",
			length, MEMO_BYTES_MAX);
	if (open_place(directory, true, &place, err) ||
		seal(place.mac, digest, bytes, length, &file, err))
		return -1;
	make_room(place.folder);
	return put(place.folder, digest_format(digest).text, &file, err);
}

/* Calls VISIT for each file of the folder. */
static void
visit(int folder, void (*visitor)(void *context, const char *name), void *context)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (!stream) {
		mem_close_fd(&copy);
		return;
	}
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			visitor(context, entry->d_name);
	closedir(stream);
}

struct counting {
	const struct place *place;
	struct memo_sum sum;
};

static void
count_file(void *context, const char *name)
{
	struct counting *counting = context;
	cleanup_bytes struct file_bytes file = { 0 };
	struct digest digest = { .algorithm = DIGEST_SHA256 };

	if (text_parse_hex(name, strlen(name), digest.bytes, DIGEST_BYTES) ||
		read_file(counting->place->folder, name, &file) ||
		!is_memo(counting->place, &file, &digest, INT64_MAX))
		return;
	counting->sum.count++;
	counting->sum.bytes += file.length;
}

void
memo_count(const char *directory, struct memo_sum *out)
{
	cleanup_place struct place place = { .folder = -1 };
	struct counting counting = { .place = &place };
	struct error ignored;

	if (open_place(directory, false, &place, &ignored) == 0)
		visit(place.folder, count_file, &counting);
	*out = counting.sum;
}

struct forgetting {
	int folder;
	size_t count;
	int os_errno; /* of the first that stays */
};

static void
remove_file(void *context, const char *name)
{
	struct forgetting *forgetting = context;

	if (unlinkat(forgetting->folder, name, 0) == 0)
		forgetting->count++;
	else if (!forgetting->os_errno)
		forgetting->os_errno = errno;
}

int
memo_forget(const char *directory, size_t *forgotten, struct error *err)
{
	struct forgetting forgetting = { 0 };
	cleanup_fd int dir = journal_directory_open(directory, false, err);
	cleanup_fd int folder = -1;

	if (dir >= 0)
		folder = journal_directory_open_at(dir, MEMO_DIRECTORY, false, err);
	*forgotten = 0;
	if (folder < 0)
		return err->os_errno == ENOENT ? 0 : -1;
	forgetting.folder = folder;
	visit(folder, remove_file, &forgetting);
	*forgotten = forgetting.count;
	return forgetting.os_errno ? error_set_os(err, REASON_IO, forgetting.os_errno,
					     "a memo cannot be removed")
				   : 0;
}
