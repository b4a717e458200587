#include "policy/policy_signatures.h"

#include "base/node.h"
#include "base/user.h"
#include "policy/policy.h"
#include "policy/policy_value.h"

int
policy_signatures_read(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_list(node, policy_value_path, &policy->signatures, err);
}

/* Whether this system has the user is asked when a folder is opened: a policy may be checked
 * elsewhere. */
int
policy_signatures_read_owner(const struct node *node, struct policy *policy, struct error *err)
{
	const char *name = node_text(node);

	if (!name || !user_is_name(name))
		return policy_value_refuse(
			node, err, "signature_owner: expected the name of a system user");
	return policy_value_text(node, &policy->signature_owner, err);
}
