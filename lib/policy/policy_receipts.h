/*
 * The keys of a policy about time: what is remembered, for how long, and how long a start may take.
 */
#pragma once

#include <stdbool.h>

struct error;
struct node;
struct policy;

/* The keys "receipts" and "deadline". Each returns 0, or -1 with REASON_CONFIG. */
int policy_receipts_read(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_receipts_read_deadline(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));

/* What holds where a policy does not say: receipts are honoured for two weeks. */
void policy_receipts_set_defaults(struct policy *policy) __attribute__((nonnull));

/* Whether what an earlier start found out may spare this one anything. */
bool policy_receipts_count(const struct policy *policy) __attribute__((nonnull));

/* Where that is kept; borrowed. */
const char *policy_receipts_folder(const struct policy *policy) __attribute__((nonnull));
