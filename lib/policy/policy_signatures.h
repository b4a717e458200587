/*
 * The policy's keys about signature folders (policy/policy.h): signatures, signature_owner.
 */
#pragma once

struct error;
struct node;
struct policy;

/* Each reads the value NODE of its key. Returns 0, or -1 with REASON_CONFIG. */
int policy_signatures_read(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_signatures_read_owner(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
