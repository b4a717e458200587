#include "receipt/journal_file.h"

#include "base/error.h"
#include "base/mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	WAIT_MS = 3000, /* for a lock: sorting all rows anew takes a fraction of a second */
	MS_NS = 1000 * 1000,
	RENAMES = 64, /* that may come between two looks */
	FENCES_PER_ROW = JOURNAL_ROW_BYTES / sizeof(uint64_t),
};

static int
unreadable(struct error *err)
{
	return error_set_os(err, REASON_IO, errno, "the journal of receipts cannot be read");
}

/* All of the bytes, or fewer at the file's end. Returns how many, or -1 with errno set. */
static ssize_t
read_at(int fd, void *out, size_t length, uint64_t offset)
{
	size_t have = 0;
	ssize_t got;

	while (have < length) {
		got = pread(fd, (char *)out + have, length - have, (off_t)(offset + have));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int
read_whole(int fd, void *out, size_t length, uint64_t offset, struct error *err)
{
	ssize_t got = read_at(fd, out, length, offset);

	if (got < 0)
		return unreadable(err);
	if ((size_t)got != length)
		return error_set(err, REASON_IO, 0, "the journal of receipts was cut");
	return 0;
}

size_t
journal_file_index_rows(size_t sorted)
{
	size_t blocks = (sorted + JOURNAL_FILE_BLOCK - 1) / JOURNAL_FILE_BLOCK;

	return (blocks + FENCES_PER_ROW - 1) / FENCES_PER_ROW;
}

/* The place of the first sorted row, in rows: behind the header and the index. */
static size_t
sorted_start(const struct journal *journal)
{
	return 1 + journal_file_index_rows(journal->sorted);
}

int
journal_file_read_sorted(const struct journal *journal, size_t first, size_t count,
	struct journal_row_sealed *out, struct error *err)
{
	return read_whole(journal->fd, out, count * sizeof(*out),
		(uint64_t)(sorted_start(journal) + first) * JOURNAL_ROW_BYTES, err);
}

/* Forgets what was read of the file, but not the room for it. */
static void
forget(struct journal *journal)
{
	free(journal->fences);
	journal->fences = NULL;
	journal->fences_count = 0;
	journal->sorted = 0;
	journal->sound = false;
	journal->tail_count = 0;
	journal->tail_indexed = 0;
	memset(journal->chains, 0, sizeof(journal->chains));
}

void
journal_file_close(struct journal *journal)
{
	forget(journal);
	free(journal->tail);
	journal->tail = NULL;
	journal->tail_room = 0;
	mem_close_fd(&journal->fd);
	journal->fd = -1;
}

static int
read_fences(struct journal *journal, struct error *err)
{
	size_t blocks = (journal->sorted + JOURNAL_FILE_BLOCK - 1) / JOURNAL_FILE_BLOCK;

	if (blocks == 0)
		return 0;
	journal->fences = malloc(blocks * sizeof(*journal->fences));
	if (!journal->fences)
		return error_no_memory(err);
	if (read_whole(journal->fd, journal->fences, blocks * sizeof(*journal->fences),
		    JOURNAL_ROW_BYTES, err))
		return -1;
	journal->fences_count = blocks;
	return 0;
}

/* The header, which never changes once it is there. A file without ours has no rows. */
static int
read_header(struct journal *journal, uint64_t rows, struct error *err)
{
	struct journal_row_header header;

	if (rows == 0 || !journal->mac)
		return 0;
	if (read_whole(journal->fd, &header, sizeof(header), 0, err))
		return -1;
	if (!journal_row_check_header(&header, journal->mac) || header.sorted > JOURNAL_FILE_ROWS ||
		1 + journal_file_index_rows(header.sorted) + header.sorted > rows)
		return 0;
	journal->sorted = header.sorted;
	if (read_fences(journal, err))
		return -1;
	journal->sound = true;
	return 0;
}

static int
make_room(struct journal *journal, size_t count, struct error *err)
{
	struct journal_row_sealed *grown;

	if (count <= journal->tail_room)
		return 0;
	grown = realloc(journal->tail, count * sizeof(*grown));
	if (!grown)
		return error_no_memory(err);
	journal->tail = grown;
	journal->tail_room = count;
	return 0;
}

/* Whole rows alone: one of which a part is there is being written, or never will be. */
static int
read_tail(struct journal *journal, uint64_t rows, struct error *err)
{
	const size_t start = sorted_start(journal) + journal->sorted;
	const uint64_t there = rows > start ? rows - start : 0;
	const size_t count =
		there > JOURNAL_FILE_TAIL_MAX ? (size_t)JOURNAL_FILE_TAIL_MAX : (size_t)there;

	if (count <= journal->tail_count)
		return 0;
	if (make_room(journal, count, err) ||
		read_whole(journal->fd, journal->tail + journal->tail_count,
			(count - journal->tail_count) * sizeof(*journal->tail),
			(uint64_t)(start + journal->tail_count) * JOURNAL_ROW_BYTES, err))
		return -1;
	journal->tail_count = count;
	return 0;
}

/* What has come since the last look. */
static int
read_more(struct journal *journal, struct error *err)
{
	struct stat st;
	uint64_t rows;

	if (journal->fd < 0)
		return 0;
	if (fstat(journal->fd, &st))
		return unreadable(err);
	rows = (uint64_t)st.st_size / JOURNAL_ROW_BYTES;
	if (!journal->sound && read_header(journal, rows, err))
		return -1;
	return journal->sound ? read_tail(journal, rows, err) : 0;
}

int
journal_file_open(struct journal *journal, struct error *err)
{
	const int flags = journal->read_only ? O_RDONLY : O_RDWR | O_CREAT;
	struct stat st;

	journal_file_close(journal);
	journal->fd = openat(journal->dir, JOURNAL_FILE_NAME,
		flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (journal->fd < 0 && errno == ENOENT && journal->read_only)
		return 0;
	if (journal->fd < 0 || fstat(journal->fd, &st))
		return error_set_os(err, REASON_IO, errno, "the journal of receipts");
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO))) {
		journal_file_close(journal);
		return error_set(err, REASON_CONFIG, 0,
			"the journal of receipts must be a file that root alone can read and write");
	}
	return read_more(journal, err);
}

/* True if the open file has the name still. */
static bool
is_current(const struct journal *journal)
{
	struct stat ours, named;

	return journal->fd >= 0 && fstat(journal->fd, &ours) == 0 &&
	       fstatat(journal->dir, JOURNAL_FILE_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int
journal_file_follow(struct journal *journal, struct error *err)
{
	if (!is_current(journal))
		return journal_file_open(journal, err);
	return read_more(journal, err);
}

static int
set_lock(int fd, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* Does not sleep in the kernel: whoever was stopped with the lock must not stop all starts. */
static int
wait_lock(int fd, struct error *err)
{
	const struct timespec moment = { .tv_nsec = MS_NS };

	for (int waited = 0; waited < WAIT_MS; waited++) {
		if (set_lock(fd, F_WRLCK) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_set_os(
				err, REASON_IO, errno, "the journal of receipts cannot be locked");
		nanosleep(&moment, NULL);
	}
	return error_set(
		err, REASON_IO, 0, "the journal of receipts stays locked by another process");
}

int
journal_file_lock(struct journal *journal, struct error *err)
{
	for (int i = 0; i < RENAMES; i++) {
		if (journal->fd < 0 && journal_file_open(journal, err))
			return -1;
		if (wait_lock(journal->fd, err))
			return -1;
		if (is_current(journal)) {
			if (read_more(journal, err) == 0)
				return 0;
			journal_file_unlock(journal);
			return -1;
		}
		/* It was compacted while we waited; closing it gives the lock back. */
		journal_file_close(journal);
	}
	return error_set(err, REASON_IO, 0, "the journal of receipts is replaced all the time");
}

void
journal_file_unlock(struct journal *journal)
{
	if (journal->fd >= 0)
		set_lock(journal->fd, F_UNLCK);
}

int
journal_file_append(struct journal *journal, struct error *err)
{
	const char *at = (const char *)journal->gathered;
	size_t left = journal->gathered_count * sizeof(*journal->gathered);
	uint64_t offset;
	struct stat st;
	ssize_t put;

	journal->gathered_count = 0;
	if (fstat(journal->fd, &st))
		return unreadable(err);
	/* Behind a row that was torn: what there is of it, and zeros, are no row. */
	offset = ((uint64_t)st.st_size + JOURNAL_ROW_BYTES - 1) / JOURNAL_ROW_BYTES *
		 JOURNAL_ROW_BYTES;
	while (left) {
		put = pwrite(journal->fd, at, left, (off_t)offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_set_os(err, REASON_IO, put ? errno : ENOSPC,
				"the journal of receipts cannot be written");
		at += put;
		left -= (size_t)put;
		offset += (uint64_t)put;
	}
	return read_more(journal, err);
}
