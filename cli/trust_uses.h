/*
 * Which files of the policy name a trust file.
 */
#pragma once

struct error;
struct writer;

/*
 * Adds to OUT, separated by ", ", the policy files that name PATH anywhere: the policy at POLICY
 * and what is beside it (policy/policy.h), rules and sources included. Looks for the text, so that
 * it finds it in what would not be read, too. Returns 0, or -1 with REASON_CONFIG where one cannot
 * be read.
 */
int trust_uses_find(const char *policy, const char *path, struct writer *out, struct error *err)
	__attribute__((nonnull));
