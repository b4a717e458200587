#include "policy/policy_exceptions.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/node.h"
#include "nim/ngc_ref.h"
#include "policy/policy.h"
#include "policy/policy_value.h"

#include <stdlib.h>
#include <string.h>

/* A version that no manifest can name would be an exception for nothing. */
static int
check_model(const struct node *node, struct error *err)
{
	struct ngc_ref ref;
	struct error ignored;

	if (node_text(node) && ngc_ref_parse(node->text, &ref, &ignored) == 0)
		return 0;
	return policy_value_refuse(node, err, "model: expected org/team/model:version");
}

static int
read_exception(const struct node *node, struct policy_exception *out, struct error *err)
{
	static const char *const names[] = { "model", "expires", "why", NULL };
	const struct node *expires = node_member(node, "expires"), *why = node_member(node, "why");

	if (policy_value_check_members(node, names, NULL, err) ||
		check_model(node_member(node, "model"), err) ||
		policy_value_text(node_member(node, "model"), &out->model, err) ||
		policy_value_text(why, &out->why, err))
		return -1;
	if (out->why[strspn(out->why, " \t\r\n")] == '\0')
		return policy_value_refuse(why, err, "why: expected who allowed it, and why");
	/* A date alone would leave open whether that day still counts. */
	if (!node_text(expires) || !strchr(expires->text, 'T') ||
		clock_parse(expires->text, &out->expires))
		return policy_value_refuse(
			expires, err, "expires: expected a time such as 2027-01-31T12:00:00Z");
	return 0;
}

int
policy_exceptions_read(const struct node *node, struct policy *policy, struct error *err)
{
	const struct node *item;

	if (policy_value_check_list(node, POLICY_EXCEPTIONS_MAX, err))
		return -1;
	while (policy->exception_count) {
		struct policy_exception *exception = &policy->exceptions[--policy->exception_count];

		free(exception->model);
		free(exception->why);
		*exception = (struct policy_exception){ 0 };
	}
	for (item = node->first; item; item = item->next) {
		size_t last = policy->exception_count++, i;

		if (read_exception(item, &policy->exceptions[last], err))
			return -1;
		/* Of two the later would win, whichever was meant. */
		for (i = 0; i < last; i++)
			if (strcmp(policy->exceptions[i].model, policy->exceptions[last].model) ==
				0)
				return policy_value_refuse(
					item, err, "that model has an exception already");
	}
	return 0;
}
