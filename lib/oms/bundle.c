#include "oms/bundle.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "oms/member.h"
#include "oms/tlog.h"

#include <errno.h>
#include <string.h>

static const struct member_table top_table = {
	.reason = REASON_BUNDLE,
	.rules =
		(const struct member_rule[]){
			{ "mediaType", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "verificationMaterial", MEMBER_MAP, MEMBER_REQUIRED },
			{ "dsseEnvelope", MEMBER_MAP, MEMBER_REQUIRED },
			{ 0 },
		},
};
static const struct member_table material_table = {
	.reason = REASON_BUNDLE,
	.rules =
		(const struct member_rule[]){
			{ "publicKey", MEMBER_MAP, MEMBER_OPTIONAL },
			{ "x509CertificateChain", MEMBER_MAP, MEMBER_OPTIONAL },
			{ "certificate", MEMBER_MAP, MEMBER_OPTIONAL },
			{ "tlogEntries", MEMBER_LIST, MEMBER_OPTIONAL },
			{ "timestampVerificationData", MEMBER_MAP, MEMBER_OPTIONAL },
			{ 0 },
		},
};
static const struct member_table chain_table = {
	.reason = REASON_BUNDLE,
	.rules =
		(const struct member_rule[]){
			{ "certificates", MEMBER_LIST, MEMBER_REQUIRED },
			{ 0 },
		},
};
/* OMS 1.0 allows further members in these two. */
static const struct member_table certificate_table = {
	.reason = REASON_BUNDLE,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "rawBytes", MEMBER_TEXT, MEMBER_REQUIRED },
			{ 0 },
		},
};
static const struct member_table key_table = {
	.reason = REASON_BUNDLE,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "hint", MEMBER_TEXT, MEMBER_OPTIONAL },
			{ "rawBytes", MEMBER_TEXT, MEMBER_OPTIONAL },
			{ "keyDetails", MEMBER_TEXT, MEMBER_OPTIONAL },
			{ 0 },
		},
};
static const struct member_table envelope_table = {
	.reason = REASON_BUNDLE,
	.rules =
		(const struct member_rule[]){
			{ "payload", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "payloadType", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "signatures", MEMBER_LIST, MEMBER_REQUIRED },
			{ 0 },
		},
};
static const struct member_table signature_table = {
	.reason = REASON_BUNDLE,
	.rules =
		(const struct member_rule[]){
			{ "sig", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "keyid", MEMBER_TEXT | MEMBER_NULL, MEMBER_OPTIONAL },
			{ 0 },
		},
};

/* The bytes of the base64 member NAME, which its table has found to be a text. */
static int
decode(const struct node *map, const char *name, struct bundle_blob *out, struct error *err)
{
	const struct node *text = node_member(map, name);

	if (text->length == 0)
		return error_set(err, REASON_BUNDLE, 0, "'%s' is empty", name);
	if (base64_decode(text->text, text->length, &out->bytes, &out->length) == 0)
		return 0;
	if (errno == ENOMEM)
		return error_no_memory(err);
	return error_set(err, REASON_BUNDLE, 0,
		"'%s' is not base64 (standard alphabet, full padding, no white space)", name);
}

static int
parse_certificate(const struct node *certificate, struct bundle *out, struct error *err)
{
	struct bundle_blob *blob;

	if (out->certificate_count == LIMIT_CERTIFICATES)
		return error_set(
			err, REASON_BUNDLE, 0, "more than %d certificates", LIMIT_CERTIFICATES);
	blob = &out->certificates[out->certificate_count];
	if (member_check(certificate, &certificate_table, err) ||
		decode(certificate, "rawBytes", blob, err))
		return error_wrap(err, "certificate %zu", out->certificate_count);
	out->certificate_count++;
	if (blob->length > LIMIT_DER_BYTES)
		return error_set(err, REASON_BUNDLE, 0,
			"certificate %zu: has %zu bytes, at most %d are read",
			out->certificate_count - 1, blob->length, LIMIT_DER_BYTES);
	return 0;
}

static int
parse_chain(const struct node *chain, struct bundle *out, struct error *err)
{
	const struct node *list, *certificate;

	if (member_check(chain, &chain_table, err))
		return error_wrap(err, "x509CertificateChain");
	list = node_member(chain, "certificates");
	if (list->count == 0)
		return error_set(err, REASON_BUNDLE, 0, "x509CertificateChain: no certificate");
	for (certificate = list->first; certificate; certificate = certificate->next)
		if (parse_certificate(certificate, out, err))
			return error_wrap(err, "x509CertificateChain");
	return 0;
}

static int
parse_key(const struct node *key, struct bundle *out, struct error *err)
{
	const char *hint = node_text(node_member(key, "hint"));
	bool bytes = node_member(key, "rawBytes");

	if (member_check(key, &key_table, err))
		return error_wrap(err, "publicKey");
	if (!hint && !bytes)
		return error_set(err, REASON_BUNDLE, 0,
			"publicKey: needs a 'hint' or 'rawBytes', has neither");
	if (hint) {
		out->hint = strdup(hint);
		if (!out->hint)
			return error_no_memory(err);
	}
	if (bytes && decode(key, "rawBytes", &out->key_bytes, err))
		return error_wrap(err, "publicKey");
	return 0;
}

/* Exactly one of three: two would let two verifiers look at two different signers. */
static int
parse_material(const struct node *material, struct bundle *out, struct error *err)
{
	const struct node *key = node_member(material, "publicKey");
	const struct node *chain = node_member(material, "x509CertificateChain");
	const struct node *single = node_member(material, "certificate");
	int count = (key != NULL) + (chain != NULL) + (single != NULL);

	if (member_check(material, &material_table, err) ||
		tlog_check_entries(node_member(material, "tlogEntries"), err) ||
		tlog_check_timestamps(node_member(material, "timestampVerificationData"), err))
		return -1;
	if (count != 1)
		return error_set(err, REASON_BUNDLE, 0,
			"needs exactly one of 'publicKey', 'x509CertificateChain' and "
			"'certificate', has %d",
			count);
	out->material = key ? BUNDLE_MATERIAL_KEY : BUNDLE_MATERIAL_CERTIFICATES;
	if (key)
		return parse_key(key, out, err);
	return chain ? parse_chain(chain, out, err) : parse_certificate(single, out, err);
}

static int
parse_envelope(const struct node *envelope, struct bundle *out, struct error *err)
{
	const struct node *signatures = node_member(envelope, "signatures");

	if (member_check(envelope, &envelope_table, err) ||
		member_check_text(envelope, "payloadType", BUNDLE_PAYLOAD_TYPE, REASON_BUNDLE, err))
		return -1;
	if (signatures->count != 1)
		return error_set(err, REASON_BUNDLE, 0, "needs exactly one signature, has %zu",
			signatures->count);
	if (member_check(signatures->first, &signature_table, err) ||
		decode(signatures->first, "sig", &out->signature, err))
		return error_wrap(err, "signatures[0]");
	return decode(envelope, "payload", &out->payload, err);
}

static int
parse_top(const struct node *root, struct bundle *out, struct error *err)
{
	if (root && root->kind == NODE_MAP && node_member(root, "mediaType") &&
		member_check_text(root, "mediaType", BUNDLE_MEDIA_TYPE, REASON_BUNDLE, err))
		return -1;
	if (node_member(root, "messageSignature"))
		return error_set(err, REASON_BUNDLE, 0,
			"has a 'messageSignature'; models are signed with 'dsseEnvelope' only");
	if (member_check(root, &top_table, err))
		return -1;
	if (parse_material(node_member(root, "verificationMaterial"), out, err))
		return error_wrap(err, "verificationMaterial");
	if (parse_envelope(node_member(root, "dsseEnvelope"), out, err))
		return error_wrap(err, "dsseEnvelope");
	return 0;
}

int
bundle_parse(const char *bytes, size_t length, struct bundle *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_bundle struct bundle parsed = { 0 };

	if (length > LIMIT_BUNDLE_BYTES)
		return error_set(err, REASON_BUNDLE, 0,
			"signature file: has %zu bytes, at most %d are read", length,
			LIMIT_BUNDLE_BYTES);
	if (json_parse(bytes, length, REASON_BUNDLE, &document, err) ||
		parse_top(node_root(document), &parsed, err))
		return error_wrap(err, "signature file");
	*out = parsed;
	parsed = (struct bundle){ 0 };
	return 0;
}

void
bundle_release(struct bundle *bundle)
{
	for (size_t i = 0; i < bundle->certificate_count; i++)
		free(bundle->certificates[i].bytes);
	free(bundle->hint);
	free(bundle->key_bytes.bytes);
	free(bundle->payload.bytes);
	free(bundle->signature.bytes);
	*bundle = (struct bundle){ 0 };
}
