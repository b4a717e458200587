#include "oms/member.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

/* The first kind in the set, in words; a table never has more than a null beside it. */
static const char *
kinds_words(unsigned int kinds)
{
	enum node_kind kind = NODE_MAP;

	while (kind > NODE_NULL && !(kinds & 1u << kind))
		kind--;
	return node_kind_words(&(struct node){ .kind = kind });
}

static const struct member_rule *
find_rule(const struct member_rule *rules, const char *name)
{
	for (; rules->name; rules++)
		if (strcmp(rules->name, name) == 0)
			return rules;
	return NULL;
}

static int
check_rule(const struct node *map, const struct member_rule *rule, enum reason reason,
	struct error *err)
{
	const struct node *member = node_member(map, rule->name);

	if (!member && rule->presence == MEMBER_REQUIRED)
		return error_set(err, reason, 0, "the member '%s' is missing", rule->name);
	if (member && !(rule->kinds & 1u << member->kind))
		return error_set(err, reason, 0, "'%s' must be %s, is %s", rule->name,
			kinds_words(rule->kinds), node_kind_words(member));
	return 0;
}

int
member_check(const struct node *node, const struct member_table *table, struct error *err)
{
	const struct member_rule *rule;
	const struct node *member;

	if (!node || node->kind != NODE_MAP)
		return error_set(
			err, table->reason, 0, "must be an object, is %s", node_kind_words(node));
	for (member = node->first; member && !table->open; member = member->next)
		if (!find_rule(table->rules, member->key))
			return error_set(err, table->reason, 0, "unknown member %s",
				TEXT_QUOTE(member->key));
	for (rule = table->rules; rule->name; rule++)
		if (check_rule(node, rule, table->reason, err))
			return -1;
	return 0;
}

int
member_check_text(const struct node *map, const char *name, const char *wanted, enum reason reason,
	struct error *err)
{
	const struct node *member = node_member(map, name);
	const char *text = node_text(member);

	if (!text)
		return error_set(err, reason, 0, "'%s' must be '%s', is %s", name, wanted,
			node_kind_words(member));
	if (strcmp(text, wanted) != 0)
		return error_set(
			err, reason, 0, "'%s' must be '%s', is %s", name, wanted, TEXT_QUOTE(text));
	return 0;
}
