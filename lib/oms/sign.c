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
#include "oms/shard.h"

#include <inttypes.h>
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

/* Writes the UTF-8 STRING as it stands between the quotes of a JSON string. */
static void
write_escaped(struct writer *out, const char *string)
{
	const unsigned char *at;

	for (at = (const unsigned char *)string; *at; at++) {
		if (*at == '"' || *at == '\\')
			writer_format(out, "\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			writer_format(out, "\\u%04x", *at);
		else
			writer_bytes(out, (const char *)at, 1);
	}
}

static void
write_string(struct writer *out, const char *string)
{
	put(out, "\"");
	write_escaped(out, string);
	put(out, "\"");
}

/* The RESOURCE is signed like the FIRST: by the same hash, as a whole or by shards of the same
 * size. */
static int
check_resource(const struct resource *resource, const struct resource *first, struct error *err)
{
	enum digest_algorithm wanted = resource_digest(first, 0)->algorithm;

	if (resource_check_name(resource->name, err))
		return -1;
	if (resource->shard_size != first->shard_size ||
		(resource->shards &&
			resource->shard_count != shard_count(resource->size, resource->shard_size)))
		return error_set(err, REASON_STATEMENT, 0, "%s is not divided into shards as %s is",
			TEXT_QUOTE(resource->name), TEXT_QUOTE(first->name));
	for (size_t i = 0; i < resource_digest_count(resource); i++)
		if (resource_digest(resource, i)->algorithm != wanted)
			return error_set(err, REASON_STATEMENT, 0,
				"%s has a digest of the kind '%s', not '%s'",
				TEXT_QUOTE(resource->name),
				digest_name(resource_digest(resource, i)->algorithm),
				digest_name(wanted));
	return 0;
}

static int
check_resources(const struct sign_subject *subject, struct error *err)
{
	const struct resource *resources = subject->resources;
	enum digest_algorithm algorithm;
	size_t records = subject->resource_count;

	if (records == 0)
		return error_set(err, REASON_STATEMENT, 0, "the model has no file to sign");
	algorithm = resource_digest(&resources[0], 0)->algorithm;
	if (digest_of_files(digest_name(algorithm)) == DIGEST_NONE)
		return error_set(err, REASON_STATEMENT, 0,
			"%s has a digest of the kind '%s', which signatures cannot hold",
			TEXT_QUOTE(resources[0].name), digest_name(algorithm));
	for (size_t i = 0; i < subject->resource_count && records <= LIMIT_RESOURCES; i++) {
		if (check_resource(&resources[i], &resources[0], err))
			return -1;
		records += resource_digest_count(&resources[i]) - 1;
	}
	if (records > LIMIT_RESOURCES)
		return error_set(err, REASON_STATEMENT, 0,
			"the model has %zu files or shards, at most %d can be signed", records,
			LIMIT_RESOURCES);
	return resource_check_order(resources, subject->resource_count, err);
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
	const struct resource *first = &subject->resources[0];

	writer_format(out, "\"serialization\":{\"method\":\"%s\",\"hash_type\":\"%s\",",
		first->shard_size ? "shards" : "files",
		digest_name(resource_digest(first, 0)->algorithm));
	if (first->shard_size)
		writer_format(out, "\"shard_size\":%" PRIu64 ",", first->shard_size);
	writer_format(out, "\"allow_symlinks\":%s", subject->allow_symlinks ? "true" : "false");
	for (size_t i = 0; i < subject->ignore_count; i++) {
		put(out, i == 0 ? ",\"ignore_paths\":[" : ",");
		write_string(out, subject->ignore_paths[i]);
	}
	put(out, subject->ignore_count ? "]}" : "}");
}

/* One record: of a whole file, or of shard INDEX, named and spelled as the reference does. */
static void
write_record(struct writer *out, const struct resource *resource, size_t index)
{
	const struct digest *digest = resource_digest(resource, index);

	put(out, "{\"name\":\"");
	write_escaped(out, resource->name);
	if (resource->shard_size)
		writer_format(out, ":%" PRIu64 ":%" PRIu64, shard_start(resource, index),
			shard_end(resource, index));
	writer_format(out, "\",\"digest\":\"%s\",\"algorithm\":\"%s", digest_format(digest).text,
		digest_name(digest->algorithm));
	if (resource->shard_size)
		writer_format(out, "-sharded-%" PRIu64, resource->shard_size);
	put(out, "\"}");
}

static void
write_resources(struct writer *out, const struct sign_subject *subject)
{
	const char *separator = "";

	put(out, "\"resources\":[");
	for (size_t i = 0; i < subject->resource_count; i++)
		for (size_t j = 0; j < resource_digest_count(&subject->resources[i]); j++) {
			put(out, separator);
			write_record(out, &subject->resources[i], j);
			separator = ",";
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
