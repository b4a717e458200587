/*
 * The key "exceptions" of a policy: models that may start unverified until a time.
 */
#pragma once

struct error;
struct node;
struct policy;

/* Reads the list in place of what the policy had. Returns 0, or -1 with REASON_CONFIG. */
int policy_exceptions_read(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
