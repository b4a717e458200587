/*
 * Whether a file of a model has a receipt, can have one, or why not.
 */
#pragma once

#include "base/reason.h"
#include "border/digest.h"
#include "receipt/receipts.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct model;
struct tree_entry;

enum recall_state {
	RECALL_OPEN,  /* no receipt yet */
	RECALL_KNOWN, /* has one that counts, or is empty and needs none */
	RECALL_NEVER, /* can have none */
	RECALL_BUSY,  /* can have none now */
};

struct recall {
	enum recall_state state;
	enum reason reason; /* of RECALL_BUSY and RECALL_NEVER */
	char why[256];      /* likewise; printable */
	uint64_t bytes;
	int64_t settled_ms; /* of RECALL_OPEN: time until its own times are old enough */
};

/* Looks at ENTRY of MODEL, for a digest of that ALGORITHM and SHARD_SIZE. */
void recall_look(struct receipts *receipts, const struct model *model,
	const struct tree_entry *entry, enum digest_algorithm algorithm, uint64_t shard_size,
	struct recall *out) __attribute__((nonnull));
