/*
 * The rows of the journal of receipts, for people and scripts.
 */
#pragma once

#include <stdbool.h>

struct error;
struct receipts;

/* Prints each row: the file where it can be found, its digest, and whether the row counts now or
 * why not. Returns 0, or -1 with REASON_IO or REASON_INTERNAL. */
int receipt_list_print(struct receipts *receipts, bool json, struct error *err)
	__attribute__((nonnull));
