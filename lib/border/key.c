#include "border/key.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/curve.h"
#include "border/ecdsa.h"
#include "border/heap.h"
#include "border/pem.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum { POINT_MAX = 1 + 2 * 66 }; /* of P-521, uncompressed */

struct key {
	EVP_PKEY *pkey; /* owned */
	const struct curve *curve;
	uint8_t point[POINT_MAX]; /* public, uncompressed */
	size_t point_length;
	bool private;
};

/* What OpenSSL's password callback is given. */
struct password {
	const char *text; /* borrowed; NULL where there is none */
	bool asked;
};

static int
give_password(char *out, int size, int for_writing, void *context)
{
	struct password *password = context;
	size_t length;

	(void)for_writing;
	password->asked = true;
	if (!password->text)
		return -1;
	length = strlen(password->text);
	if (size < 0 || length > (size_t)size)
		return -1;
	memcpy(out, password->text, length);
	return (int)length;
}

/* OpenSSL's check that the point is one (PRIVATE: and that it is that of the private part). */
static bool
is_consistent(EVP_PKEY *pkey, bool private)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	bool good = context && EVP_PKEY_public_check_quick(context) == 1 &&
		    (!private || EVP_PKEY_pairwise_check(context) == 1);

	EVP_PKEY_CTX_free(context);
	return good;
}

static bool
has_private_part(const EVP_PKEY *pkey)
{
	BIGNUM *number = NULL;
	bool has = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1;

	BN_clear_free(number);
	return has;
}

/* The hint is defined for the uncompressed form (facts: oms, section 10). */
static int
read_point(struct key *key, struct error *err)
{
	if (EVP_PKEY_set_utf8_string_param(key->pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1 ||
		EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, key->point,
			sizeof(key->point), &key->point_length) != 1)
		return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot give a point");
	return 0;
}

/* Makes a key of PKEY, which it takes in any case. */
static struct key *
make_key(EVP_PKEY *pkey, bool private, enum reason reason, struct error *err)
{
	struct key made = { .curve = curve_find(pkey, reason, err), .private = private };
	struct key *key = NULL;

	if (!made.curve)
		goto out;
	if (private && !has_private_part(pkey)) {
		error_set(err, reason, 0, "public key found, a private key is needed");
		goto out;
	}
	if (!is_consistent(pkey, private)) {
		error_set(err, reason, 0, "%s key found whose parts do not fit together",
			made.curve->name);
		goto out;
	}
	made.pkey = pkey;
	if (read_point(&made, err))
		goto out;
	key = malloc(sizeof(*key));
	if (!key) {
		error_no_memory(err);
		goto out;
	}
	*key = made;
	pkey = NULL;
out:
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return key;
}

static struct key *
parse_spki(const uint8_t *der, size_t length, enum reason reason, struct error *err)
{
	const unsigned char *end = der;
	EVP_PKEY *pkey;

	if (digest_start(err))
		return NULL;
	pkey = length > LIMIT_DER_BYTES ? NULL : d2i_PUBKEY(NULL, &end, (long)length);
	ERR_clear_error();
	if (!pkey) {
		error_set(err, reason, 0, "public key that cannot be read found, " CURVE_WANTED);
		return NULL;
	}
	if (end != der + length) {
		EVP_PKEY_free(pkey);
		error_set(err, reason, 0, "%zu bytes found behind the end of a public key",
			(size_t)(der + length - end));
		return NULL;
	}
	return make_key(pkey, false, reason, err);
}

struct key *
key_parse_spki(const uint8_t *der, size_t length, enum reason reason, struct error *err)
{
	size_t refusals = heap_refusals();
	struct key *key = parse_spki(der, length, reason, err);

	if (!key)
		heap_refuse(refusals, err);
	return key;
}

struct key *
key_parse_public(const char *pem, size_t length, const char *what, struct error *err)
{
	cleanup_block struct pem_block block = { 0 };
	struct key *key = NULL;

	if (pem_find(pem, length, PEM_STRING_PUBLIC, &block, err) == 0)
		key = key_parse_spki(block.bytes, block.length, REASON_CONFIG, err);
	if (!key)
		error_wrap(err, "%s", what);
	return key;
}

static EVP_PKEY *
read_private(const char *pem, size_t length, const char *password, struct error *err)
{
	struct password given = { .text = password };
	EVP_PKEY *pkey;
	BIO *bio = NULL;

	if (length <= LIMIT_PEM_BYTES)
		bio = BIO_new_mem_buf(pem, (int)length);
	if (!bio) {
		ERR_clear_error();
		error_set(err, REASON_CONFIG, 0, "cannot be read as PEM (%zu bytes)", length);
		return NULL;
	}
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_password, &given);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey)
		return pkey;
	if (given.asked && password)
		error_set(err, REASON_CONFIG, 0, "the password does not open this private key");
	else if (given.asked)
		error_set(err, REASON_CONFIG, 0,
			"this private key is encrypted, and no password was given");
	else
		error_set(err, REASON_CONFIG, 0, "holds no private key in PEM form%s",
			pem_hint(pem, length));
	return NULL;
}

struct key *
key_parse_private(
	const char *pem, size_t length, const char *password, const char *what, struct error *err)
{
	size_t refusals = heap_refusals();
	struct key *key = NULL;
	EVP_PKEY *pkey = NULL;

	if (digest_start(err) == 0)
		pkey = read_private(pem, length, password, err);
	if (pkey)
		key = make_key(pkey, true, REASON_CONFIG, err);
	if (key)
		return key;
	heap_refuse(refusals, err);
	error_wrap(err, "%s", what);
	return NULL;
}

void
key_release(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum digest_algorithm
key_digest(const struct key *key)
{
	return key->curve->digest;
}

const char *
key_curve(const struct key *key)
{
	return key->curve->name;
}

bool
key_equal(const struct key *a, const struct key *b)
{
	return a->curve == b->curve && a->point_length == b->point_length &&
	       memcmp(a->point, b->point, a->point_length) == 0;
}

int
key_hint(const struct key *key, struct digest *out, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long length = 0;
	int result;

	if (bio && PEM_write_bio_PUBKEY(bio, key->pkey) == 1)
		length = BIO_get_mem_data(bio, &text);
	if (length > 0)
		result = digest_compute(DIGEST_SHA256, text, (size_t)length, out, err);
	else
		result = error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot write a public key");
	BIO_free(bio);
	ERR_clear_error();
	return result;
}

int
key_spki_digest(const struct key *key, struct digest *out, struct error *err)
{
	unsigned char *der = NULL;
	int length = i2d_PUBKEY(key->pkey, &der), result;

	if (length > 0)
		result = digest_compute(DIGEST_SHA256, der, (size_t)length, out, err);
	else
		result = error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot write a public key");
	OPENSSL_free(der);
	ERR_clear_error();
	return result;
}

int
key_check_signature(const struct key *key, enum digest_algorithm algorithm, const void *message,
	size_t message_length, const uint8_t *signature, size_t signature_length, struct error *err)
{
	size_t refusals = heap_refusals();
	EVP_MD_CTX *context;
	bool genuine;

	if (digest_size(algorithm) == 0)
		return error_set(err, REASON_SIGNATURE, 0, "no digest is known for the signature");
	if (!ecdsa_is_strict(signature, signature_length)) {
		error_set(err, REASON_SIGNATURE, 0,
			"the signature (%zu bytes) is not an ECDSA signature in strict DER form",
			signature_length);
		return heap_refuse(refusals, err);
	}
	context = EVP_MD_CTX_new();
	genuine = context &&
		  EVP_DigestVerifyInit_ex(context, NULL, digest_name(algorithm), NULL, NULL,
			  key->pkey, NULL) == 1 &&
		  EVP_DigestVerify(context, signature, signature_length, message, message_length) ==
			  1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (genuine)
		return 0;
	error_set(err, REASON_SIGNATURE, 0,
		"the signature was not made over these bytes by this %s key with %s",
		key_curve(key), digest_name(algorithm));
	return heap_refuse(refusals, err);
}

int
key_sign(const struct key *key, const void *message, size_t message_length, uint8_t **signature,
	size_t *signature_length, struct error *err)
{
	cleanup_free uint8_t *made = NULL;
	EVP_MD_CTX *context;
	size_t size = 0, length;
	bool done;

	if (!key->private)
		return error_set(
			err, REASON_CONFIG, 0, "a public key cannot sign; a private key is needed");
	context = EVP_MD_CTX_new();
	done = context &&
	       EVP_DigestSignInit_ex(context, NULL, digest_name(key_digest(key)), NULL, NULL,
		       key->pkey, NULL) == 1 &&
	       EVP_DigestSign(context, NULL, &size, message, message_length) == 1;
	made = done ? malloc(size) : NULL;
	length = size;
	/* Without memory OpenSSL 3.0 calls it a success, with a length of -1. */
	done = made && EVP_DigestSign(context, made, &length, message, message_length) == 1 &&
	       length <= size && ecdsa_is_strict(made, length);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!done)
		return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot sign");
	*signature = take_ptr(made);
	*signature_length = length;
	return 0;
}
