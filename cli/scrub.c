#include "cli/scrub.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/mounted.h"
#include "cli/notify.h"
#include "cli/scrub_file.h"
#include "cli/stop.h"
#include "hash/hasher.h"
#include "receipt/journal.h"

#include <inttypes.h>
#include <string.h>

enum {
	OPEN_MAX = 64, /* files at a time */
	WAIT_MS = 200, /* for a result, between two looks at the signals */
};

/* Each slot is one open file, or free. */
struct slot {
	struct scrub_file file;
	uint32_t first; /* number of its first stream */
	bool used;
};

struct scrub {
	struct journal *journal;
	struct journal_row *rows; /* owned; by file system, then inode */
	size_t count, capacity;
	size_t next;    /* row */
	size_t dropped; /* of KEEP: how many are false */
	bool *keep;     /* owned; of each row */
	uint64_t total; /* bytes of all rows */
	struct mounted mounted;
	struct hasher hasher;
	struct slot slots[OPEN_MAX];
	uint32_t streams; /* that were numbered */
	size_t outstanding;
	struct scrub_sum *sum;
	bool no_memory;
};

static int
keep_row(void *context, const struct journal_row *row)
{
	struct scrub *scrub = context;

	if (mem_grow((void **)&scrub->rows, scrub->count, &scrub->capacity, sizeof(*scrub->rows))) {
		scrub->no_memory = true;
		return -1;
	}
	scrub->rows[scrub->count++] = *row;
	scrub->total += row->identity.size;
	return 0;
}

/* An order in which each disk is read by itself, and rows of one file follow each other. */
static int
compare_rows(const void *a, const void *b)
{
	const struct journal_row *left = a, *right = b;
	int order = mounted_compare(&left->identity, &right->identity);

	if (order == 0)
		order = identity_compare(&left->identity, &right->identity);
	if (order == 0)
		order = (left->algorithm > right->algorithm) - (left->algorithm < right->algorithm);
	return order ? order
		     : (left->shard_size > right->shard_size) -
			       (left->shard_size < right->shard_size);
}

static int
read_rows(struct scrub *scrub, struct error *err)
{
	if (journal_visit(scrub->journal, keep_row, scrub))
		return scrub->no_memory ? error_no_memory(err)
					: error_set(err, REASON_IO, 0,
						  "the journal of receipts cannot be read");
	scrub->keep = malloc(scrub->count + 1);
	if (!scrub->keep)
		return error_no_memory(err);
	memset(scrub->keep, true, scrub->count);
	if (scrub->count)
		qsort(scrub->rows, scrub->count, sizeof(*scrub->rows), compare_rows);
	scrub->sum->rows = scrub->count;
	return 0;
}

/* Where the file of a finding is, in OUT of SIZE bytes. Returns OUT. */
static char *
locate(const struct scrub_file *file, char *out, size_t size)
{
	char path[LIMIT_NAME_BYTES];

	mounted_path(file->fd, path, sizeof(path));
	snprintf(out, size, "inode %" PRIu64 " of the file system at %s%s%s",
		file->row->identity.inode, TEXT_QUOTE(file->mount), path[0] ? ", now " : "",
		path[0] ? TEXT_QUOTE(path) : "");
	return out;
}

/* What a person has to act on. */
static void
say_finding(const struct scrub_file *file)
{
	char where[512];

	locate(file, where, sizeof(where));
	if (file->state == SCRUB_WRONG)
		console_say(CONSOLE_CRITICAL,
			"CHANGED: %s: remembered %s, found %s, and the file system knows of no "
			"change",
			where, digest_format(&file->row->digest).text,
			digest_format(&file->found).text);
	else
		console_say(CONSOLE_CRITICAL, "UNREADABLE: %s: %s", where,
			error_os_words(file->os_errno));
}

/* The row as of now; left as it is where the file was too young when hashing began. */
static int
renew(struct scrub *scrub, const struct scrub_file *file, struct error *err)
{
	struct journal_row row = *file->row;
	const struct timespec whole = { .tv_sec = file->since.tv_sec };

	if (!identity_is_settled(&row.identity, &whole))
		return 0;
	row.boot = file->boot;
	row.hashed_s = file->since.tv_sec;
	return journal_append(scrub->journal, &row, err);
}

/* Counts the file, whose state is known, and closes it. */
static int
finish(struct scrub *scrub, struct scrub_file *file, struct error *err)
{
	struct scrub_sum *sum = scrub->sum;
	int result = 0;

	sum->equal += file->state == SCRUB_EQUAL;
	sum->gone += file->state == SCRUB_GONE;
	sum->busy += file->state == SCRUB_BUSY;
	sum->away += file->state == SCRUB_AWAY;
	sum->unreadable += file->state == SCRUB_UNREADABLE;
	sum->wrong += file->state == SCRUB_WRONG;
	if (file->state == SCRUB_EQUAL || file->state == SCRUB_WRONG)
		sum->bytes += file->row->identity.size;
	if (file->state == SCRUB_WRONG || file->state == SCRUB_UNREADABLE)
		say_finding(file);
	if (file->state == SCRUB_EQUAL)
		result = renew(scrub, file, err);
	if (file->state == SCRUB_GONE || file->state == SCRUB_UNREADABLE ||
		file->state == SCRUB_WRONG) {
		scrub->keep[file->row - scrub->rows] = false;
		scrub->dropped++;
	}
	scrub_file_close(file);
	return result;
}

static struct slot *
find_free(struct scrub *scrub)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (!scrub->slots[i].used)
			return &scrub->slots[i];
	return NULL;
}

static struct slot *
find_waiting(struct scrub *scrub)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (scrub->slots[i].used && scrub_file_has_next(&scrub->slots[i].file))
			return &scrub->slots[i];
	return NULL;
}

/* Opens the next row's file, which may be all that there is to do about it. */
static int
open_next(struct scrub *scrub, struct slot *slot, struct error *err)
{
	if (scrub_file_open(&scrub->rows[scrub->next], &scrub->mounted, &slot->file, err))
		return -1;
	scrub->next++;
	if (slot->file.state != SCRUB_OPEN)
		return finish(scrub, &slot->file, err);
	slot->used = true;
	slot->first = scrub->streams;
	scrub->streams += (uint32_t)slot->file.streams;
	return 0;
}

static int
submit(struct scrub *scrub, struct slot *slot, struct error *err)
{
	uint32_t number = slot->first + (uint32_t)slot->file.submitted;
	struct stream stream = scrub_file_next(&slot->file);

	if (hasher_submit(&scrub->hasher, number, &stream, err))
		return -1;
	scrub->outstanding++;
	return 0;
}

static int
take(struct scrub *scrub, struct error *err)
{
	struct stream_result result;
	int got = hasher_next(&scrub->hasher, WAIT_MS, &result, err);

	if (got <= 0)
		return got;
	scrub->outstanding--;
	for (size_t i = 0; i < OPEN_MAX; i++) {
		struct slot *slot = &scrub->slots[i];
		uint32_t index = result.index - slot->first;

		if (!slot->used || index >= slot->file.submitted)
			continue;
		if (scrub_file_take(&slot->file, index, &result, err))
			return -1;
		if (slot->file.state == SCRUB_OPEN)
			return 0;
		slot->used = false;
		return finish(scrub, &slot->file, err);
	}
	return error_set(
		err, REASON_INTERNAL, 0, "the hasher answered for a file that it was not given");
}

/* One thing: a stream for the hasher, another file, or an answer. Returns 1 when all is done. */
static int
step(struct scrub *scrub, struct error *err)
{
	struct slot *waiting = find_waiting(scrub), *vacant = find_free(scrub);
	bool room = scrub->outstanding < hasher_capacity(&scrub->hasher);

	notify_progress("scrub", hasher_progress(&scrub->hasher), scrub->total);
	if (waiting && room)
		return submit(scrub, waiting, err);
	if (vacant && room && scrub->next < scrub->count)
		return open_next(scrub, vacant, err);
	return scrub->outstanding ? take(scrub, err) : 1;
}

static int
hash(struct scrub *scrub, struct error *err)
{
	const struct hasher_options options = { .bytes = scrub->total, .direct = true };
	int result = scrub->count ? hasher_start(&scrub->hasher, &options, err) : 1;

	while (result == 0 && !stop_asked())
		result = step(scrub, err);
	hasher_end(&scrub->hasher);
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (scrub->slots[i].used)
			scrub_file_close(&scrub->slots[i].file);
	/* A signal for the whole group ends the hasher, too. */
	return result < 0 && !stop_asked() ? -1 : 0;
}

static bool
is_kept(void *context, const struct journal_row *row)
{
	const struct scrub *scrub = context;
	const struct journal_row *found =
		bsearch(row, scrub->rows, scrub->count, sizeof(*scrub->rows), compare_rows);

	return !found || scrub->keep[found - scrub->rows];
}

static int
drop_rows(struct scrub *scrub, struct error *err)
{
	size_t dropped;

	if (journal_flush(scrub->journal, err))
		return -1;
	if (!scrub->dropped)
		return 0;
	return journal_compact(scrub->journal, is_kept, scrub, &dropped, err);
}

int
scrub_run(struct journal *journal, struct scrub_sum *out, struct error *err)
{
	struct scrub scrub = { .journal = journal, .sum = out };
	int result = -1;

	*out = (struct scrub_sum){ 0 };
	scrub.hasher.child.socket = -1;
	if (read_rows(&scrub, err) == 0 && mounted_open(&scrub.mounted, err) == 0) {
		result = hash(&scrub, err);
		if (result == 0)
			result = drop_rows(&scrub, err);
	}
	mounted_close(&scrub.mounted);
	free(scrub.rows);
	free(scrub.keep);
	return result;
}
