#include "tests/unit/journal_material.h"

#include <signal.h>

static void
test_empty(void)
{
	struct stat st;
	struct journal *journal = journal_material_open("none", true);
	struct error err = { 0 };
	struct journal_row row = journal_material_row(0);

	check(journal_rows(journal) == 0 && !journal_material_has(journal, 0) &&
			stat("none", &st) != 0,
		"read only: makes nothing", "rows or a folder");
	check_result(journal_append(journal, &row, &err), REASON_INTERNAL, &err,
		"read only: appends nothing");
	check_result(journal_refresh(journal, &err), REASON_NONE, &err, "read only: again");
	journal_close(journal);
	journal = journal_material_open("empty", false);
	check(journal_rows(journal) == 0 && !journal_material_has(journal, 0), "empty", "rows");
	journal_close(journal);
	check(stat("empty", &st) == 0 && (st.st_mode & 0777) == 0700, "empty: the folder", "%o",
		st.st_mode);
	check(stat("empty/key", &st) == 0 && (st.st_mode & 0777) == 0600 &&
			st.st_size == MAC_KEY_BYTES,
		"empty: the key", "%o", st.st_mode);
	check(stat("empty/journal", &st) == 0 && (st.st_mode & 0777) == 0600, "empty: the file",
		"%o", st.st_mode);
	journal = journal_material_open("empty", true);
	check(journal_rows(journal) == 0, "empty, read only", "rows");
	journal_close(journal);
	journal_close(NULL);
}

/* Around the blocks of the index, and its rows. */
static void
test_find(void)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 31, 33, 639, 640, 641, 1300 };
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t tail = 0; tail <= 70; tail += 35) {
			size_t count = sizes[i] + tail;
			struct journal *journal;

			snprintf(name, sizeof(name), "find%zu+%zu", sizes[i], tail);
			journal_material_make(name, sizes[i], count);
			journal = journal_material_open(name, true);
			check(journal_rows(journal) == count &&
					journal_material_count(journal, 0, count) == count &&
					journal_material_count(journal, count, 50) == 0,
				name, "%zu rows, %zu found, %zu too many", journal_rows(journal),
				journal_material_count(journal, 0, count),
				journal_material_count(journal, count, 50));
			journal_close(journal);
		}
}

/* Of two rows for one thing, the later one; gathered, written and sorted. */
static void
test_latest(void)
{
	struct journal *journal = journal_material_open("latest", false);
	struct journal_row row = journal_material_row(1);
	const struct journal_row *found;
	struct error err = { 0 };
	size_t dropped;

	for (int i = 1; i <= 3; i++) {
		row.hashed_s = i + time(NULL);
		material_need(journal_append(journal, &row, &err) == 0, "append");
		found = journal_find(journal, &row.identity, DIGEST_SHA256, 0);
		check(found && found->hashed_s == row.hashed_s, "the latest, gathered", "not");
		material_need(journal_flush(journal, &err) == 0, "flush");
		found = journal_find(journal, &row.identity, DIGEST_SHA256, 0);
		check(found && found->hashed_s == row.hashed_s, "the latest, written", "not");
	}
	check(!journal_find(journal, &row.identity, DIGEST_BLAKE3, 0) &&
			!journal_find(journal, &row.identity, DIGEST_SHA256, 1),
		"another algorithm or shard size", "found");
	check_result(journal_compact(journal, NULL, NULL, &dropped, &err), REASON_NONE, &err,
		"the latest: compacted");
	found = journal_find(journal, &row.identity, DIGEST_SHA256, 0);
	check(found && found->hashed_s == row.hashed_s && journal_rows(journal) == 1,
		"the latest alone is left", "%zu rows", journal_rows(journal));
	journal_close(journal);
}

/* Others' rows are seen after a look for them, compacted or not. */
static void
test_refresh(void)
{
	struct journal *writer = journal_material_open("refresh", false);
	struct journal *reader = journal_material_open("refresh", true);
	struct error err = { 0 };
	size_t dropped;

	journal_material_append(writer, 0, 3);
	check(!journal_material_has(reader, 0), "refresh: not yet", "found");
	check_result(journal_refresh(reader, &err), REASON_NONE, &err, "refresh");
	check(journal_material_count(reader, 0, 3) == 3, "refresh: seen", "not");
	material_need(journal_compact(writer, NULL, NULL, &dropped, &err) == 0, "compact");
	check(journal_material_count(reader, 0, 3) == 3, "refresh: the old file still tells",
		"not");
	journal_material_append(writer, 3, 3);
	check_result(journal_refresh(reader, &err), REASON_NONE, &err, "refresh: compacted");
	check(journal_material_count(reader, 0, 6) == 6, "refresh: compacted, seen", "not");
	journal_close(reader);
	journal_close(writer);
}

/* Counts the rows, and stops at the number that is wanted. */
struct visit {
	size_t count, stop;
	struct identity last;
	bool sorted;
};

static int
visit_row(void *context, const struct journal_row *row)
{
	struct visit *visit = context;

	visit->sorted = visit->sorted &&
			(visit->count == 0 || identity_compare(&visit->last, &row->identity) < 0);
	visit->last = row->identity;
	return ++visit->count == visit->stop ? 7 : 0;
}

static void
test_visit(void)
{
	struct visit all = { .sorted = true }, some = { .stop = 5, .sorted = true };
	struct journal *journal;

	journal_material_make("visit", 40, 80);
	journal = journal_material_open("visit", false);
	journal_material_append(journal, 20, 40);
	check(journal_visit(journal, visit_row, &all) == 0 && all.count == 80 && all.sorted,
		"visit: each once, in order", "%zu, sorted %d", all.count, all.sorted);
	check(journal_visit(journal, visit_row, &some) == 7 && some.count == 5, "visit: stops",
		"%zu", some.count);
	journal_close(journal);
}

static bool
keep_even(void *context, const struct journal_row *row)
{
	(void)context;
	return row->identity.size % 2 == 0;
}

/* What can never count again goes, and what the caller does not want. */
static void
test_compact(void)
{
	struct journal *journal = journal_material_open("compact", false);
	struct journal_row row = journal_material_row(100);
	struct error err = { 0 };
	size_t dropped = 0;

	journal_material_append(journal, 0, 10);
	row.boot.id[0] ^= 1;
	material_need(journal_append(journal, &row, &err) == 0, "append");
	row = journal_material_row(101);
	row.hashed_s -= 401 * 24 * 60 * 60;
	material_need(journal_append(journal, &row, &err) == 0, "append");
	row = journal_material_row(102);
	row.boot.started_ns += INT64_C(5000000000);
	material_need(journal_append(journal, &row, &err) == 0, "append");
	check_result(journal_compact(journal, keep_even, NULL, &dropped, &err), REASON_NONE, &err,
		"compact");
	check(dropped == 5 && journal_rows(journal) == 6, "compact: what is left",
		"%zu dropped, %zu rows", dropped, journal_rows(journal));
	check(journal_material_has(journal, 2) && !journal_material_has(journal, 3),
		"compact: the right ones", "not");
	row = journal_material_row(102);
	check(journal_find(journal, &row.identity, DIGEST_SHA256, 0),
		"compact: a clock that was set may be set back", "gone");
	journal_close(journal);
}

/* The tail does not grow for ever. */
static void
test_grow(void)
{
	struct journal *journal = journal_material_open("grow", false);
	const size_t count = JOURNAL_FILE_TAIL + 3 * JOURNAL_FILE_GATHERED;

	journal_material_append(journal, 0, count);
	check(journal->sorted >= JOURNAL_FILE_TAIL &&
			journal->tail_count < count - JOURNAL_FILE_TAIL + 1,
		"the tail is sorted in", "%zu sorted, %zu in the tail", journal->sorted,
		journal->tail_count);
	check(journal_material_count(journal, 0, count) == count, "the tail: nothing is lost",
		"%zu of %zu", journal_material_count(journal, 0, count), count);
	journal_close(journal);
}

/* A journal with as many rows as it may have, made here: the oldest have to go. */
static void
make_full(size_t count)
{
	struct journal *journal = journal_material_open("full", false);
	cleanup_free uint8_t *bytes =
		calloc(1 + journal_file_index_rows(count) + count, JOURNAL_ROW_BYTES);
	struct journal_row_sealed *rows;
	uint64_t *fences = (uint64_t *)(void *)(bytes + JOURNAL_ROW_BYTES);
	struct error err = { 0 };
	cleanup_fd int fd = open("full/journal", O_WRONLY | O_TRUNC | O_CLOEXEC);
	const size_t length = (1 + journal_file_index_rows(count) + count) * JOURNAL_ROW_BYTES;

	material_need(bytes && fd >= 0, "room");
	rows = (void *)(bytes + (1 + journal_file_index_rows(count)) * JOURNAL_ROW_BYTES);
	journal_row_make_header(count, journal->mac, (void *)bytes, &err);
	for (size_t i = 0; i < count; i++) {
		struct journal_row row = journal_material_row(0);

		row.identity.inode = 10000000 + i;
		/* The higher, the older, two of each age. */
		row.hashed_s -= 1000 + i / 2;
		material_need(journal_row_seal(&row, journal->mac, &rows[i], &err) == 0, "seal");
		if (i % JOURNAL_FILE_BLOCK == 0)
			fences[i / JOURNAL_FILE_BLOCK] = row.identity.inode;
	}
	material_need(write(fd, bytes, length) == (ssize_t)length, "write");
	journal_close(journal);
}

static bool
has_inode(struct journal *journal, uint64_t inode)
{
	struct journal_row row = journal_material_row(0);

	row.identity.inode = inode;
	return journal_find(journal, &row.identity, DIGEST_SHA256, 0);
}

static void
test_full(void)
{
	const size_t count = JOURNAL_FILE_ROWS - JOURNAL_FILE_TAIL_MAX;
	struct journal *journal;

	make_full(count);
	journal = journal_material_open("full", false);
	check(journal_rows(journal) == count && has_inode(journal, 10000000) &&
			has_inode(journal, 10000000 + count - 1) &&
			!has_inode(journal, 10000000 + count),
		"full: found", "%zu rows", journal_rows(journal));
	journal_material_append(journal, 0, JOURNAL_FILE_TAIL + 101);
	check(journal_rows(journal) <= journal_rows_max() && journal->sorted == count,
		"full: bounded", "%zu rows, %zu sorted", journal_rows(journal), journal->sorted);
	check(journal_material_count(journal, 0, JOURNAL_FILE_TAIL + 101) ==
			JOURNAL_FILE_TAIL + 101,
		"full: the new ones are there", "not");
	check(has_inode(journal, 10000000) && !has_inode(journal, 10000000 + count - 1) &&
			has_inode(journal, 10000000 + count - JOURNAL_FILE_TAIL - 65) &&
			!has_inode(journal, 10000000 + count - JOURNAL_FILE_TAIL + 2),
		"full: the oldest have gone", "not");
	journal_close(journal);
}

int
main(void)
{
	material_enter();
	test_empty();
	test_find();
	test_latest();
	test_refresh();
	test_visit();
	test_compact();
	test_grow();
	test_full();
	return check_end();
}
