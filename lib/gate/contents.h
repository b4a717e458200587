/*
 * Step 8 of a start, or the same for a later one: the contents of models, by receipts where there
 * are any, else by hashing, one verification per model at a time (DESIGN sections 4 and 8).
 */
#pragma once

#include "gate/pool.h"

#include <stdint.h>

struct error;
struct verification;

struct contents_options {
	struct pool_options pool;
	const char *running; /* borrowed; directory of the verifications that run,
				RUNNING_DIRECTORY; NULL: none waits for another */
	/* NULL, or called once something has to be hashed, before it is: places this process and
	   bounds its threads. */
	void (*place)(void *context, struct pool_options *options);
	void *context; /* borrowed; of PLACE */
};

/* How much was left when it ended before its end. */
struct contents_rest {
	bool elsewhere;  /* somebody else is verifying it */
	bool lasting;    /* what is left will have receipts */
	uint64_t done;   /* bytes */
	uint64_t total;  /* bytes; 0: not known */
	int64_t left_ms; /* at the rate so far; -1: not known */
};

/*
 * Compares. Findings go to the report of VERIFICATION. Returns 0, with or without findings; or -1
 * with the reasons of pool_hash(), or REASON_PENDING: another verification of the model will not
 * end in time. After REASON_DEADLINE and REASON_PENDING *rest says how much is left.
 */
int contents_compare(struct verification *verification, const struct contents_options *options,
	struct contents_rest *rest, struct error *err) __attribute__((nonnull));
