#include "oms/sign.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "border/chain.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/envelope.h"

#include <string.h>
#include <time.h>

static void
release_key(struct key **key)
{
	key_release(*key);
}

#define cleanup_key __attribute__((cleanup(release_key)))

static void
put(struct writer *out, const char *text)
{
	writer_bytes(out, text, strlen(text));
}

/* Writes the UTF-8 STRING as a JSON string. */
static void
write_string(struct writer *out, const char *string)
{
	const unsigned char *at;

	put(out, "\"");
	for (at = (const unsigned char *)string; *at; at++) {
		if (*at == '"' || *at == '\\')
			writer_format(out, "\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			writer_format(out, "\\u%04x", *at);
		else
			writer_bytes(out, (const char *)at, 1);
	}
	put(out, "\"");
}

static int
check_resources(const struct sign_subject *subject, struct error *err)
{
	const struct resource *resources = subject->resources;

	if (subject->resource_count == 0)
		return error_set(err, REASON_STATEMENT, 0, "the model has no file to sign");
	if (subject->resource_count > LIMIT_RESOURCES)
		return error_set(err, REASON_STATEMENT, 0,
			"the model has %zu files, at most %d can be signed",
			subject->resource_count, LIMIT_RESOURCES);
	for (size_t i = 0; i < subject->resource_count; i++) {
		if (resource_check_name(resources[i].name, subject->resource_count == 1, err))
			return -1;
		if (resources[i].digest.algorithm != DIGEST_SHA256)
			return error_set(err, REASON_STATEMENT, 0,
				"%s has a digest of the kind '%s', not 'sha256'",
				TEXT_QUOTE(resources[i].name),
				digest_name(resources[i].digest.algorithm));
		if (i > 0 && strcmp(resources[i - 1].name, resources[i].name) >= 0)
			return error_set(err, REASON_STATEMENT, 0,
				"the names are not sorted and unique at %s",
				TEXT_QUOTE(resources[i].name));
	}
	return 0;
}

/* We sign nothing that statement_parse() would refuse. */
static int
check_subject(const struct sign_subject *subject, struct error *err)
{
	const char *path;

	if (subject->name[0] == '\0' || !text_is_utf8(subject->name, strlen(subject->name)))
		return error_set(err, REASON_STATEMENT, 0,
			"the model's name %s is empty or not UTF-8", TEXT_QUOTE(subject->name));
	if (subject->ignore_count > LIMIT_IGNORE_PATHS)
		return error_set(err, REASON_STATEMENT, 0,
			"%zu ignored paths, at most %d are allowed", subject->ignore_count,
			LIMIT_IGNORE_PATHS);
	for (size_t i = 0; i < subject->ignore_count; i++) {
		path = subject->ignore_paths[i];
		if (strlen(path) > LIMIT_NAME_BYTES || !text_is_utf8(path, strlen(path)) ||
			!text_is_canonical_path(path))
			return error_set(err, REASON_STATEMENT, 0,
				"the ignored path %s is not a canonical UTF-8 path below the model",
				TEXT_QUOTE(path));
	}
	return check_resources(subject, err);
}

static void
write_serialization(struct writer *out, const struct sign_subject *subject)
{
	writer_format(out,
		"\"serialization\":{\"method\":\"files\",\"hash_type\":\"sha256\","
		"\"allow_symlinks\":%s",
		subject->allow_symlinks ? "true" : "false");
	for (size_t i = 0; i < subject->ignore_count; i++) {
		put(out, i == 0 ? ",\"ignore_paths\":[" : ",");
		write_string(out, subject->ignore_paths[i]);
	}
	put(out, subject->ignore_count ? "]}" : "}");
}

static void
write_resources(struct writer *out, const struct sign_subject *subject)
{
	put(out, "\"resources\":[");
	for (size_t i = 0; i < subject->resource_count; i++) {
		put(out, i == 0 ? "{\"name\":" : ",{\"name\":");
		write_string(out, subject->resources[i].name);
		writer_format(out, ",\"digest\":\"%s\",\"algorithm\":\"sha256\"}",
			digest_format(&subject->resources[i].digest).text);
	}
	put(out, "]");
}

static void
write_statement(struct writer *out, const struct sign_subject *subject, const struct digest *root)
{
	put(out, "{\"_type\":\"" STATEMENT_TYPE "\",\"subject\":[{\"name\":");
	write_string(out, subject->name);
	writer_format(out, ",\"digest\":{\"sha256\":\"%s\"}}],", digest_format(root).text);
	put(out, "\"predicateType\":\"" STATEMENT_PREDICATE "\",\"predicate\":{");
	write_resources(out, subject);
	put(out, ",");
	write_serialization(out, subject);
	put(out, "}}");
}

int
sign_statement(const struct sign_subject *subject, char **out, size_t *length, struct error *err)
{
	cleanup_writer struct writer text = { 0 };
	struct digest root;

	if (check_subject(subject, err) ||
		statement_root_digest(subject->resources, subject->resource_count, &root, err))
		return -1;
	write_statement(&text, subject, &root);
	if (text.failed)
		return error_no_memory(err);
	*length = text.length;
	*out = take_ptr(text.text);
	return 0;
}

/* The bundle must verify later, so the leaf must be one that verifiers accept, and KEY's. */
static int
check_leaf(const struct key *key, const struct sign_certificate *leaf, struct error *err)
{
	cleanup_key struct key *certified = NULL;

	if (chain_check_leaf(leaf->der, leaf->length, (int64_t)time(NULL), &certified, err))
		return -1;
	if (!key_equal(key, certified))
		return error_set(err, REASON_CONFIG, 0,
			"the private key is not the one of the signing certificate");
	return 0;
}

static int
write_base64(struct writer *out, const uint8_t *bytes, size_t length, struct error *err)
{
	cleanup_free char *text = base64_encode(bytes, length);

	if (!text)
		return error_no_memory(err);
	writer_format(out, "\"%s\"", text);
	return 0;
}

static int
write_chain(struct writer *out, const struct sign_certificate *certificates, size_t count,
	struct error *err)
{
	put(out, "{\"x509CertificateChain\":{\"certificates\":[");
	for (size_t i = 0; i < count; i++) {
		put(out, i == 0 ? "{\"rawBytes\":" : ",{\"rawBytes\":");
		if (write_base64(out, certificates[i].der, certificates[i].length, err))
			return -1;
		put(out, "}");
	}
	put(out, "]},\"tlogEntries\":[]}");
	return 0;
}

static int
write_key(struct writer *out, const struct key *key, struct error *err)
{
	struct digest hint;

	if (key_hint(key, &hint, err))
		return -1;
	writer_format(out, "{\"publicKey\":{\"hint\":\"%s\"},\"tlogEntries\":[]}",
		digest_format(&hint).text);
	return 0;
}

static int
write_envelope(struct writer *out, const char *statement, size_t length, const struct key *key,
	struct error *err)
{
	const uint8_t *payload = (const uint8_t *)statement;
	cleanup_free uint8_t *message = NULL, *signature = NULL;
	size_t message_length = 0, signature_length = 0;

	if (envelope_encode(payload, length, &message, &message_length, err) ||
		key_sign(key, message, message_length, &signature, &signature_length, err))
		return -1;
	put(out, "{\"payload\":");
	if (write_base64(out, payload, length, err))
		return -1;
	put(out, ",\"payloadType\":\"" BUNDLE_PAYLOAD_TYPE "\",\"signatures\":[{\"sig\":");
	if (write_base64(out, signature, signature_length, err))
		return -1;
	put(out, ",\"keyid\":\"\"}]}");
	return 0;
}

int
sign_bundle(const char *statement, size_t length, const struct key *key,
	const struct sign_certificate *certificates, size_t count, char **out, struct error *err)
{
	cleanup_writer struct writer bundle = { 0 };

	if (count > LIMIT_CERTIFICATES)
		return error_set(err, REASON_CONFIG, 0,
			"%zu certificates, at most %d fit into a signature", count,
			LIMIT_CERTIFICATES);
	if (count && check_leaf(key, &certificates[0], err))
		return -1;
	put(&bundle, "{\"mediaType\":\"" BUNDLE_MEDIA_TYPE "\",\"verificationMaterial\":");
	if (count ? write_chain(&bundle, certificates, count, err) : write_key(&bundle, key, err))
		return -1;
	put(&bundle, ",\"dsseEnvelope\":");
	if (write_envelope(&bundle, statement, length, key, err))
		return -1;
	put(&bundle, "}");
	if (bundle.failed)
		return error_no_memory(err);
	if (bundle.length > LIMIT_BUNDLE_BYTES)
		return error_set(err, REASON_STATEMENT, 0,
			"the signature file would have %zu bytes, at most %d are read by verifiers",
			bundle.length, LIMIT_BUNDLE_BYTES);
	*out = take_ptr(bundle.text);
	return 0;
}
