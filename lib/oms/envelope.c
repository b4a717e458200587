#include "oms/envelope.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/trust.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_MAX = 80 };

_Static_assert(sizeof(BUNDLE_PAYLOAD_TYPE) - 1 == 28, "the encoding spells out this length");

static void
release_key(struct key **key)
{
	key_release(*key);
}

#define cleanup_key __attribute__((cleanup(release_key)))

/* The letter case of VERSION is the only difference between the two headers. */
static size_t
format_header(char out[static HEADER_MAX], const char *version, size_t length)
{
	return (size_t)snprintf(
		out, HEADER_MAX, "%s 28 " BUNDLE_PAYLOAD_TYPE " %zu ", version, length);
}

int
envelope_encode(
	const uint8_t *payload, size_t length, uint8_t **out, size_t *out_length, struct error *err)
{
	char header[HEADER_MAX];
	size_t header_length = format_header(header, "DSSEv1", length);
	uint8_t *message = malloc(header_length + length);

	if (!message)
		return error_no_memory(err);
	memcpy(message, header, header_length);
	memcpy(message + header_length, payload, length);
	*out = message;
	*out_length = header_length + length;
	return 0;
}

/* Writes one byte as Python shows it inside b'...'; returns how many characters that took. */
static size_t
escape_byte(uint8_t byte, uint8_t out[static 4])
{
	static const char digits[] = "0123456789abcdef";
	static const char short_forms[][2] = { { '\\', '\\' }, { '\'', '\'' }, { '\t', 't' },
		{ '\n', 'n' }, { '\r', 'r' } };

	for (size_t i = 0; i < ARRAY_SIZE(short_forms); i++)
		if (byte == (uint8_t)short_forms[i][0]) {
			out[0] = '\\';
			out[1] = (uint8_t)short_forms[i][1];
			return 2;
		}
	if (byte >= 0x20 && byte < 0x7f) {
		out[0] = byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = (uint8_t)digits[byte >> 4];
	out[3] = (uint8_t)digits[byte & 15];
	return 4;
}

/* Release 0.2.0 signed what Python prints for the payload (facts: oms, section 3). */
static int
encode_legacy(
	const uint8_t *payload, size_t length, uint8_t **out, size_t *out_length, struct error *err)
{
	char header[HEADER_MAX];
	size_t used = format_header(header, "DSSEV1", length);
	uint8_t *message = malloc(used + 4 * length + 3);

	if (!message)
		return error_no_memory(err);
	memcpy(message, header, used);
	message[used++] = 'b';
	message[used++] = '\'';
	for (size_t i = 0; i < length; i++)
		used += escape_byte(payload[i], message + used);
	message[used++] = '\'';
	*out = message;
	*out_length = used;
	return 0;
}

static int
check_standard(const struct bundle *bundle, const struct key *key, struct error *err)
{
	cleanup_free uint8_t *message = NULL;
	size_t length = 0;

	if (envelope_encode(bundle->payload.bytes, bundle->payload.length, &message, &length, err))
		return -1;
	return key_check_signature(key, key_digest(key), message, length, bundle->signature.bytes,
		bundle->signature.length, err);
}

/* The certificate method of release 0.2.0 used SHA-256 with every curve. */
static int
check_legacy(const struct bundle *bundle, const struct key *key, struct error *err)
{
	bool certificates = bundle->material == BUNDLE_MATERIAL_CERTIFICATES;
	cleanup_free uint8_t *message = NULL;
	size_t length = 0;

	if (encode_legacy(bundle->payload.bytes, bundle->payload.length, &message, &length, err))
		return -1;
	return key_check_signature(key, certificates ? DIGEST_SHA256 : key_digest(key), message,
		length, bundle->signature.bytes, bundle->signature.length, err);
}

/* Checks the signature by one key that the caller trusts. */
static int
check_signature(const struct bundle *bundle, const struct key *key, bool allow_legacy,
	bool *legacy_encoding, struct error *err)
{
	struct error legacy_err = { 0 };

	if (check_standard(bundle, key, err) == 0) {
		*legacy_encoding = false;
		return 0;
	}
	if (err->reason != REASON_SIGNATURE)
		return -1;
	if (check_legacy(bundle, key, &legacy_err)) {
		if (legacy_err.reason != REASON_SIGNATURE)
			*err = legacy_err;
		return -1;
	}
	if (!allow_legacy)
		return error_set(err, REASON_SIGNATURE, 0,
			"the signature is in the encoding of release 0.2.0; such legacy "
			"signatures are not allowed here");
	*legacy_encoding = true;
	return 0;
}

static int
open_with_certificates(const struct bundle *bundle, const struct trust *trust, struct payload *out,
	struct error *err)
{
	struct chain_certificate certificates[LIMIT_CERTIFICATES];
	cleanup_key struct key *key = NULL;

	if (!trust->anchors)
		return error_set(err, REASON_CONFIG, 0, "no certificate is trusted");
	for (size_t i = 0; i < bundle->certificate_count; i++)
		certificates[i] = (struct chain_certificate){ bundle->certificates[i].bytes,
			bundle->certificates[i].length };
	if (chain_verify(trust->anchors, certificates, bundle->certificate_count, trust->at, &key,
		    &out->signer, err))
		return -1;
	if (check_signature(bundle, key, trust->allow_legacy, &out->legacy_encoding, err))
		return error_wrap(err, "signer %s", TEXT_QUOTE(out->signer.subject));
	return 0;
}

/* Says whether KEY may be the one that the bundle means, by what the bundle says about it. */
static int
match_key(const struct bundle *bundle, const struct key *carried, const struct key *key,
	bool *matches, struct error *err)
{
	struct digest hint;

	*matches = !carried || key_equal(carried, key);
	if (!*matches || !bundle->hint || bundle->hint[0] == '\0')
		return 0;
	if (key_hint(key, &hint, err))
		return -1;
	*matches = strcmp(digest_format(&hint).text, bundle->hint) == 0;
	return 0;
}

static int
name_key(const struct key *key, struct chain_signer *out, struct error *err)
{
	struct chain_signer signer = { 0 };
	struct digest hint;

	if (key_hint(key, &hint, err) || key_spki_digest(key, &signer.spki, err))
		return -1;
	snprintf(
		signer.subject, sizeof(signer.subject), "key sha256:%s", digest_format(&hint).text);
	*out = signer;
	return 0;
}

/* Old bundles carry the key as PEM text. It proves nothing, but it must not contradict. */
static int
read_carried_key(const struct bundle *bundle, struct key **out, struct error *err)
{
	if (!bundle->key_bytes.bytes)
		return 0;
	*out = key_parse_public((const char *)bundle->key_bytes.bytes, bundle->key_bytes.length,
		"publicKey.rawBytes of the signature file", err);
	if (*out)
		return 0;
	/* A key file of the administrator would be REASON_CONFIG; this one is the bundle's. */
	if (err->reason == REASON_CONFIG)
		err->reason = REASON_BUNDLE;
	return -1;
}

static int
refuse_other_key(const struct bundle *bundle, const struct trust *trust, struct error *err)
{
	if (bundle->hint && bundle->hint[0] != '\0')
		return error_set(err, REASON_SIGNATURE, 0,
			"signed by the key with hint %s, which is not among the %zu trusted keys",
			TEXT_QUOTE(bundle->hint), trust->key_count);
	return error_set(err, REASON_SIGNATURE, 0,
		"the key in the signature file is not among the %zu trusted keys",
		trust->key_count);
}

static int
try_key(const struct bundle *bundle, const struct trust *trust, const struct key *key,
	struct payload *out, struct error *err)
{
	if (name_key(key, &out->signer, err))
		return -1;
	if (check_signature(bundle, key, trust->allow_legacy, &out->legacy_encoding, err))
		return error_wrap(err, "%s", out->signer.subject);
	return 0;
}

static int
open_with_keys(const struct bundle *bundle, const struct trust *trust, struct payload *out,
	struct error *err)
{
	cleanup_key struct key *carried = NULL;
	size_t tried = 0;
	bool matches;

	if (trust->key_count == 0)
		return error_set(err, REASON_CONFIG, 0, "no key is trusted");
	if (read_carried_key(bundle, &carried, err))
		return -1;
	out->hint_missing = !carried && (!bundle->hint || !bundle->hint[0]);
	for (size_t i = 0; i < trust->key_count; i++) {
		if (match_key(bundle, carried, trust->keys[i], &matches, err))
			return -1;
		if (!matches)
			continue;
		tried++;
		if (try_key(bundle, trust, trust->keys[i], out, err) == 0)
			return 0;
		if (err->reason != REASON_SIGNATURE)
			return -1;
	}
	if (tried > 1)
		return error_set(err, REASON_SIGNATURE, 0,
			"the signature was made by none of the %zu trusted keys, or not over these "
			"bytes",
			tried);
	return tried ? -1 : refuse_other_key(bundle, trust, err);
}

static int
check_material(const struct bundle *bundle, enum bundle_material wanted, struct error *err)
{
	static const char *const words[] = {
		[BUNDLE_MATERIAL_NONE] = "nothing",
		[BUNDLE_MATERIAL_CERTIFICATES] = "certificates",
		[BUNDLE_MATERIAL_KEY] = "a public key",
	};

	if (bundle->material == wanted)
		return 0;
	return error_set(err, REASON_SIGNATURE, 0,
		"the method demands a signature with %s, the signature file has one with %s",
		words[wanted], words[bundle->material]);
}

static int
open_by_method(const struct bundle *bundle, const struct trust *trust, struct payload *out,
	struct error *err)
{
	switch (trust->method) {
	case TRUST_METHOD_CERTIFICATE:
		if (check_material(bundle, BUNDLE_MATERIAL_CERTIFICATES, err))
			return -1;
		return open_with_certificates(bundle, trust, out, err);
	case TRUST_METHOD_KEY:
		if (check_material(bundle, BUNDLE_MATERIAL_KEY, err))
			return -1;
		return open_with_keys(bundle, trust, out, err);
	case TRUST_METHOD_NONE: break;
	}
	return error_set(err, REASON_CONFIG, 0, "no method to verify signatures is set");
}

int
envelope_open(const struct bundle *bundle, const struct trust *trust, struct payload *out,
	struct error *err)
{
	struct payload opened = { .bytes = bundle->payload.bytes,
		.length = bundle->payload.length };

	if (open_by_method(bundle, trust, &opened, err) ||
		digest_compute(DIGEST_SHA256, opened.bytes, opened.length, &opened.digest, err))
		return -1;
	*out = opened;
	return 0;
}
