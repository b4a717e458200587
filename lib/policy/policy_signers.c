#include "policy/policy_signers.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "oms/signers.h"
#include "policy/policy_value.h"

#include <string.h>

static enum signers_kind
find_kind(const char *word)
{
	int kind;

	for (kind = SIGNERS_SUBJECT; kind <= SIGNERS_FINGERPRINT; kind++)
		if (strcmp(signers_word((enum signers_kind)kind), word) == 0)
			return (enum signers_kind)kind;
	return SIGNERS_NONE;
}

static int
read_pin(const struct node *member, enum trust_method method, size_t entry, struct signers *out,
	struct error *err)
{
	enum signers_kind kind = find_kind(member->key);
	const char *text = node_text(member);

	if (kind == SIGNERS_NONE)
		return policy_value_refuse_key(member, err);
	if (method == TRUST_METHOD_KEY && kind != SIGNERS_SPKI)
		return policy_value_refuse(member, err,
			"signers of the method key have no certificate: expected spki");
	if (!text)
		return policy_value_refuse(member, err, "expected a text");
	if (signers_add(out, entry, kind, text, err))
		return error_wrap(err, "line %u, column %u", member->line, member->column);
	return 0;
}

static int
read_list(const struct node *node, enum trust_method method, struct signers *out, struct error *err)
{
	const struct node *item, *member;
	size_t entry = 0;

	if (policy_value_check_list(node, LIMIT_SIGNERS, err))
		return -1;
	for (item = node->first; item; item = item->next, entry++) {
		if (item->kind != NODE_MAP || item->count == 0)
			return policy_value_refuse(
				item, err, "a signer is a map of subject, spki or fingerprint");
		for (member = item->first; member; member = member->next)
			if (read_pin(member, method, entry, out, err))
				return -1;
	}
	return 0;
}

int
policy_signers_read(
	const struct node *node, enum trust_method method, struct signers *out, struct error *err)
{
	cleanup_signers struct signers signers = { 0 };

	if (node && read_list(node, method, &signers, err))
		return -1;
	signers_release(out);
	*out = signers;
	signers = (struct signers){ 0 };
	return 0;
}
