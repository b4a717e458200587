/*
 * Checks what a journal of receipts says against what is true.
 *
 *   rows FOLDER TABLE
 *
 * TABLE has a line for each file that may have a row: its device and inode, as "stat -c '%d %i'"
 * prints them, and its SHA-256. Prints how many rows there are. Exit status 1 if one of them is of
 * another file or has another digest.
 */
#include "base/error.h"
#include "base/mem.h"
#include "receipt/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	FILE *file;
	size_t rows;
	int wrong;
};

static bool
is_true(struct table *table, const struct journal_row *row)
{
	uint64_t device, inode;
	char hex[65];

	rewind(table->file);
	while (fscanf(table->file, "%" SCNu64 " %" SCNu64 " %64s", &device, &inode, hex) == 3)
		if (device == row->identity.device && inode == row->identity.inode)
			return strcmp(hex, digest_format(&row->digest).text) == 0;
	return false;
}

static int
visit(void *context, const struct journal_row *row)
{
	struct table *table = context;

	table->rows++;
	if (!is_true(table, row)) {
		printf("inode %" PRIu64 ": digest %s\n", row->identity.inode,
			digest_format(&row->digest).text);
		table->wrong = 1;
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	struct table table = { 0 };
	struct error err;
	struct journal *journal;

	if (argc != 3) {
		fprintf(stderr, "usage: rows FOLDER TABLE\n");
		return 2;
	}
	table.file = fopen(argv[2], "re");
	journal = journal_open(argv[1], true, &err);
	if (!table.file || !journal) {
		fprintf(stderr, "rows: %s\n", table.file ? err.text : argv[2]);
		return 2;
	}
	if (journal_visit(journal, visit, &table))
		table.wrong = 1;
	journal_close(journal);
	printf("%zu rows\n", table.rows);
	return table.wrong;
}
