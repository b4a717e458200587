#include "receipt/journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/mac.h"
#include "receipt/journal_compact.h"
#include "receipt/journal_directory.h"
#include "receipt/journal_file.h"
#include "receipt/journal_key.h"
#include "receipt/journal_set.h"

#include <string.h>
#include <sys/stat.h>

enum { TRIES = 16 /* to add rows, while others fill the tail again each time */ };

struct journal *
journal_open(const char *directory, bool read_only, struct error *err)
{
	cleanup_journal struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal) {
		error_no_memory(err);
		return NULL;
	}
	journal->dir = journal->fd = -1;
	journal->read_only = read_only;
	journal->dir = journal_directory_open(directory, !read_only, err);
	if (journal->dir < 0) {
		/* Nothing was remembered yet. */
		if (read_only && err->os_errno == ENOENT)
			return take_ptr(journal);
		return NULL;
	}
	if (journal_key_open(journal->dir, JOURNAL_KEY_ROWS, !read_only, &journal->mac, err) ||
		journal_file_open(journal, err))
		return NULL;
	return take_ptr(journal);
}

static size_t
chain_of(uint64_t inode)
{
	/* Of neighbours, few get the same. */
	return (size_t)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % JOURNAL_FILE_CHAINS;
}

/* Puts what has come since into the chains, the latest first. */
static void
index_tail(struct journal *journal)
{
	for (; journal->tail_indexed < journal->tail_count; journal->tail_indexed++) {
		size_t chain = chain_of(journal->tail[journal->tail_indexed].identity.inode);

		journal->older[journal->tail_indexed] = journal->chains[chain];
		journal->chains[chain] = (uint16_t)(journal->tail_indexed + 1);
	}
}

/* What journal_find() looks for. */
struct wanted {
	const struct identity *identity;
	enum digest_algorithm algorithm;
	uint64_t shard_size;
};

/* The costly part, the MAC, for the right row alone. */
static bool
is_wanted(
	struct journal *journal, const struct journal_row_sealed *row, const struct wanted *wanted)
{
	return journal_row_claims(row, wanted->identity, wanted->algorithm, wanted->shard_size) &&
	       journal_row_unseal(row, journal->mac, &journal->found);
}

static bool
find_late(struct journal *journal, const struct wanted *wanted)
{
	for (size_t i = journal->gathered_count; i--;)
		if (is_wanted(journal, &journal->gathered[i], wanted))
			return true;
	index_tail(journal);
	for (uint16_t at = journal->chains[chain_of(wanted->identity->inode)]; at;
		at = journal->older[at - 1])
		if (is_wanted(journal, &journal->tail[at - 1], wanted))
			return true;
	return false;
}

/* The block in which the first row of INODE must be: the last one that begins below it. */
static size_t
find_block(const struct journal *journal, uint64_t inode)
{
	size_t low = 0, high = journal->fences_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (journal->fences[middle] < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : 0;
}

/* The index may be anything, and then leads to the wrong block: no row is found. */
static bool
find_sorted(struct journal *journal, const struct wanted *wanted)
{
	struct journal_row_sealed rows[JOURNAL_FILE_BLOCK];
	struct error ignored;
	size_t first, count;

	for (size_t block = find_block(journal, wanted->identity->inode);
		block < journal->fences_count; block++) {
		first = block * JOURNAL_FILE_BLOCK;
		count = journal->sorted - first;
		count = count < JOURNAL_FILE_BLOCK ? count : JOURNAL_FILE_BLOCK;
		if (journal_file_read_sorted(journal, first, count, rows, &ignored))
			return false;
		for (size_t i = 0; i < count; i++) {
			if (is_wanted(journal, &rows[i], wanted))
				return true;
			if (rows[i].identity.inode > wanted->identity->inode)
				return false;
		}
	}
	return false;
}

const struct journal_row *
journal_find(struct journal *journal, const struct identity *identity,
	enum digest_algorithm algorithm, uint64_t shard_size)
{
	const struct wanted wanted = { identity, algorithm, shard_size };

	if (!find_late(journal, &wanted) && !find_sorted(journal, &wanted))
		return NULL;
	return &journal->found;
}

int
journal_refresh(struct journal *journal, struct error *err)
{
	if (journal->dir < 0)
		return 0;
	if (!journal->mac &&
		journal_key_open(journal->dir, JOURNAL_KEY_ROWS, false, &journal->mac, err))
		return -1;
	return journal_file_follow(journal, err);
}

int
journal_append(struct journal *journal, const struct journal_row *row, struct error *err)
{
	struct journal_row_sealed sealed;

	if (journal->read_only)
		return error_set(err, REASON_INTERNAL, 0, "the receipts were opened for reading");
	if (journal_row_seal(row, journal->mac, &sealed, err))
		return -1;
	journal->gathered[journal->gathered_count++] = sealed;
	return journal->gathered_count < JOURNAL_FILE_GATHERED ? 0 : journal_flush(journal, err);
}

/* Locks a file of ours with room for what was gathered. */
static int
lock_with_room(struct journal *journal, struct error *err)
{
	struct journal_compact_wish wish = { 0 };

	for (int i = 0; i < TRIES; i++) {
		if (journal_file_lock(journal, err))
			return -1;
		if (journal->sound && journal->tail_count < JOURNAL_FILE_TAIL)
			return 0;
		if (journal_compact_locked(journal, &wish, err)) {
			journal_file_unlock(journal);
			return -1;
		}
	}
	return error_set(err, REASON_IO, 0, "the journal of receipts is always full");
}

int
journal_flush(struct journal *journal, struct error *err)
{
	int status;

	if (journal->gathered_count == 0)
		return 0;
	if (lock_with_room(journal, err)) {
		/* Not again and again: a start must not wait for a journal. */
		journal->gathered_count = 0;
		return -1;
	}
	status = journal_file_append(journal, err);
	journal_file_unlock(journal);
	return status;
}

int
journal_visit(struct journal *journal, int (*visit)(void *context, const struct journal_row *row),
	void *context)
{
	cleanup_journal_set struct journal_set set = { 0 };
	struct journal_row row;
	struct error ignored;
	int status;

	if (!journal->mac)
		return 0;
	if (journal_set_read(journal, &set, &ignored))
		return -1;
	for (size_t i = 0; i < set.count; i++) {
		journal_row_unpack(&set.rows[set.order[i]], &row);
		status = visit(context, &row);
		if (status)
			return status;
	}
	return 0;
}

int
journal_compact(struct journal *journal, bool (*keep)(void *context, const struct journal_row *row),
	void *context, size_t *dropped, struct error *err)
{
	struct journal_compact_wish wish = { .keep = keep, .context = context };

	if (journal->read_only)
		return error_set(err, REASON_INTERNAL, 0, "the receipts were opened for reading");
	if (journal_flush(journal, err) || journal_file_lock(journal, err))
		return -1;
	if (journal_compact_locked(journal, &wish, err)) {
		journal_file_unlock(journal);
		return -1;
	}
	*dropped = wish.dropped;
	return 0;
}

size_t
journal_rows(const struct journal *journal)
{
	return journal->sorted + journal->tail_count + journal->gathered_count;
}

size_t
journal_rows_max(void)
{
	return JOURNAL_FILE_ROWS;
}

void
journal_close(struct journal *journal)
{
	struct error ignored;

	if (!journal)
		return;
	journal_flush(journal, &ignored);
	journal_file_close(journal);
	mac_close(journal->mac);
	mem_close_fd(&journal->dir);
	free(journal);
}
