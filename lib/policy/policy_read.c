#include "policy/policy_read.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "policy/policy.h"
#include "policy/policy_exceptions.h"
#include "policy/policy_lock.h"
#include "policy/policy_log.h"
#include "policy/policy_receipts.h"
#include "policy/policy_signatures.h"
#include "policy/policy_signers.h"
#include "policy/policy_value.h"

#include <string.h>
#include <strings.h>

static const char *const choice_words[] = { "refuse", "allow", NULL };

static int
read_choice(const struct node *node, const char *const words[], enum policy_choice *out,
	struct error *err)
{
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	*out = (enum policy_choice)value;
	return 0;
}

static int
read_mode(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "enforce", "warn", "off", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->mode = (enum policy_mode)(value + POLICY_MODE_ENFORCE);
	return 0;
}

static int
read_coverage(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "exact", "subset", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->coverage = (enum policy_coverage)value;
	return 0;
}

static int
read_unpinned(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "refuse", "verify", NULL };

	return read_choice(node, words, &policy->unpinned, err);
}

static int
read_profile(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_profile(node, &policy->profile, err);
}

static int
read_trust(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const names[] = { "method", "anchors", NULL };

	if (policy_value_check_members(node, names, "signers", err) ||
		policy_value_method(node_member(node, "method"), &policy->method, err) ||
		policy_value_list(
			node_member(node, "anchors"), policy_value_path, &policy->anchors, err))
		return -1;
	return policy_signers_read(
		node_member(node, "signers"), policy->method, &policy->signers, err);
}

static int
read_cache(const struct node *node, struct policy *policy, struct error *err)
{
	const struct node *member;
	int result = 0;

	if (node->kind != NODE_MAP || node->count == 0)
		return policy_value_refuse(node, err, "expected a map of at least one key");
	/* The key is replaced as a whole: what an earlier file allowed does not stay. */
	policy_value_release(&policy->cache_entries);
	policy_value_release(&policy->cache_mounts);
	policy_value_release(&policy->cache_writable);
	for (member = node->first; member && result == 0; member = member->next) {
		if (strcmp(member->key, "entries") == 0)
			result = policy_value_list(
				member, policy_value_name, &policy->cache_entries, err);
		else if (strcmp(member->key, "mounts") == 0)
			result = policy_value_list(
				member, policy_value_path, &policy->cache_mounts, err);
		else if (strcmp(member->key, "writable") == 0)
			result = policy_value_list(
				member, policy_value_name, &policy->cache_writable, err);
		else
			result = policy_value_refuse_key(member, err);
	}
	return result;
}

static void
release_source(struct policy_source *source)
{
	free(source->setting);
	free(source->path);
	free(source->signature);
	policy_value_release(&source->anchors);
	signers_release(&source->signers);
	*source = (struct policy_source){ 0 };
}

static int
read_source(const struct node *node, struct policy_source *out, struct error *err)
{
	static const char *const names[] = { "setting", "path", "signature", "method", "anchors",
		NULL };

	if (policy_value_check_members(node, names, "signers", err) ||
		policy_value_text(node_member(node, "setting"), &out->setting, err) ||
		policy_value_path(node_member(node, "path"), &out->path, err) ||
		policy_value_path(node_member(node, "signature"), &out->signature, err) ||
		policy_value_method(node_member(node, "method"), &out->method, err) ||
		policy_value_list(
			node_member(node, "anchors"), policy_value_path, &out->anchors, err))
		return -1;
	return policy_signers_read(node_member(node, "signers"), out->method, &out->signers, err);
}

static int
read_sources(const struct node *node, struct policy *policy, struct error *err)
{
	const struct node *item;

	if (policy_value_check_list(node, POLICY_SOURCES_MAX, err))
		return -1;
	while (policy->source_count)
		release_source(&policy->sources[--policy->source_count]);
	for (item = node->first; item; item = item->next) {
		struct policy_source *source = &policy->sources[policy->source_count++];

		if (read_source(item, source, err))
			return -1;
		/* The first of two would win, whichever was meant. */
		if (policy_find_source(policy, source->setting, source->path) != source)
			return policy_value_refuse(
				item, err, "that setting and path have a source already");
	}
	return 0;
}

/* The keys that are plain: where each lies, and how it is read. */
static int
read_manifest_mount(const struct node *node, struct policy *policy, struct error *err)
{
	return read_choice(node, choice_words, &policy->manifest_mount, err);
}

static int
read_manifest_path(const struct node *node, struct policy *policy, struct error *err)
{
	return read_choice(node, choice_words, &policy->manifest_path, err);
}

static int
read_download(const struct node *node, struct policy *policy, struct error *err)
{
	return read_choice(node, choice_words, &policy->download, err);
}

static int
read_utility(const struct node *node, struct policy *policy, struct error *err)
{
	return read_choice(node, choice_words, &policy->utility, err);
}

static int
read_unknown_settings(const struct node *node, struct policy *policy, struct error *err)
{
	return read_choice(node, choice_words, &policy->unknown_settings, err);
}

static int
read_allowed_settings(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_list(node, policy_value_text, &policy->allowed_settings, err);
}

static int
read_evidence(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "none", "receipt", "hashed", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	policy->evidence = (enum policy_evidence)value;
	return 0;
}

static int
read_level(const struct node *node, const char *const words[], enum policy_protection *out,
	struct error *err)
{
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	*out = (enum policy_protection)value;
	return 0;
}

static int
read_protection(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "none", "readonly", "view", "private", "sealed",
		NULL };

	return read_level(node, words, &policy->protection, err);
}

static int
read_protect_with(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "none", "readonly", "view", NULL };

	return read_level(node, words, &policy->protect_with, err);
}

/* What engines load as weights, code, templates or configuration is never ignored (facts: security,
 * T11). */
static int
read_ignored_file(const struct node *node, char **out, struct error *err)
{
	static const char *const loadable[] = { ".py", ".so", ".pt", ".bin", ".pkl", ".pth",
		".ckpt", ".json", ".jinja", ".engine", ".safetensors", ".gguf", ".onnx", ".plan",
		".model", ".yaml", ".yml" };
	const char *text = node_text(node), *dot = text ? strrchr(text, '.') : NULL;
	size_t i;

	for (i = 0; dot && i < ARRAY_SIZE(loadable); i++)
		if (strcasecmp(dot, loadable[i]) == 0)
			return policy_value_refuse(
				node, err, "files of this kind are loaded, and never ignored");
	return policy_value_name(node, out, err);
}

static int
read_ignored_files(const struct node *node, struct policy *policy, struct error *err)
{
	return policy_value_list(node, read_ignored_file, &policy->ignored_files, err);
}

/* Rules are read when it is known which one applies. */
static int
pass_over(const struct node *node, struct policy *policy, struct error *err)
{
	(void)node;
	(void)policy;
	(void)err;
	return 0;
}

static const struct key_row {
	const char *name;
	int (*read)(const struct node *node, struct policy *policy, struct error *err);
	bool in_rule;
} keys[] = {
	{ "mode", read_mode, true },
	{ "trust", read_trust, true },
	{ "signatures", policy_signatures_read, true },
	{ "signature_owner", policy_signatures_read_owner, true },
	{ "log", policy_log_read, true },
	{ "log_max", policy_log_read_max, true },
	{ "log_keep", policy_log_read_keep, true },
	{ "record", policy_log_read_record, true },
	{ "coverage", read_coverage, true },
	{ "unpinned", read_unpinned, true },
	{ "profile", read_profile, true },
	{ "manifest_mount", read_manifest_mount, true },
	{ "manifest_path", read_manifest_path, true },
	{ "download", read_download, true },
	{ "utility", read_utility, true },
	{ "unknown_settings", read_unknown_settings, true },
	{ "evidence", read_evidence, true },
	{ "protection", read_protection, true },
	{ "protect_with", read_protect_with, true },
	{ "receipts", policy_receipts_read, true },
	{ "deadline", policy_receipts_read_deadline, true },
	{ "lock", policy_lock_read, true },
	{ "lock_file", policy_lock_read_file, true },
	{ "lock_expired", policy_lock_read_expired, true },
	{ "deny", policy_lock_read_deny, true },
	{ "ignored_files", read_ignored_files, true },
	{ "allowed_settings", read_allowed_settings, true },
	{ "cache", read_cache, true },
	{ "sources", read_sources, true },
	{ "exceptions", policy_exceptions_read, false },
	{ "rules", pass_over, false },
};

int
policy_read_map(const struct node *map, bool in_rule, struct policy *policy, struct error *err)
{
	const struct node *member;
	size_t i;

	if (map->kind != NODE_MAP)
		return policy_value_refuse(map, err, "expected a map of keys");
	if (in_rule && map->count == 0)
		return policy_value_refuse(map, err, "set: expected a map of at least one key");
	for (member = map->first; member; member = member->next) {
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if (strcmp(keys[i].name, member->key) == 0 && (keys[i].in_rule || !in_rule))
				break;
		if (i == ARRAY_SIZE(keys))
			return policy_value_refuse_key(member, err);
		if (keys[i].read(member, policy, err))
			return -1;
	}
	return 0;
}
