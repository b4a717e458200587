/*
 * What the tests of the journal share: rows by number, and the file's bytes.
 */
#pragma once

#include "border/mac.h"
#include "receipt/journal_file.h"
#include "receipt/journal_key.h"

#include "tests/unit/gate_material.h"

#include <stdint.h>
#include <time.h>

/* Row NUMBER of this boot, hashed now; half of the inodes have two rows, by another size. */
static inline struct journal_row
journal_material_row(size_t number)
{
	static struct boot boot;
	static int64_t now;
	struct error err = { 0 };
	struct journal_row row;

	if (!now) {
		material_need(boot_read(&boot, &err) == 0, "boot");
		now = time(NULL);
	}
	memset(&row, 0, sizeof(row));
	row.identity.inode = 1000 + number / 4 * 3 + (number % 4 ? number % 4 - 1 : 0);
	row.identity.size = number;
	row.digest.algorithm = row.algorithm = DIGEST_SHA256;
	memcpy(row.digest.bytes, &number, sizeof(number));
	row.boot = boot;
	row.hashed_s = now;
	return row;
}

static inline struct journal *
journal_material_open(const char *directory, bool read_only)
{
	struct error err = { 0 };
	struct journal *journal = journal_open(material_path(directory), read_only, &err);

	material_need(journal, err.text);
	return journal;
}

static inline void
journal_material_append(struct journal *journal, size_t first, size_t count)
{
	struct error err = { 0 };

	for (size_t i = first; i < first + count; i++) {
		struct journal_row row = journal_material_row(i);

		material_need(journal_append(journal, &row, &err) == 0, err.text);
	}
	material_need(journal_flush(journal, &err) == 0, err.text);
}

static inline bool
journal_material_has(struct journal *journal, size_t number)
{
	struct journal_row row = journal_material_row(number);
	const struct journal_row *found =
		journal_find(journal, &row.identity, row.algorithm, row.shard_size);

	/* Never another row's, whatever happened to the file. */
	material_need(!found || (digest_equal(&found->digest, &row.digest) &&
					identity_equal(&found->identity, &row.identity) &&
					found->hashed_s == row.hashed_s &&
					boot_equal(&found->boot, &row.boot)),
		"another row was found");
	return found;
}

/* How many of COUNT rows from FIRST on are found. */
static inline size_t
journal_material_count(struct journal *journal, size_t first, size_t count)
{
	size_t found = 0;

	for (size_t i = first; i < first + count; i++)
		found += journal_material_has(journal, i);
	return found;
}

/* A folder with COUNT rows, the first SORTED of which compaction has seen. */
static inline void
journal_material_make(const char *directory, size_t sorted, size_t count)
{
	struct journal *journal = journal_material_open(directory, false);
	struct error err = { 0 };
	size_t dropped = 0;

	journal_material_append(journal, 0, sorted);
	material_need(journal_compact(journal, NULL, NULL, &dropped, &err) == 0 && dropped == 0,
		err.text);
	journal_material_append(journal, sorted, count - sorted);
	journal_close(journal);
}

struct journal_material_bytes {
	size_t length;
	uint8_t bytes[256 << 10];
};

static inline void
journal_material_read(const char *directory, struct journal_material_bytes *out)
{
	char path[64];
	ssize_t got;
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/" JOURNAL_FILE_NAME, directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, out->bytes, sizeof(out->bytes));
	material_need(got >= 0 && (size_t)got < sizeof(out->bytes), path);
	out->length = (size_t)got;
}

static inline void
journal_material_write(const char *directory, const struct journal_material_bytes *in)
{
	char path[64];
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/" JOURNAL_FILE_NAME, directory);
	/* ext4 flushes what is cut to nothing and written anew. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	material_need(fd >= 0 && write(fd, in->bytes, in->length) == (ssize_t)in->length, path);
}
