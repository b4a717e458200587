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

/* One file of the policy. */
struct policy_rules_file {
	const struct node *root; /* borrowed */
	char *path;              /* for messages; NULL where there is none */
};

/*
 * Checks every rule of FILES (COUNT of them, in order), whether it applies or not, and applies the
 * first that matches FACTS. A rule that FACTS name and that does not exist is refused, and a
 * bundle's path that cannot be compared. Returns 0, or -1 with REASON_CONFIG; the text names the
 * file.
 */
int policy_rules_apply(const struct policy_rules_file *files, size_t count,
	const struct policy_facts *facts, struct policy *policy, struct error *err)
	__attribute__((nonnull));
