#include "oms/tlog.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "oms/member.h"

#include <string.h>

enum { INT64_DIGITS_MAX = 19 };

/* Names are those of sigstore_rekor.proto in camel case. */
static const struct member_rule entry_rules[] = {
	{ "logIndex", MEMBER_TEXT, MEMBER_REQUIRED },
	{ "logId", MEMBER_MAP, MEMBER_REQUIRED },
	{ "kindVersion", MEMBER_MAP, MEMBER_REQUIRED },
	{ "integratedTime", MEMBER_TEXT, MEMBER_OPTIONAL },
	{ "inclusionPromise", MEMBER_MAP, MEMBER_OPTIONAL },
	{ "inclusionProof", MEMBER_MAP, MEMBER_REQUIRED },
	{ "canonicalizedBody", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};
static const struct member_rule log_id_rules[] = {
	{ "keyId", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};
static const struct member_rule kind_rules[] = {
	{ "kind", MEMBER_TEXT, MEMBER_REQUIRED },
	{ "version", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};
static const struct member_rule promise_rules[] = {
	{ "signedEntryTimestamp", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};
static const struct member_rule proof_rules[] = {
	{ "logIndex", MEMBER_TEXT, MEMBER_REQUIRED },
	{ "rootHash", MEMBER_TEXT, MEMBER_REQUIRED },
	{ "treeSize", MEMBER_TEXT, MEMBER_REQUIRED },
	{ "hashes", MEMBER_LIST, MEMBER_REQUIRED },
	{ "checkpoint", MEMBER_MAP, MEMBER_OPTIONAL },
	{ 0 },
};
static const struct member_rule checkpoint_rules[] = {
	{ "envelope", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};
static const struct member_rule timestamps_rules[] = {
	{ "rfc3161Timestamps", MEMBER_LIST, MEMBER_OPTIONAL },
	{ 0 },
};
static const struct member_rule timestamp_rules[] = {
	{ "signedTimestamp", MEMBER_TEXT, MEMBER_REQUIRED },
	{ 0 },
};

/* Checks the object and, in any error, names it. */
static int
check_object(const struct node *object, const struct member_rule *rules, const char *name,
	struct error *err)
{
	const struct member_table table = { .reason = REASON_BUNDLE, .rules = rules };

	return member_check(object, &table, err) ? error_wrap(err, "%s", name) : 0;
}

/* The text must be base64; WHAT names it. */
static int
check_base64(const struct node *text, const char *what, struct error *err)
{
	cleanup_free uint8_t *bytes = NULL;
	size_t length;

	if (!node_text(text) || base64_decode(text->text, text->length, &bytes, &length))
		return error_set(err, REASON_BUNDLE, 0, "'%s' is not base64", what);
	return 0;
}

/* The member, where it is there, must be a number below 2^63 in decimal digits, as protobuf writes
 * it. */
static int
check_decimal(const struct node *map, const char *name, struct error *err)
{
	const char *text = node_text(node_member(map, name));
	size_t length;

	if (!text)
		return 0;
	length = strlen(text);
	if (length == 0 || length > INT64_DIGITS_MAX || strspn(text, "0123456789") != length ||
		(length > 1 && text[0] == '0') ||
		(length == INT64_DIGITS_MAX && strcmp(text, "9223372036854775807") > 0))
		return error_set(err, REASON_BUNDLE, 0, "'%s' must be a number in digits, is %s",
			name, TEXT_QUOTE(text));
	return 0;
}

static int
check_proof(const struct node *proof, struct error *err)
{
	const struct node *checkpoint, *hash;

	if (check_object(proof, proof_rules, "inclusionProof", err) ||
		check_decimal(proof, "logIndex", err) || check_decimal(proof, "treeSize", err) ||
		check_base64(node_member(proof, "rootHash"), "rootHash", err))
		return -1;
	for (hash = node_member(proof, "hashes")->first; hash; hash = hash->next)
		if (check_base64(hash, "hashes", err))
			return -1;
	checkpoint = node_member(proof, "checkpoint");
	return checkpoint ? check_object(checkpoint, checkpoint_rules, "checkpoint", err) : 0;
}

static int
check_promise(const struct node *promise, struct error *err)
{
	if (!promise)
		return 0;
	if (check_object(promise, promise_rules, "inclusionPromise", err))
		return -1;
	return check_base64(
		node_member(promise, "signedEntryTimestamp"), "signedEntryTimestamp", err);
}

static int
check_entry(const struct node *entry, struct error *err)
{
	const struct member_table table = { .reason = REASON_BUNDLE, .rules = entry_rules };
	const struct node *log_id;

	if (member_check(entry, &table, err) || check_decimal(entry, "logIndex", err) ||
		check_decimal(entry, "integratedTime", err) ||
		check_base64(node_member(entry, "canonicalizedBody"), "canonicalizedBody", err))
		return -1;
	log_id = node_member(entry, "logId");
	if (check_object(log_id, log_id_rules, "logId", err) ||
		check_base64(node_member(log_id, "keyId"), "keyId", err) ||
		check_object(node_member(entry, "kindVersion"), kind_rules, "kindVersion", err) ||
		check_promise(node_member(entry, "inclusionPromise"), err))
		return -1;
	return check_proof(node_member(entry, "inclusionProof"), err);
}

int
tlog_check_entries(const struct node *entries, struct error *err)
{
	const struct node *entry;
	size_t i = 0;

	if (!entries)
		return 0;
	if (entries->kind != NODE_LIST)
		return error_set(err, REASON_BUNDLE, 0, "'tlogEntries' must be a list, is %s",
			node_kind_words(entries));
	for (entry = entries->first; entry; entry = entry->next, i++)
		if (check_entry(entry, err))
			return error_wrap(err, "tlogEntries[%zu]", i);
	return 0;
}

int
tlog_check_timestamps(const struct node *data, struct error *err)
{
	const struct node *list, *stamp;

	if (!data)
		return 0;
	if (check_object(data, timestamps_rules, "timestampVerificationData", err))
		return -1;
	list = node_member(data, "rfc3161Timestamps");
	for (stamp = list ? list->first : NULL; stamp; stamp = stamp->next)
		if (check_object(stamp, timestamp_rules, "rfc3161Timestamps", err) ||
			check_base64(node_member(stamp, "signedTimestamp"), "signedTimestamp", err))
			return -1;
	return 0;
}
