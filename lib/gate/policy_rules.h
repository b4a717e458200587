/*
 * Rules: which of a policy's keys another start gets. What a rule matches is what the engine's
 * administrator controls; the first that matches applies.
 */
#pragma once

#include <stddef.h>

struct error;
struct node;
struct policy;
struct policy_facts;

/*
 * Checks every rule of the documents' ROOTS (COUNT of them, in order), whether it applies or not,
 * and applies the first that matches FACTS. A rule that FACTS name and that does not exist is
 * refused. Returns 0, or -1 with REASON_CONFIG.
 */
int policy_rules_apply(const struct node *const *roots, size_t count,
	const struct policy_facts *facts, struct policy *policy, struct error *err)
	__attribute__((nonnull));
