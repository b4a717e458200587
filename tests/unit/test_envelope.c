#include "oms/envelope.h"

#include "base/base64.h"
#include "base/mem.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/sign.h"
#include "oms/statement.h"
#include "oms/trust.h"

#include "tests/unit/signing_material.h"

/* A payload with every kind of byte that the encoding of release 0.2.0 escapes, and the message
 * that it signed for it, written by hand from its rules. */
static const char odd_payload[] = "{\"'\\\t\n\r\x01\x7f\xc3\xa9 ~\"}";
static const char odd_message[] = "DSSEV1 28 application/vnd.in-toto+json 15 "
				  "b'{\"\\'\\\\\\t\\n\\r\\x01\\x7f\\xc3\\xa9 ~\"}'";

static const char statement[] = "{\"_type\":\"x\"}";

/* A key bundle for PAYLOAD by the private key PEM. */
static void
make_key_bundle(const char *pem, const char *payload, struct bundle *out)
{
	struct key *key = signing_read_key(pem);
	cleanup_free char *text = NULL;
	struct error err = { 0 };

	if (sign_bundle(payload, strlen(payload), key, NULL, 0, &text, &err) ||
		bundle_parse(text, strlen(text), out, &err))
		material_need(false, err.text);
	key_release(key);
}

/* Replaces the signature of BUNDLE by one over MESSAGE. */
static void
sign_again(struct bundle *bundle, const char *pem, const char *message)
{
	struct key *key = signing_read_key(pem);
	struct error err = { 0 };

	free(bundle->signature.bytes);
	bundle->signature.bytes = NULL;
	if (key_sign(key, message, strlen(message), &bundle->signature.bytes,
		    &bundle->signature.length, &err))
		material_need(false, err.text);
	key_release(key);
}

/* Replaces the hint, and the rawBytes; NULL for none. */
static void
say_key(struct bundle *bundle, const char *hint, const char *pem)
{
	free(bundle->hint);
	free(bundle->key_bytes.bytes);
	bundle->hint = hint ? strdup(hint) : NULL;
	bundle->key_bytes.bytes = pem ? (uint8_t *)strdup(pem) : NULL;
	bundle->key_bytes.length = pem ? strlen(pem) : 0;
}

static void
check_encoding(void)
{
	cleanup_free uint8_t *message = NULL;
	struct error err = { 0 };
	struct digest digest = { 0 };
	size_t length = 0;

	check_result(envelope_encode((const uint8_t *)"{}", 2, &message, &length, &err),
		REASON_NONE, &err, "encode");
	check(length == 43 &&
			memcmp(message, "DSSEv1 28 application/vnd.in-toto+json 2 {}", 43) == 0,
		"encode: message", "%zu bytes", length);
	check_result(digest_compute(DIGEST_SHA256, message, length, &digest, &err), REASON_NONE,
		&err, "encode: digest");
	/* Known answer of facts: oms, section 3. */
	check_text(digest_format(&digest).text,
		"4842cb1ba6fed6e460d8a0d56f6b64ccf1f1e11f7714a7f282080d5780251b63",
		"encode: known answer");
}

/* What a key bundle says about its key, with both test keys trusted; MATERIAL_KEY has signed. */
static void
check_key_hints(void)
{
	static const struct {
		const char *name;
		const char *hint; /* "=" is the right one, "+" that of the other trusted key */
		const char *pem;
		enum reason wanted;
		const char *text;
		bool missing;
	} cases[] = {
		{ "hint: right", "=", NULL, REASON_NONE, NULL, false },
		{ "hint: empty", "", NULL, REASON_NONE, NULL, true },
		{ "hint: of the other trusted key", "+", NULL, REASON_SIGNATURE, NULL, false },
		{ "hint: of nobody", "00ff", NULL, REASON_SIGNATURE,
			"hint '00ff', which is not among the 2 trusted keys", false },
		{ "key bytes: right", NULL, MATERIAL_KEY_PUBLIC, REASON_NONE, NULL, false },
		{ "key bytes: right, hint empty", "", MATERIAL_KEY_PUBLIC, REASON_NONE, NULL,
			false },
		{ "key bytes: right, hint wrong", "00ff", MATERIAL_KEY_PUBLIC, REASON_SIGNATURE,
			"hint '00ff'", false },
		{ "key bytes: of the other key", NULL, MATERIAL_OTHER_PUBLIC, REASON_SIGNATURE,
			NULL, false },
		{ "key bytes: of the other key, hint right", "=", MATERIAL_OTHER_PUBLIC,
			REASON_SIGNATURE, NULL, false },
		{ "key bytes: of a third key", NULL,
			"-----BEGIN PUBLIC KEY-----\n"
			"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENYenkvnjrMzv3Sm6NsqpvY6ptvXo\n"
			"inaDpVDusgI+KFDtAyja8V4W4z0yJk4XkvgAyAzHeJz6uVzAGxubU5wSzw==\n"
			"-----END PUBLIC KEY-----\n",
			REASON_SIGNATURE, "is not among the 2 trusted keys", false },
		{ "key bytes: junk", NULL, "junk", REASON_BUNDLE, "publicKey.rawBytes", false },
		{ "key bytes: a certificate", NULL, MATERIAL_LEAF, REASON_BUNDLE,
			"publicKey.rawBytes", false },
	};
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_KEY, .at = MATERIAL_NOW };
	cleanup_bundle struct bundle bundle = { 0 }, other = { 0 };
	cleanup_free char *right = NULL;

	signing_trust(&trust, MATERIAL_OTHER_PUBLIC);
	signing_trust(&trust, MATERIAL_KEY_PUBLIC);
	make_key_bundle(MATERIAL_KEY, statement, &bundle);
	make_key_bundle(MATERIAL_OTHER, statement, &other);
	right = strdup(bundle.hint);
	material_need(right, "memory");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct payload payload = { 0 };
		struct error err = { 0 };
		const char *hint = cases[i].hint;

		if (hint && hint[0] == '=')
			hint = right;
		else if (hint && hint[0] == '+')
			hint = other.hint;
		say_key(&bundle, hint, cases[i].pem);
		material_check(envelope_open(&bundle, &trust, &payload, &err), cases[i].wanted,
			cases[i].text, &err, cases[i].name);
		check(payload.hint_missing == cases[i].missing &&
				(payload.bytes != NULL) == (cases[i].wanted == REASON_NONE),
			cases[i].name, "hint_missing %d, payload %p", payload.hint_missing,
			(const void *)payload.bytes);
	}
}

static void
check_key_contents(void)
{
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_KEY };
	cleanup_bundle struct bundle bundle = { 0 };
	struct payload payload = { 0 };
	struct digest digest = { 0 };
	struct error err = { 0 };
	char subject[CHAIN_NAME_MAX];

	signing_trust(&trust, MATERIAL_KEY_PUBLIC);
	make_key_bundle(MATERIAL_KEY, statement, &bundle);
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_NONE, &err, "key");
	check(payload.length == strlen(statement) && payload.bytes == bundle.payload.bytes &&
			!payload.legacy_encoding && !payload.hint_missing,
		"key: payload", "%zu bytes", payload.length);
	snprintf(subject, sizeof(subject), "key sha256:%s", bundle.hint);
	check_text(payload.signer.subject, subject, "key: signer");
	check(payload.signer.spki.algorithm == DIGEST_SHA256 &&
			payload.signer.fingerprint.algorithm == DIGEST_NONE,
		"key: signer's digests", "%d", payload.signer.spki.algorithm);
	if (digest_compute(DIGEST_SHA256, statement, strlen(statement), &digest, &err))
		material_need(false, err.text);
	check(digest_equal(&digest, &payload.digest), "key: digest of the payload", "%s",
		digest_format(&payload.digest).text);
}

/* One bit, one byte, another key: nothing of it may pass. */
static void
check_tampering(void)
{
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_KEY, .allow_legacy = true };
	cleanup_trust struct trust other = { .method = TRUST_METHOD_KEY };
	cleanup_bundle struct bundle bundle = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };
	uint8_t *grown;

	signing_trust(&trust, MATERIAL_KEY_PUBLIC);
	signing_trust(&other, MATERIAL_OTHER_PUBLIC);
	make_key_bundle(MATERIAL_KEY, statement, &bundle);
	check_result(envelope_open(&bundle, &other, &payload, &err), REASON_SIGNATURE, &err,
		"tampering: other key trusted");
	say_key(&bundle, "", NULL);
	check_result(envelope_open(&bundle, &other, &payload, &err), REASON_SIGNATURE, &err,
		"tampering: other key trusted, no hint");
	bundle.payload.bytes[bundle.payload.length - 1] ^= 1;
	material_check(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE,
		"key sha256:", &err, "tampering: last byte of the payload");
	bundle.payload.bytes[bundle.payload.length - 1] ^= 1;
	bundle.payload.length--;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE, &err,
		"tampering: shorter payload");
	bundle.payload.length++;
	grown = realloc(bundle.signature.bytes, bundle.signature.length + 1);
	material_need(grown, "memory");
	bundle.signature.bytes = grown;
	grown[bundle.signature.length++] = 0;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE, &err,
		"tampering: byte behind the signature");
	bundle.signature.length--;
	grown[bundle.signature.length - 1] ^= 1;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE, &err,
		"tampering: last byte of the signature");
	signing_trust(&trust, MATERIAL_OTHER_PUBLIC);
	material_check(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE,
		"none of the 2 trusted keys", &err, "tampering: none of two keys");
	check(!payload.bytes, "tampering: output", "was touched");
	grown[bundle.signature.length - 1] ^= 1;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_NONE, &err,
		"tampering: undone");
}

static void
check_legacy_encoding(void)
{
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_KEY };
	cleanup_bundle struct bundle bundle = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };

	signing_trust(&trust, MATERIAL_OTHER_PUBLIC);
	signing_trust(&trust, MATERIAL_KEY_PUBLIC);
	make_key_bundle(MATERIAL_KEY, odd_payload, &bundle);
	sign_again(&bundle, MATERIAL_KEY, odd_message);
	material_check(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE,
		"the encoding of release 0.2.0", &err, "legacy encoding: not allowed");
	trust.allow_legacy = true;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_NONE, &err,
		"legacy encoding: allowed");
	check(payload.legacy_encoding, "legacy encoding: marked", "not marked");
	sign_again(&bundle, MATERIAL_KEY,
		"DSSEv1 28 application/vnd.in-toto+json 15 "
		"b'{\"\\'\\\\\\t\\n\\r\\x01\\x7f\\xc3\\xa9 ~\"}'");
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE, &err,
		"legacy encoding: with the new header");
}

/* The caller chooses the method; the bundle's material must fit. */
static void
check_methods(void)
{
	cleanup_trust struct trust none = { 0 }, key = { .method = TRUST_METHOD_KEY };
	cleanup_trust struct trust certificate = { .method = TRUST_METHOD_CERTIFICATE };
	cleanup_bundle struct bundle bundle = { 0 }, nothing = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };

	make_key_bundle(MATERIAL_KEY, statement, &bundle);
	check_result(trust_add_pem(&none, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "x", &err),
		REASON_CONFIG, &err, "method: none, anchors");
	check_result(
		envelope_open(&bundle, &none, &payload, &err), REASON_CONFIG, &err, "method: none");
	material_check(envelope_open(&bundle, &key, &payload, &err), REASON_CONFIG,
		"no key is trusted", &err, "method: key without keys");
	check_result(trust_add_pem(&key, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "x", &err),
		REASON_CONFIG, &err, "method: key, certificate given");
	signing_trust(&key, MATERIAL_KEY_PUBLIC);
	check_result(envelope_open(&nothing, &key, &payload, &err), REASON_SIGNATURE, &err,
		"method: key, zeroed bundle");
	check_result(envelope_open(&nothing, &certificate, &payload, &err), REASON_SIGNATURE, &err,
		"method: certificate, zeroed bundle");
	material_check(envelope_open(&bundle, &certificate, &payload, &err), REASON_SIGNATURE,
		"demands a signature with certificates, the signature file has one with a public "
		"key",
		&err, "method: certificate, key bundle");
	bundle.material = BUNDLE_MATERIAL_CERTIFICATES;
	material_check(envelope_open(&bundle, &certificate, &payload, &err), REASON_CONFIG,
		"no certificate is trusted", &err, "method: certificate without anchors");
	material_check(envelope_open(&bundle, &key, &payload, &err), REASON_SIGNATURE,
		"demands a signature with a public key", &err, "method: key, certificate bundle");
	for (size_t i = key.key_count; i < LIMIT_ANCHORS; i++)
		signing_trust(&key, MATERIAL_KEY_PUBLIC);
	material_check(
		trust_add_pem(&key, MATERIAL_KEY_PUBLIC, strlen(MATERIAL_KEY_PUBLIC), "x", &err),
		REASON_CONFIG, "more than 64 keys", &err, "method: too many keys");
	check(!payload.bytes, "method: output", "was touched");
}

int
main(void)
{
	check_encoding();
	check_key_contents();
	check_key_hints();
	check_tampering();
	check_legacy_encoding();
	check_methods();
	return check_end();
}
