/*
 * The keys of a policy file: one row a key, each with its reader.
 */
#pragma once

#include <stdbool.h>

struct error;
struct node;
struct policy;

/*
 * Reads every key of MAP into POLICY; a key that was read before is replaced as a whole. "rules" is
 * passed over (policy/policy_rules.h); with IN_RULE, it and "exceptions" are unknown. Returns 0, or
 * -1 with REASON_CONFIG; the text starts with line and column.
 */
int policy_read_map(const struct node *map, bool in_rule, struct policy *policy, struct error *err)
	__attribute__((nonnull));
