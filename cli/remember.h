/*
 * Where the receipts of this host lie: as the command line, else the policy, says.
 */
#pragma once

#include "receipt/receipts.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct policy;

struct remember {
	const char *folder;        /* borrowed from the option or the policy, or static */
	int64_t age_max_s;         /* older receipts do not count */
	enum receipts_files files; /* that have receipts */
};

/*
 * Loads the policy at PATH, or with NULL at the usual places if it is there at all, into POLICY,
 * and finds the folder, which GIVEN (NULL: not) overrides. Returns 1 where there is a policy, 0
 * where there is none (caller in both cases: policy_release()), or -1 with REASON_CONFIG.
 */
int remember_find(const char *path, const char *given, struct policy *policy, struct remember *out,
	struct error *err) __attribute__((nonnull(3, 4, 5)));

/* Opens the receipts there, by these rules; READ_ONLY as receipts_open(). Returns 0 (caller:
 * receipts_close()), or -1 with REASON_CONFIG. */
int remember_open(const struct remember *remember, bool read_only, struct receipts *out,
	struct error *err) __attribute__((nonnull));
