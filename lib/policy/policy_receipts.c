#include "policy/policy_receipts.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"
#include "policy/policy.h"
#include "policy/policy_value.h"
#include "receipt/journal.h"

#include <stdlib.h>
#include <string.h>

enum {
	HOUR_S = 60 * 60,
	DAY_S = 24 * HOUR_S,
	AGE_DEFAULT_S = 14 * DAY_S,
	AGE_MAX_S = 366 * DAY_S,
	DEADLINE_MAX_S = 60 * 60,
};

/* A number and a unit, "90s", "15m", "8h" or "14d", as seconds from 1 to MAX. */
static int
read_duration(const struct node *node, int64_t max, int64_t *out, struct error *err)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', HOUR_S }, { 'd', DAY_S } };
	const char *text = node_text(node);
	size_t length = text ? strlen(text) : 0, i;
	uint64_t number;

	for (i = 0; length > 1 && i < sizeof(units) / sizeof(units[0]); i++)
		if (text[length - 1] == units[i].unit &&
			text_parse_count(text, length - 1, &number) == 0 && number > 0 &&
			number <= (uint64_t)(max / units[i].seconds)) {
			*out = (int64_t)number * units[i].seconds;
			return 0;
		}
	return error_set(err, REASON_CONFIG, 0,
		"line %u, column %u: %s: expected a time such as 90s, 15m, 8h or 14d, at most %llds",
		node->line, node->column, node->key, (long long)max);
}

static int
read_use(const struct node *node, enum policy_choice *out, struct error *err)
{
	static const char *const words[] = { "refuse", "allow", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	*out = (enum policy_choice)value;
	return 0;
}

static int
read_files(const struct node *node, enum receipts_files *out, struct error *err)
{
	static const char *const words[] = { "sealed", "guarded", "any", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	*out = (enum receipts_files)value;
	return 0;
}

void
policy_receipts_set_defaults(struct policy *policy)
{
	free(policy->receipts_folder);
	policy->receipts_folder = NULL;
	policy->receipts = POLICY_ALLOW;
	policy->receipt_files = RECEIPTS_GUARDED;
	policy->receipt_age_s = AGE_DEFAULT_S;
}

int
policy_receipts_read(const struct node *node, struct policy *policy, struct error *err)
{
	const struct node *member;
	int result = 0;

	if (node->kind != NODE_MAP || node->count == 0)
		return policy_value_refuse(node, err, "expected a map of at least one key");
	/* The key is replaced as a whole. */
	policy_receipts_set_defaults(policy);
	for (member = node->first; member && result == 0; member = member->next) {
		if (strcmp(member->key, "use") == 0)
			result = read_use(member, &policy->receipts, err);
		else if (strcmp(member->key, "files") == 0)
			result = read_files(member, &policy->receipt_files, err);
		else if (strcmp(member->key, "age") == 0)
			result = read_duration(member, AGE_MAX_S, &policy->receipt_age_s, err);
		else if (strcmp(member->key, "folder") == 0)
			result = policy_value_path(member, &policy->receipts_folder, err);
		else
			result = policy_value_refuse_key(member, err);
	}
	return result;
}

int
policy_receipts_read_deadline(const struct node *node, struct policy *policy, struct error *err)
{
	int64_t seconds;

	if (read_duration(node, DEADLINE_MAX_S, &seconds, err))
		return -1;
	policy->deadline_ms = seconds * 1000;
	return 0;
}

bool
policy_receipts_count(const struct policy *policy)
{
	return policy->receipts != POLICY_REFUSE && policy->evidence != POLICY_EVIDENCE_HASHED;
}

const char *
policy_receipts_folder(const struct policy *policy)
{
	return policy->receipts_folder ? policy->receipts_folder : JOURNAL_DIRECTORY;
}
