/*
 * Keys and signatures. The first byte says what the others are.
 */
#include "border/key.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "tests/unit/oms_material.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static const struct key *signer;
static uint8_t *spki; /* of its public half, in DER */
static size_t spki_length;
static const char message[] = "a message";

void
fuzz_prepare(void)
{
	BIO *bio = BIO_new_mem_buf(MATERIAL_KEY_PUBLIC, -1);
	long length;

	signer = signer_key();
	FUZZ_PROMISE(bio && PEM_bytes_read_bio(
				    &spki, &length, NULL, PEM_STRING_PUBLIC, bio, NULL, NULL) == 1);
	spki_length = (size_t)length;
	BIO_free(bio);
}

static void
check_pair(const struct key *key)
{
	struct error err = { 0 };
	uint8_t *signature = NULL;
	size_t length = 0;

	if (key_sign(key, message, sizeof(message), &signature, &length, &err) == 0)
		FUZZ_PROMISE(key_check_signature(key, key_digest(key), message, sizeof(message),
				     signature, length, &err) == 0 ||
			     err.reason == REASON_SIGNATURE);
	else
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	free(signature);
}

/* One key is all that there is. */
static void
check_spki(const uint8_t *der, size_t size, const struct key *key)
{
	const uint8_t *end = der;
	EVP_PKEY *pkey;

	if (!key)
		return;
	fuzz_trust_memory();
	pkey = d2i_PUBKEY(NULL, &end, (long)size);
	FUZZ_PROMISE(pkey && EVP_PKEY_is_a(pkey, "EC") && end == der + size);
	EVP_PKEY_free(pkey);
	fuzz_distrust_memory();
}

/* Nothing may stand behind a key. */
static void
follow(const uint8_t *data, size_t size)
{
	uint8_t bytes[1024];
	struct error err = { 0 };

	if (size == 0 || spki_length + size > sizeof(bytes))
		return;
	memcpy(bytes, spki, spki_length);
	memcpy(bytes + spki_length, data, size);
	FUZZ_PROMISE(!key_parse_spki(bytes, spki_length + size, REASON_BUNDLE, &err) &&
		     fuzz_is_refusal(&err));
}

static void
check_key(struct key *key, bool pair, const struct error *err)
{
	struct error other = { 0 };
	struct digest digest;

	if (!key) {
		FUZZ_PROMISE(fuzz_is_refusal(err));
		return;
	}
	FUZZ_PROMISE(key_curve(key)[0] == 'P' && digest_size(key_digest(key)) >= 32);
	FUZZ_PROMISE(key_hint(key, &digest, &other) == 0 || fuzz_is_refusal(&other));
	FUZZ_PROMISE(key_spki_digest(key, &digest, &other) == 0 || fuzz_is_refusal(&other));
	if (pair)
		check_pair(key);
	else
		FUZZ_PROMISE(key_sign(key, message, sizeof(message), &(uint8_t *){ NULL },
				     &(size_t){ 0 }, &other) &&
			     other.reason == REASON_CONFIG);
	key_release(key);
}

/* No fuzzer makes a signature; and the same one in two forms would be two. */
static void
check_signature(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	uint8_t genuine[160], *made = NULL;
	size_t length = 0, at;

	FUZZ_PROMISE(key_check_signature(
			     signer, DIGEST_SHA256, message, sizeof(message), data, size, &err) &&
		     fuzz_is_refusal(&err));
	FUZZ_PROMISE(key_check_signature(
			     signer, DIGEST_NONE, message, sizeof(message), data, size, &err) &&
		     err.reason == REASON_SIGNATURE);
	if (size == 0 || key_sign(signer, message, sizeof(message), &made, &length, &err))
		return;
	memcpy(genuine, made, length);
	free(made);
	at = data[0] % length;
	if (size == 1) {
		genuine[length++] = data[0]; /* something behind the end */
	} else if (data[1] == 0) {
		length = at;
	} else {
		genuine[at] ^= data[1];
	}
	FUZZ_PROMISE(key_check_signature(signer, DIGEST_SHA256, message, sizeof(message), genuine,
			     length, &err) &&
		     fuzz_is_refusal(&err));
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct error err = { 0 };
	struct key *key;

	if (size == 0)
		return;
	switch (data[0] % 5) {
	case 0:
		check_key(key_parse_private(text, size - 1, NULL, "input", &err), true, &err);
		break;
	case 1:
		check_key(key_parse_private(text, size - 1, "password", "input", &err), true, &err);
		break;
	case 2: check_key(key_parse_public(text, size - 1, "input", &err), false, &err); break;
	case 3:
		key = key_parse_spki(data + 1, size - 1, REASON_BUNDLE, &err);
		check_spki(data + 1, size - 1, key);
		check_key(key, false, &err);
		follow(data + 1, size - 1);
		break;
	default: check_signature(data + 1, size - 1); break;
	}
}
