/*
 * Tests of a policy: a table of starts, and what the policy must come to for each.
 */
#pragma once

struct error;

/*
 * Runs the table in the file TABLE against the policy in the file POLICY, prints "ok NAME" or "not
 * ok NAME: why" a case and the sum. *failed counts. Returns 0, or -1 with REASON_USAGE (the table
 * is malformed) or REASON_CONFIG.
 */
int policy_cases_run(const char *table, const char *policy, unsigned int *failed, struct error *err)
	__attribute__((nonnull));
