/*
 * Writing the journal anew: sorted, without the rows that can never count again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct journal;
struct journal_row;

/* Which rows stay, and who was turned away. */
struct journal_compact_wish {
	bool (*keep)(void *context, const struct journal_row *row); /* NULL: all */
	void *context;                                              /* borrowed */
	size_t dropped; /* rows that KEEP turned away; set on success */
};

/*
 * Puts a sorted file in the place of the locked one, whose lock goes with it, and opens it. Rows of
 * an earlier boot, of more than 400 days ago or with a wrong MAC are not in it, and of too many the
 * oldest are not. Returns 0, or -1 with REASON_IO or REASON_INTERNAL: then all is as it was.
 */
int journal_compact_locked(struct journal *journal, struct journal_compact_wish *wish,
	struct error *err) __attribute__((nonnull));
