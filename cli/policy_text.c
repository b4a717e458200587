#include "cli/policy_text.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/writer.h"
#include "gate/decision.h"
#include "policy/policy.h"

#include <string.h>

static const char *
choice(enum policy_choice value)
{
	return value == POLICY_ALLOW ? "allow" : "refuse";
}

static const char *
mode_word(const struct policy *policy)
{
	switch (policy->mode) {
	case POLICY_MODE_WARN: return "warn";
	case POLICY_MODE_OFF: return "off";
	default: return "enforce";
	}
}

static const char *
coverage_word(const struct policy *policy)
{
	return policy->coverage == POLICY_COVERAGE_SUBSET ? "subset" : "exact";
}

static const char *
unpinned_word(const struct policy *policy)
{
	return policy->unpinned == POLICY_ALLOW ? "verify" : "refuse";
}

static const char *
manifest_mount_word(const struct policy *policy)
{
	return choice(policy->manifest_mount);
}

static const char *
manifest_path_word(const struct policy *policy)
{
	return choice(policy->manifest_path);
}

static const char *
download_word(const struct policy *policy)
{
	return choice(policy->download);
}

static const char *
utility_word(const struct policy *policy)
{
	return choice(policy->utility);
}

static const char *
unknown_settings_word(const struct policy *policy)
{
	return choice(policy->unknown_settings);
}

static const char *
evidence_word(const struct policy *policy)
{
	static const char *const words[] = { "none", "receipt", "hashed" };

	return words[policy->evidence];
}

static const char *
protection_word(const struct policy *policy)
{
	return decision_protection_word(policy->protection);
}

static const char *
protect_with_word(const struct policy *policy)
{
	return decision_protection_word(policy->protect_with);
}

static const char *
rule_word(const struct policy *policy)
{
	return policy->rule ? policy->rule : "";
}

static const struct {
	const char *key;
	const char *(*word)(const struct policy *policy);
	bool written; /* a key of policy files */
} keys[] = {
	{ "mode", mode_word, true },
	{ "coverage", coverage_word, true },
	{ "unpinned", unpinned_word, true },
	{ "manifest_mount", manifest_mount_word, true },
	{ "manifest_path", manifest_path_word, true },
	{ "download", download_word, true },
	{ "utility", utility_word, true },
	{ "unknown_settings", unknown_settings_word, true },
	{ "evidence", evidence_word, true },
	{ "protection", protection_word, true },
	{ "protect_with", protect_with_word, true },
	{ "rule", rule_word, false },
};

const char *
policy_text_word(const struct policy *policy, const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].word(policy);
	return NULL;
}

/* The character at *text, which is UTF-8 as every text of a policy; *text moves behind it. */
static uint32_t
next_character(const char **text)
{
	unsigned char first = (unsigned char)*(*text)++;
	uint32_t character = first < 0x80   ? first
			     : first < 0xe0 ? first & 0x1fU
			     : first < 0xf0 ? first & 0xfU
					    : first & 0x7U;

	while (((unsigned char)**text & 0xc0) == 0x80)
		character = character << 6 | ((unsigned char)*(*text)++ & 0x3fU);
	return character;
}

/* A text as YAML's double-quoted scalar, in ASCII. JSON's would not do: YAML knows no surrogates.
 */
static void
write_text(struct writer *writer, const char *before, const char *text)
{
	uint32_t character;

	writer_format(writer, "%s\"", before);
	while (*text) {
		character = next_character(&text);
		if (character == '"' || character == '\\')
			writer_format(writer, "\\%c", (int)character);
		else if (character >= 0x20 && character < 0x7f)
			writer_format(writer, "%c", (int)character);
		else
			writer_format(writer, "\\U%08x", character);
	}
	writer_format(writer, "\"\n");
}

static void
write_paths(struct writer *writer, const char *indent, const char *key,
	const struct policy_paths *paths)
{
	char before[32];
	size_t i;

	if (paths->count == 0)
		return;
	writer_format(writer, "%s%s:\n", indent, key);
	snprintf(before, sizeof(before), "%s- ", indent);
	for (i = 0; i < paths->count; i++)
		write_text(writer, before, paths->paths[i]);
}

/* One entry is one item: its first pin begins the item, the others go below it. */
static void
write_signers(struct writer *writer, const char *indent, const struct signers *signers)
{
	char before[48];
	size_t i;

	if (signers->count)
		writer_format(writer, "%ssigners:\n", indent);
	for (i = 0; i < signers->count; i++) {
		const struct signers_pin *pin = &signers->pins[i];
		bool first = i == 0 || pin[-1].entry != pin->entry;

		snprintf(before, sizeof(before), "%s%c %s: ", indent, first ? '-' : ' ',
			signers_word(pin->kind));
		write_text(writer, before,
			pin->subject ? pin->subject : digest_format(&pin->digest).text);
	}
}

static const char *
method_word(enum trust_method method)
{
	return method == TRUST_METHOD_KEY ? "key" : "certificate";
}

static void
write_sources(struct writer *writer, const struct policy *policy)
{
	size_t i;

	if (policy->source_count)
		writer_format(writer, "sources:\n");
	for (i = 0; i < policy->source_count; i++) {
		const struct policy_source *source = &policy->sources[i];

		write_text(writer, "- setting: ", source->setting);
		write_text(writer, "  path: ", source->path);
		write_text(writer, "  signature: ", source->signature);
		writer_format(writer, "  method: %s\n", method_word(source->method));
		write_paths(writer, "  ", "anchors", &source->anchors);
		write_signers(writer, "  ", &source->signers);
	}
}

static void
write_exceptions(struct writer *writer, const struct policy *policy)
{
	char time[32];
	size_t i;

	if (policy->exception_count)
		writer_format(writer, "exceptions:\n");
	for (i = 0; i < policy->exception_count; i++) {
		const struct policy_exception *exception = &policy->exceptions[i];

		write_text(writer, "- model: ", exception->model);
		writer_format(
			writer, "  expires: \"%s\"\n", clock_format(exception->expires, time));
		write_text(writer, "  why: ", exception->why);
	}
}

static void
write_denials(struct writer *writer, const struct policy *policy)
{
	static const char *const prefixes[] = {
		[POLICY_DENIAL_PAYLOAD] = "payload:",
		[POLICY_DENIAL_CERTIFICATE] = "certificate:",
		[POLICY_DENIAL_SPKI] = "spki:",
	};

	if (policy->denial_count)
		writer_format(writer, "deny:\n");
	for (size_t i = 0; i < policy->denial_count; i++) {
		const struct policy_denial *denial = &policy->denials[i];

		if (denial->kind == POLICY_DENIAL_VERSION)
			write_text(writer, "- ", denial->version);
		else
			writer_format(writer, "- \"%s%s\"\n", prefixes[denial->kind],
				digest_format(&denial->digest).text);
	}
}

static void
write_receipts(struct writer *writer, const struct policy *policy)
{
	static const char *const files[] = { "sealed", "guarded", "any" };

	writer_format(writer, "deadline: %llds\n", (long long)policy->deadline_ms / 1000);
	writer_format(writer, "lock: %s\nlock_expired: %s\n",
		policy->lock == POLICY_LOCK_REQUIRED ? "required" : "off",
		choice(policy->lock_expired));
	if (policy->lock_file)
		write_text(writer, "lock_file: ", policy->lock_file);
	write_denials(writer, policy);
	writer_format(writer, "receipts:\n  use: %s\n  files: %s\n  age: %llds\n",
		choice(policy->receipts), files[policy->receipt_files],
		(long long)policy->receipt_age_s);
	if (policy->receipts_folder)
		write_text(writer, "  folder: ", policy->receipts_folder);
}

void
policy_text_write(const struct policy *policy, struct writer *writer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].written)
			writer_format(writer, "%s: %s\n", keys[i].key, keys[i].word(policy));
	writer_format(writer, "trust:\n  method: %s\n", method_word(policy->method));
	write_paths(writer, "  ", "anchors", &policy->anchors);
	write_signers(writer, "  ", &policy->signers);
	write_paths(writer, "", "signatures", &policy->signatures);
	if (policy->signature_owner)
		write_text(writer, "signature_owner: ", policy->signature_owner);
	if (policy->log)
		write_text(writer, "log: ", policy->log);
	writer_format(writer, "log_max: %lluM\nlog_keep: %u\nrecord: %s\n",
		(unsigned long long)policy->log_max >> 20, policy->log_keep,
		policy->record == POLICY_RECORD_SYSTEM ? "system" : "off");
	if (policy->profile)
		write_text(writer, "profile: ", policy->profile);
	write_receipts(writer, policy);
	write_paths(writer, "", "ignored_files", &policy->ignored_files);
	write_paths(writer, "", "allowed_settings", &policy->allowed_settings);
	if (policy->cache_entries.count || policy->cache_mounts.count ||
		policy->cache_writable.count)
		writer_format(writer, "cache:\n");
	write_paths(writer, "  ", "entries", &policy->cache_entries);
	write_paths(writer, "  ", "mounts", &policy->cache_mounts);
	write_paths(writer, "  ", "writable", &policy->cache_writable);
	write_sources(writer, policy);
	write_exceptions(writer, policy);
}
