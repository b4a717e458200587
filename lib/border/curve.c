#include "border/curve.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

/* The curves of OMS 1.0, each with its digest. */
static const struct {
	const char *group; /* OpenSSL's name */
	struct curve curve;
} curves[] = {
	{ "prime256v1", { "P-256", DIGEST_SHA256 } },
	{ "secp384r1", { "P-384", DIGEST_SHA384 } },
	{ "secp521r1", { "P-521", DIGEST_SHA512 } },
};

static bool
is_named_curve(const EVP_PKEY *pkey)
{
	char encoding[32];
	int from_explicit = 1;

	return EVP_PKEY_get_utf8_string_param(
		       pkey, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof(encoding), NULL) == 1 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0 &&
	       EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		       &from_explicit) == 1 &&
	       from_explicit == 0;
}

/* RFC 5480 section 2.2: a point of this form "MUST be rejected". */
static bool
is_hybrid(const EVP_PKEY *pkey)
{
	char form[16];

	return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		       form, sizeof(form), NULL) != 1 ||
	       strcmp(form, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_HYBRID) == 0;
}

const struct curve *
curve_find(const EVP_PKEY *pkey, enum reason reason, struct error *err)
{
	const char *type = EVP_PKEY_get0_type_name(pkey);
	char group[64];

	if (EVP_PKEY_is_a(pkey, "EC") != 1) {
		error_set(err, reason, 0, "%s key of %d bits found, " CURVE_WANTED,
			type ? type : "unknown", EVP_PKEY_get_bits(pkey));
		return NULL;
	}
	if (!is_named_curve(pkey)) {
		error_set(err, reason, 0,
			"elliptic-curve key with explicit parameters found, a named curve is "
			"needed");
		return NULL;
	}
	if (is_hybrid(pkey)) {
		error_set(err, reason, 0, "elliptic-curve key with a hybrid point found");
		return NULL;
	}
	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1) {
		error_set(err, reason, 0, "key on an unknown curve found, " CURVE_WANTED);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (strcmp(group, curves[i].group) == 0)
			return &curves[i].curve;
	error_set(err, reason, 0, "key on curve %s found, " CURVE_WANTED, TEXT_QUOTE(group));
	return NULL;
}
