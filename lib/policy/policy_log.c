#include "policy/policy_log.h"

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"
#include "policy/policy.h"
#include "policy/policy_value.h"

#include <string.h>

enum { MIB = 1 << 20 };

void
policy_log_set_defaults(struct policy *policy)
{
	policy->log_max = (uint64_t)POLICY_LOG_MAX_MIB * MIB;
	policy->log_keep = POLICY_LOG_KEEP;
	policy->record = POLICY_RECORD_SYSTEM;
}

int
policy_log_read(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_path(node, &policy->log, err);
}

/* LENGTH digits at the beginning of the node's text, from 1 to MAX. Returns 0 or -1. */
static int
read_number(const struct node *node, size_t length, uint64_t max, uint64_t *out)
{
	uint64_t number;

	if (text_parse_count(node->text, length, &number) || number == 0 || number > max)
		return -1;
	*out = number;
	return 0;
}

int
policy_log_read_max(const struct node *node, struct policy *policy, struct error *err)
{
	const char *text = node_text(node);
	size_t length = text ? strlen(text) : 0;
	uint64_t number;

	if (length < 2 || text[length - 1] != 'M' ||
		read_number(node, length - 1, POLICY_LOG_MAX_MIB_LIMIT, &number))
		return policy_value_refuse(node, err, "expected 1M to 64M");
	policy->log_max = number * MIB;
	return 0;
}

int
policy_log_read_keep(const struct node *node, struct policy *policy, struct error *err)
{
	const char *text = node_text(node);
	uint64_t number;

	if (!text || read_number(node, strlen(text), POLICY_LOG_KEEP_LIMIT, &number))
		return policy_value_refuse(node, err, "expected a number from 1 to 99");
	policy->log_keep = (unsigned int)number;
	return 0;
}

int
policy_log_read_record(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "off", "system", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->record = (enum policy_record)value;
	return 0;
}
