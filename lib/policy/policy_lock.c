#include "policy/policy_lock.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/chain.h"
#include "nim/ngc_ref.h"
#include "policy/policy_value.h"

#include <string.h>

/* Prefixes of what is denied by its digest; all else is an NGC version. */
static const struct {
	const char *prefix;
	enum policy_denial_kind kind;
} kinds[] = {
	{ "payload:", POLICY_DENIAL_PAYLOAD },
	{ "certificate:", POLICY_DENIAL_CERTIFICATE },
	{ "spki:", POLICY_DENIAL_SPKI },
};

int
policy_lock_read(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "off", "required", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->lock = (enum policy_lock)value;
	return 0;
}

int
policy_lock_read_file(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_path(node, &policy->lock_file, err);
}

int
policy_lock_read_expired(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "refuse", "allow", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->lock_expired = (enum policy_choice)value;
	return 0;
}

static int
read_digest(
	const struct node *node, const char *digits, struct policy_denial *out, struct error *err)
{
	out->digest = (struct digest){ .algorithm = DIGEST_SHA256 };
	if (text_parse_hex(digits, strlen(digits), out->digest.bytes, digest_size(DIGEST_SHA256)))
		return policy_value_refuse(node, err, "expected 64 hexadecimal digits");
	return 0;
}

static int
read_denial(const struct node *node, struct policy_denial *out, struct error *err)
{
	const char *text = node_text(node);
	struct ngc_ref ref;
	struct error cause;

	for (size_t i = 0; text && i < ARRAY_SIZE(kinds); i++) {
		const size_t length = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, length) == 0) {
			out->kind = kinds[i].kind;
			return read_digest(node, text + length, out, err);
		}
	}
	if (!text || ngc_ref_parse(text, &ref, &cause))
		return policy_value_refuse(node, err,
			"expected org/team/model:version, or payload:, certificate: or spki: and a SHA-256");
	out->kind = POLICY_DENIAL_VERSION;
	out->version = strdup(NGC_REF_TEXT(&ref));
	return out->version ? 0 : error_no_memory(err);
}

int
policy_lock_read_deny(const struct node *node, struct policy *policy, struct error *err)
{
	const struct node *item;

	if (policy_value_check_list(node, LIMIT_DENIED, err))
		return -1;
	for (item = node->first; item; item = item->next) {
		struct policy_denial denial = { 0 };

		if (policy->denial_count == LIMIT_DENIED)
			return policy_value_refuse(item, err, "more than can be denied");
		if (read_denial(item, &denial, err))
			return -1;
		if (mem_grow((void **)&policy->denials, policy->denial_count,
			    &policy->denial_capacity, sizeof(*policy->denials))) {
			free(denial.version);
			return error_no_memory(err);
		}
		policy->denials[policy->denial_count++] = denial;
	}
	return 0;
}

int
policy_lock_check_version(const struct policy *policy, const char *version, struct error *err)
{
	for (size_t i = 0; i < policy->denial_count; i++)
		if (policy->denials[i].kind == POLICY_DENIAL_VERSION &&
			strcmp(policy->denials[i].version, version) == 0)
			return error_set(err, REASON_LOCK, 0, "%s: denied by the policy (deny)",
				TEXT_QUOTE(version));
	return 0;
}

int
policy_lock_check_signature(const struct policy *policy, const struct digest *payload,
	const struct chain_signer *signer, struct error *err)
{
	const struct {
		const char *what;
		const struct digest *digest;
	} found[] = {
		[POLICY_DENIAL_VERSION] = { NULL, NULL },
		[POLICY_DENIAL_PAYLOAD] = { "payload sha256", payload },
		[POLICY_DENIAL_CERTIFICATE] = { "signer's certificate", &signer->fingerprint },
		[POLICY_DENIAL_SPKI] = { "signer's key", &signer->spki },
	};

	for (size_t i = 0; i < policy->denial_count; i++) {
		const struct policy_denial *denial = &policy->denials[i];
		const struct digest *digest = found[denial->kind].digest;

		if (digest && digest_equal(&denial->digest, digest))
			return error_set(err, REASON_LOCK, 0,
				"%s %s is denied by the policy (deny)", found[denial->kind].what,
				digest_format(digest).text);
	}
	return 0;
}

void
policy_lock_release(struct policy *policy)
{
	for (size_t i = 0; i < policy->denial_count; i++)
		free(policy->denials[i].version);
	free(policy->denials);
	free(policy->lock_file);
}
