/*
 * The journal of receipts, of any bytes: says nothing that no MAC vouches for, finds what one does,
 * and can be added to and compacted.
 *
 * The first byte says which MACs are made right, so that what lies behind them is reached; the key
 * is a fresh one each time that the target starts.
 */
#include "base/file.h"
#include "base/mem.h"
#include "border/mac.h"
#include "receipt/journal_file.h"
#include "receipt/journal_key.h"

#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
	HEADER = 1, /* the header is ours, and says at most that there are 63 sorted rows */
	ROWS = 2,   /* all rows are ours, about eight files */
	COMPACT = 4,
	ROWS_MAX = 64,
};

static char folder[512];
static int directory;
static struct mac *mac;

static void
leave(void)
{
	unlinkat(directory, JOURNAL_KEY_FILE, 0);
	unlinkat(directory, JOURNAL_FILE_NAME, 0);
	rmdir(folder);
}

void
fuzz_prepare(void)
{
	const char *parent = getenv("TMPDIR");
	struct error err;

	snprintf(folder, sizeof(folder), "%s/fuzz_journal.XXXXXX", parent ? parent : "/tmp");
	FUZZ_PROMISE(mkdtemp(folder));
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_PROMISE(directory >= 0 &&
		     journal_key_open(directory, JOURNAL_KEY_ROWS, true, &mac, &err) == 0);
	atexit(leave);
}

static void
sign_row(struct journal_row_sealed *row)
{
	struct journal_row said;
	struct error err;

	row->algorithm = DIGEST_SHA256;
	row->digest_algorithm = DIGEST_SHA256;
	row->identity.inode &= 7;
	row->shard_size &= 1;
	journal_row_unpack(row, &said);
	FUZZ_PROMISE(journal_row_seal(&said, mac, row, &err) == 0);
}

/* Makes right what FLAGS ask for, and writes the file. */
static void
write_file(unsigned int flags, uint8_t *bytes, size_t size)
{
	struct journal_row_header *header = (void *)bytes;
	struct journal_row_sealed *rows = (void *)bytes;
	const size_t count = size / JOURNAL_ROW_BYTES;
	struct error err;
	int fd;

	if (count && (flags & HEADER))
		FUZZ_PROMISE(
			journal_row_make_header(header->sorted % ROWS_MAX, mac, header, &err) == 0);
	/* Those before are of the index, or were taken for a header. */
	for (size_t i = 2; i < count && (flags & ROWS); i++)
		sign_row(&rows[i]);
	unlinkat(directory, JOURNAL_FILE_NAME, 0);
	fd = openat(directory, JOURNAL_FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FUZZ_PROMISE(fd >= 0 && file_write_all(fd, bytes, size) == 0);
	close(fd);
}

struct visit {
	struct identity last;
	size_t count;
};

static int
visit_row(void *context, const struct journal_row *row)
{
	struct visit *visit = context;

	FUZZ_PROMISE(visit->count == 0 || identity_compare(&visit->last, &row->identity) <= 0);
	visit->last = row->identity;
	visit->count++;
	return 0;
}

/* What it says of each row that the file may have, and of none that it cannot have. */
static void
ask(struct journal *journal, unsigned int flags, const uint8_t *bytes, size_t size)
{
	const struct journal_row_sealed *rows = (const void *)bytes;
	const size_t count = size / JOURNAL_ROW_BYTES;
	const struct journal_row *found;
	struct visit visit = { .count = 0 };

	for (size_t i = 1; i < count; i++) {
		found = journal_find(journal, &rows[i].identity,
			(enum digest_algorithm)rows[i].algorithm, rows[i].shard_size);
		FUZZ_PROMISE(!found || (flags & (HEADER | ROWS)) == (HEADER | ROWS));
		FUZZ_PROMISE(!found || (identity_equal(&found->identity, &rows[i].identity) &&
					       found->shard_size == rows[i].shard_size &&
					       found->algorithm == rows[i].algorithm &&
					       digest_size(found->digest.algorithm) > 0));
		/* Behind the sorted ones, each row that was signed is one. */
		FUZZ_PROMISE(found || fuzz_has_refused() || !(flags & ROWS) ||
			     journal->tail_count < count - i || i < 2);
	}
	FUZZ_PROMISE(journal_rows(journal) < count + (count == 0));
	FUZZ_PROMISE(journal_visit(journal, visit_row, &visit) == 0 || fuzz_has_refused());
	FUZZ_PROMISE(visit.count <= journal_rows(journal));
}

/* Whatever it was: afterwards a row is in it. */
static void
add(struct journal *journal, bool compact)
{
	struct journal_row row = { .algorithm = DIGEST_SHA256, .shard_size = 99 };
	struct error err = { 0 };
	size_t dropped = 0;
	bool done;

	row.digest.algorithm = DIGEST_SHA256;
	row.hashed_s = INT64_MAX;
	FUZZ_PROMISE(boot_read(&row.boot, &err) == 0);
	done = journal_append(journal, &row, &err) == 0 && journal_flush(journal, &err) == 0;
	if (done && compact)
		done = journal_compact(journal, NULL, NULL, &dropped, &err) == 0;
	FUZZ_PROMISE(done || (fuzz_has_refused() && fuzz_is_refusal(&err)));
	FUZZ_PROMISE(!done || journal_find(journal, &row.identity, DIGEST_SHA256, 99) ||
		     fuzz_has_refused());
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const unsigned int flags = size ? data[0] : 0;
	struct journal *journal;
	struct error err = { 0 };
	uint8_t *bytes;

	if (size)
		size--;
	fuzz_trust_memory();
	bytes = malloc(size + 1);
	FUZZ_PROMISE(bytes);
	if (size)
		memcpy(bytes, data + 1, size);
	write_file(flags, bytes, size);
	fuzz_distrust_memory();
	journal = journal_open(folder, false, &err);
	FUZZ_PROMISE(journal || (fuzz_has_refused() && fuzz_is_refusal(&err)));
	if (journal) {
		ask(journal, flags, bytes, size);
		add(journal, flags & COMPACT);
	}
	journal_close(journal);
	free(bytes);
}
