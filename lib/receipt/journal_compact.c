#include "receipt/journal_compact.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "receipt/journal_file.h"
#include "receipt/journal_set.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NEW_FILE JOURNAL_FILE_NAME ".new"

enum {
	DAY_S = 24 * 60 * 60,
	DAYS_MAX = 400, /* longer than any policy lets receipts live */
	SORTED_MAX = JOURNAL_FILE_ROWS - JOURNAL_FILE_TAIL_MAX,
	ROWS_AT_ONCE = 256, /* 80 KiB a write */
};

/* Of this boot, and recent: no other row can ever count again. */
static bool
may_count(const struct journal_row *row, const struct boot *boot, int64_t now)
{
	return memcmp(row->boot.id, boot->id, sizeof(boot->id)) == 0 &&
	       row->hashed_s > now - (int64_t)DAYS_MAX * DAY_S;
}

static int
choose(struct journal_set *set, struct journal_compact_wish *wish, struct error *err)
{
	const int64_t now = time(NULL);
	struct journal_row row;
	struct boot boot;
	size_t kept = 0;

	if (set->count && boot_read(&boot, err))
		return -1;
	for (size_t i = 0; i < set->count; i++) {
		journal_row_unpack(&set->rows[set->order[i]], &row);
		if (!may_count(&row, &boot, now))
			continue;
		if (!wish->keep || wish->keep(wish->context, &row))
			set->order[kept++] = set->order[i];
		else
			wish->dropped++;
	}
	set->count = kept;
	return 0;
}

static int
compare_times(const void *a, const void *b)
{
	const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return first > second ? -1 : first < second;
}

/* When the oldest row was hashed that may stay, and how many of that very second may. */
static int
find_oldest(const struct journal_set *set, int64_t *oldest, size_t *of_it, struct error *err)
{
	cleanup_free int64_t *times = malloc(set->count * sizeof(*times));

	if (!times)
		return error_no_memory(err);
	for (size_t i = 0; i < set->count; i++)
		times[i] = set->rows[set->order[i]].hashed_s;
	qsort(times, set->count, sizeof(*times), compare_times);
	*oldest = times[SORTED_MAX - 1];
	*of_it = 0;
	for (size_t i = SORTED_MAX; i-- && times[i] == *oldest;)
		++*of_it;
	return 0;
}

/* The newest, as many as there is room for. */
static int
cut(struct journal_set *set, struct error *err)
{
	size_t kept = 0, of_it;
	int64_t oldest, time;

	if (set->count <= SORTED_MAX)
		return 0;
	if (find_oldest(set, &oldest, &of_it, err))
		return -1;
	for (size_t i = 0; i < set->count; i++) {
		time = set->rows[set->order[i]].hashed_s;
		if (time > oldest || (time == oldest && of_it)) {
			of_it -= time == oldest;
			set->order[kept++] = set->order[i];
		}
	}
	set->count = kept;
	return 0;
}

/* The header and the index. Returns 0, or -1 with *err set. */
static int
write_index(const struct journal *journal, int fd, const struct journal_set *set, struct error *err)
{
	const size_t bytes = journal_file_index_rows(set->count) * JOURNAL_ROW_BYTES;
	cleanup_free uint64_t *fences = calloc(1, bytes + 1);
	struct journal_row_header header;

	if (!fences)
		return error_no_memory(err);
	for (size_t i = 0; i < set->count; i += JOURNAL_FILE_BLOCK)
		fences[i / JOURNAL_FILE_BLOCK] = set->rows[set->order[i]].identity.inode;
	if (journal_row_make_header(set->count, journal->mac, &header, err))
		return -1;
	if (file_write_all(fd, &header, sizeof(header)) || file_write_all(fd, fences, bytes))
		return error_set_os(
			err, REASON_IO, errno, "the journal of receipts cannot be written anew");
	return 0;
}

static int
write_rows(int fd, const struct journal_set *set, struct error *err)
{
	cleanup_free struct journal_row_sealed *rows = calloc(ROWS_AT_ONCE, sizeof(*rows));
	size_t count = 0;

	if (!rows)
		return error_no_memory(err);
	for (size_t i = 0; i < set->count; i++) {
		rows[count++] = set->rows[set->order[i]];
		if (count < ROWS_AT_ONCE && i + 1 < set->count)
			continue;
		if (file_write_all(fd, rows, count * sizeof(*rows)))
			return error_set_os(err, REASON_IO, errno,
				"the journal of receipts cannot be written anew");
		count = 0;
	}
	return 0;
}

/*
 * Only who has the lock comes here: what there is under the name was left behind. No fsync: rows
 * count within one boot, and after a power loss no byte of the file does.
 */
static int
replace(const struct journal *journal, const struct journal_set *set, struct error *err)
{
	cleanup_fd int fd = -1;

	unlinkat(journal->dir, NEW_FILE, 0);
	fd = openat(
		journal->dir, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_os(
			err, REASON_IO, errno, "the journal of receipts cannot be written anew");
	if (write_index(journal, fd, set, err) || write_rows(fd, set, err)) {
		unlinkat(journal->dir, NEW_FILE, 0);
		return -1;
	}
	if (renameat(journal->dir, NEW_FILE, journal->dir, JOURNAL_FILE_NAME)) {
		error_set_os(err, REASON_IO, errno, "the journal of receipts cannot be replaced");
		unlinkat(journal->dir, NEW_FILE, 0);
		return -1;
	}
	return 0;
}

int
journal_compact_locked(
	struct journal *journal, struct journal_compact_wish *wish, struct error *err)
{
	cleanup_journal_set struct journal_set set = { 0 };
	const size_t gathered = journal->gathered_count;
	int status;

	wish->dropped = 0;
	/* They are still to be appended. */
	journal->gathered_count = 0;
	status = journal_set_read(journal, &set, err);
	journal->gathered_count = gathered;
	if (status || choose(&set, wish, err) || cut(&set, err) || replace(journal, &set, err))
		return -1;
	return journal_file_open(journal, err);
}
