#include "policy/policy_rules.h"

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"
#include "policy/policy.h"
#include "policy/policy_read.h"
#include "policy/policy_value.h"

#include <stdlib.h>
#include <string.h>

/* One rule, borrowed from its document. */
struct rule {
	const char *name;
	const char *hook_rule;  /* NULL: not asked */
	const char *oci_bundle; /* directory that the bundle must lie below; NULL: not asked */
	const struct node *set;
};

static int
read_when(const struct node *when, struct rule *out, struct error *err)
{
	const struct node *member;

	if (!when || when->kind != NODE_MAP || when->count == 0)
		return policy_value_refuse(when ? when : out->set, err,
			"when: expected a map of at least one condition");
	for (member = when->first; member; member = member->next) {
		const char *text = node_text(member);

		if (!text || text[0] == '\0')
			return policy_value_refuse(member, err, "expected a text");
		if (strcmp(member->key, "hook_rule") == 0)
			out->hook_rule = text;
		else if (strcmp(member->key, "oci_bundle_below") == 0 && text[0] == '/' &&
			 text_is_canonical_path(text + 1))
			out->oci_bundle = text;
		else
			return error_set(err, REASON_CONFIG, 0,
				"line %u, column %u: %s: expected hook_rule, or oci_bundle_below with an absolute path",
				member->key_line, member->key_column, TEXT_QUOTE(member->key));
	}
	return 0;
}

/* Reads one rule; its keys are tried out on a policy that is thrown away, so that a wrong rule is
 * found before it applies. */
static int
read_rule(const struct node *node, struct rule *out, struct error *err)
{
	static const char *const names[] = { "name", "when", "set" };
	struct policy trial = { 0 };
	const struct node *member;
	int result;

	if (node->kind != NODE_MAP)
		return policy_value_refuse(node, err, "a rule is a map of name, when and set");
	for (member = node->first; member; member = member->next)
		if (strcmp(member->key, names[0]) != 0 && strcmp(member->key, names[1]) != 0 &&
			strcmp(member->key, names[2]) != 0)
			return error_set(err, REASON_CONFIG, 0,
				"line %u, column %u: unknown key %s", member->key_line,
				member->key_column, TEXT_QUOTE(member->key));
	out->name = node_text(node_member(node, "name"));
	out->set = node_member(node, "set");
	if (!out->name || out->name[0] == '\0' || !out->set)
		return policy_value_refuse(node, err, "a rule needs a name, when and set");
	if (read_when(node_member(node, "when"), out, err))
		return -1;
	result = policy_read_map(out->set, true, &trial, err);
	policy_release(&trial);
	return result;
}

/* Nothing equals nothing. */
static bool
is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool
matches(const struct rule *rule, const struct policy_facts *facts)
{
	size_t length = rule->oci_bundle ? strlen(rule->oci_bundle) : 0;

	if (rule->hook_rule &&
		(!facts->hook_rule || strcmp(rule->hook_rule, facts->hook_rule) != 0))
		return false;
	return !rule->oci_bundle ||
	       (facts->oci_bundle && strncmp(facts->oci_bundle, rule->oci_bundle, length) == 0 &&
		       facts->oci_bundle[length] == '/');
}

/* Reads the rules of one document behind the COUNT that are there. */
static int
read_rules(const struct node *list, struct rule *rules, size_t *count, struct error *err)
{
	const struct node *item;
	size_t i;

	if (!list)
		return 0;
	if (list->kind != NODE_LIST || list->count == 0)
		return policy_value_refuse(
			list, err, "rules: expected a list of at least one rule");
	for (item = list->first; item; item = item->next) {
		if (*count == POLICY_RULES_MAX)
			return policy_value_refuse(item, err, "more rules than allowed");
		rules[*count] = (struct rule){ 0 };
		if (read_rule(item, &rules[*count], err))
			return -1;
		for (i = 0; i < *count; i++)
			if (is_same(rules[i].name, rules[*count].name))
				return policy_value_refuse(
					item, err, "a rule of that name is there already");
		++*count;
	}
	return 0;
}

/* A rule that the hook's arguments name, and that no rule asks for, is a slip of the
 * administrator's. */
static int
check_named(
	const struct rule *rules, size_t count, const struct policy_facts *facts, struct error *err)
{
	size_t i;

	for (i = 0; facts->hook_rule && i < count; i++)
		if (is_same(rules[i].hook_rule, facts->hook_rule))
			return 0;
	if (!facts->hook_rule)
		return 0;
	return error_set(err, REASON_CONFIG, 0, "no rule asks for hook_rule %s, which --rule names",
		TEXT_QUOTE(facts->hook_rule));
}

/* A path with "..", read by its beginning, would lie below a folder that it leaves. */
static int
check_bundle(
	const struct rule *rules, size_t count, const struct policy_facts *facts, struct error *err)
{
	const char *path = facts->oci_bundle;
	size_t i;

	if (!path || (path[0] == '/' && text_is_canonical_path(path + 1)))
		return 0;
	for (i = 0; i < count; i++)
		if (rules[i].oci_bundle)
			return error_set(err, REASON_CONFIG, 0,
				"rule %s asks where the bundle lies, and %s is no plain absolute path",
				TEXT_QUOTE(rules[i].name), TEXT_QUOTE(path));
	return 0;
}

static int
apply(const struct rule *rule, struct policy *policy, struct error *err)
{
	policy->rule = rule->name ? strdup(rule->name) : NULL;
	if (!policy->rule)
		return error_no_memory(err);
	return policy_read_map(rule->set, true, policy, err);
}

int
policy_rules_apply(const struct policy_rules_file *files, size_t count,
	const struct policy_facts *facts, struct policy *policy, struct error *err)
{
	struct rule rules[POLICY_RULES_MAX];
	size_t rule_count = 0, i;

	for (i = 0; i < count; i++) {
		if (!read_rules(node_member(files[i].root, "rules"), rules, &rule_count, err))
			continue;
		return files[i].path ? error_wrap(err, "policy %s", TEXT_QUOTE(files[i].path)) : -1;
	}
	if (check_named(rules, rule_count, facts, err) ||
		check_bundle(rules, rule_count, facts, err))
		return error_wrap(err, "policy");
	for (i = 0; i < rule_count; i++) {
		if (!matches(&rules[i], facts))
			continue;
		return apply(&rules[i], policy, err);
	}
	return 0;
}
