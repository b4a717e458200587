#include "border/certificate.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "border/certificate_name.h"
#include "border/digest.h"
#include "border/heap.h"
#include "border/key.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* OpenSSL's answers in our words. What is not listed refuses as untrusted, with its number. */
static const struct {
	int code;
	enum reason reason;
	const char *words;
} answers[] = {
	{ X509_V_ERR_CERT_NOT_YET_VALID, REASON_EXPIRED, "is not valid yet" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, REASON_EXPIRED, "has expired" },
	{ X509_V_ERR_UNSPECIFIED, REASON_INTERNAL, "OpenSSL cannot check it" },
	{ X509_V_ERR_OUT_OF_MEM, REASON_INTERNAL, "out of memory" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, REASON_UNTRUSTED,
		"its issuer is not among the configured anchors" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, REASON_UNTRUSTED,
		"its issuer is neither in the bundle nor among the configured anchors" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, REASON_UNTRUSTED,
		"its issuer is neither in the bundle nor among the configured anchors" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, REASON_UNTRUSTED,
		"is signed by itself and is not a configured anchor" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, REASON_UNTRUSTED,
		"is signed by itself and is not a configured anchor" },
	{ X509_V_ERR_CERT_UNTRUSTED, REASON_UNTRUSTED, "is not a configured anchor" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, REASON_UNTRUSTED,
		"its signature was not made by its issuer" },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, REASON_UNTRUSTED,
		"its signature cannot be read" },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, REASON_UNTRUSTED,
		"the key in it cannot be read" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, REASON_UNTRUSTED,
		"the start of its validity cannot be compared" },
	{ X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, REASON_UNTRUSTED,
		"the end of its validity cannot be compared" },
	{ X509_V_ERR_INVALID_CA, REASON_UNTRUSTED,
		"issued another certificate but is not a CA (basicConstraints CA:TRUE)" },
	{ X509_V_ERR_INVALID_NON_CA, REASON_UNTRUSTED, "is a CA where none is allowed" },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, REASON_UNTRUSTED,
		"issued another certificate without KeyUsage keyCertSign" },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, REASON_UNTRUSTED,
		"its path length constraint does not allow a chain that long" },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, REASON_UNTRUSTED,
		"the chain is longer than nimgate accepts" },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, REASON_UNTRUSTED, "is a proxy certificate" },
	{ X509_V_ERR_INVALID_EXTENSION, REASON_UNTRUSTED, "has an extension that is not valid" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, REASON_UNTRUSTED,
		"has a critical extension that is not known here" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, REASON_UNTRUSTED, "its key is too weak" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, REASON_UNTRUSTED, "its key is too weak" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, REASON_UNTRUSTED,
		"is signed with a digest that is too weak (SHA-1 or older)" },
	{ X509_V_ERR_PERMITTED_VIOLATION, REASON_UNTRUSTED,
		"its name lies outside what its issuer may name" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, REASON_UNTRUSTED,
		"its name is one that its issuer may not name" },
};

/* A rule of RFC 5280 that OpenSSL does not hold and that CERTIFICATE breaks, or NULL. */
static const char *
broken_rule(const X509 *certificate)
{
	int count = X509_get_ext_count(certificate);
	long version = X509_get_version(certificate);

	if (version < X509_VERSION_1 || version > X509_VERSION_3)
		return "is of a version that does not exist";
	if (count > 0 && version != X509_VERSION_3)
		return "has extensions, but is not of version 3";
	for (int i = 0; i < count; i++)
		if (X509_get_ext_by_OBJ(certificate,
			    X509_EXTENSION_get_object(X509_get_ext(certificate, i)), i) >= 0)
			return "has an extension twice";
	return NULL;
}

static X509 *
parse(const uint8_t *der, size_t length, enum reason reason, struct error *err)
{
	const unsigned char *end = der;
	const char *rule;
	X509 *certificate;

	if (length > LIMIT_DER_BYTES) {
		error_set(err, reason, 0, "a certificate of %zu bytes, %d are allowed", length,
			LIMIT_DER_BYTES);
		return NULL;
	}
	if (digest_start(err))
		return NULL;
	certificate = d2i_X509(NULL, &end, (long)length);
	ERR_clear_error();
	if (!certificate) {
		error_set(err, reason, 0, "%zu bytes that are no X.509 certificate in DER form",
			length);
		return NULL;
	}
	rule = broken_rule(certificate);
	if (end != der + length)
		error_set(err, reason, 0, "certificate %s is followed by %zu foreign bytes",
			certificate_subject(certificate).text, (size_t)(der + length - end));
	else if (rule)
		error_set(err, reason, 0, "certificate %s %s",
			certificate_subject(certificate).text, rule);
	else if (X509_get_extension_flags(certificate) & EXFLAG_INVALID)
		error_set(err, reason, 0, "certificate %s has an extension that cannot be read",
			certificate_subject(certificate).text);
	else {
		ERR_clear_error();
		return certificate;
	}
	ERR_clear_error();
	X509_free(certificate);
	return NULL;
}

struct x509_st *
certificate_parse(const uint8_t *der, size_t length, enum reason reason, struct error *err)
{
	size_t refusals = heap_refusals();
	X509 *certificate = parse(der, length, reason, err);

	/* Without memory OpenSSL may succeed and leave out the key, which it then never reads. */
	if (certificate && heap_refusals() == refusals)
		return certificate;
	X509_free(certificate);
	heap_refuse(refusals, err);
	return NULL;
}

void
certificate_release(struct x509_st *certificate)
{
	X509_free(certificate);
}

static struct certificate_name
show_name(const X509_NAME *x509_name)
{
	struct certificate_name name;
	char text[sizeof(name.text) - 2];
	int length = certificate_name_format(x509_name, text, sizeof(text));

	if (length < 0)
		snprintf(text, sizeof(text), "(unreadable)");
	else if ((size_t)length >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	else if (length == 0)
		snprintf(text, sizeof(text), "(no name)");
	snprintf(name.text, sizeof(name.text), "'%s'", text);
	return name;
}

struct certificate_name
certificate_subject(const struct x509_st *certificate)
{
	return show_name(X509_get_subject_name(certificate));
}

struct certificate_name
certificate_issuer(const struct x509_st *certificate)
{
	return show_name(X509_get_issuer_name(certificate));
}

struct certificate_date
certificate_date(int64_t time)
{
	const time_t seconds = (time_t)time;
	struct certificate_date date;
	struct tm tm;

	_Static_assert(sizeof(time_t) >= sizeof(int64_t), "CAs are valid until the year 9999");
	if (!gmtime_r(&seconds, &tm) ||
		strftime(date.text, sizeof(date.text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(date.text, sizeof(date.text), "second %lld", (long long)time);
	return date;
}

/* Both forms of RFC 5280 end in seconds and "Z"; OpenSSL reads more, but cannot compare that. */
static int
read_time(const ASN1_TIME *time, int64_t *out)
{
	const char *form =
		ASN1_STRING_type(time) == V_ASN1_UTCTIME ? "YYMMDDHHMMSSZ" : "YYYYMMDDHHMMSSZ";
	struct tm tm = { 0 };

	if ((size_t)ASN1_STRING_length(time) != strlen(form) || ASN1_TIME_to_tm(time, &tm) != 1)
		return -1;
	*out = timegm(&tm);
	return 0;
}

int
certificate_read_validity(
	const struct x509_st *certificate, struct certificate_validity *out, struct error *err)
{
	struct certificate_validity validity;

	if (read_time(X509_get0_notBefore(certificate), &validity.not_before) ||
		read_time(X509_get0_notAfter(certificate), &validity.not_after)) {
		ERR_clear_error();
		error_set(err, REASON_BUNDLE, 0, "certificate %s: its validity cannot be read",
			certificate_subject(certificate).text);
		return -1;
	}
	*out = validity;
	return 0;
}

/* True if ExtendedKeyUsage is absent, or allows to sign code. */
static bool
may_concern_code(X509 *certificate)
{
	return !(X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) ||
	       (X509_get_extended_key_usage(certificate) & (XKU_CODE_SIGN | XKU_ANYEKU));
}

int
certificate_check_signer(struct x509_st *certificate, struct error *err)
{
	uint32_t flags = X509_get_extension_flags(certificate);
	bool signs = (flags & EXFLAG_KUSAGE) &&
		     (X509_get_key_usage(certificate) & X509v3_KU_DIGITAL_SIGNATURE);
	bool signs_code = (flags & EXFLAG_XKUSAGE) &&
			  (X509_get_extended_key_usage(certificate) & XKU_CODE_SIGN);
	const char *rule = NULL;

	if (flags & EXFLAG_CRITICAL)
		rule = "has a critical extension that is not known here";
	else if ((flags & EXFLAG_KUSAGE) && !signs)
		rule = "its KeyUsage has no digitalSignature";
	else if (!may_concern_code(certificate))
		rule = "its ExtendedKeyUsage has neither codeSigning nor anyExtendedKeyUsage";
	else if (!signs && !signs_code)
		rule = "it has neither KeyUsage digitalSignature nor ExtendedKeyUsage codeSigning";
	if (rule)
		return error_set(err, REASON_UNTRUSTED, 0, "certificate %s may not sign models: %s",
			certificate_subject(certificate).text, rule);
	return 0;
}

int
certificate_check_issuer(struct x509_st *certificate, struct error *err)
{
	if (!may_concern_code(certificate))
		return error_set(err, REASON_UNTRUSTED, 0,
			"certificate %s may not issue to signers of models: its ExtendedKeyUsage "
			"has neither codeSigning nor anyExtendedKeyUsage",
			certificate_subject(certificate).text);
	return 0;
}

int
certificate_fingerprint(const struct x509_st *certificate, struct digest *out, struct error *err)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der), result;

	if (length > 0)
		result = digest_compute(DIGEST_SHA256, der, (size_t)length, out, err);
	else
		result = error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot write a certificate");
	OPENSSL_free(der);
	ERR_clear_error();
	return result;
}

struct key *
certificate_read_key(const struct x509_st *certificate, struct error *err)
{
	unsigned char *der = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	struct key *key = NULL;

	if (length > 0)
		key = key_parse_spki(der, (size_t)length, REASON_UNTRUSTED, err);
	else
		error_set(err, REASON_UNTRUSTED, 0, "its key cannot be read");
	OPENSSL_free(der);
	ERR_clear_error();
	if (!key)
		error_wrap(err, "certificate %s", certificate_subject(certificate).text);
	return key;
}

int
certificate_describe(const struct x509_st *certificate, struct chain_signer *out, struct error *err)
{
	struct certificate_validity validity;
	int length;

	if (certificate_read_validity(certificate, &validity, err))
		return -1;
	length = certificate_name_format(
		X509_get_subject_name(certificate), out->subject, sizeof(out->subject));
	if (length < 0)
		return error_no_memory(err);
	if ((size_t)length >= sizeof(out->subject))
		return error_set(err, REASON_UNTRUSTED, 0,
			"certificate %s: its subject is longer than %d characters",
			certificate_subject(certificate).text, CHAIN_NAME_MAX - 1);
	out->not_before = validity.not_before;
	out->not_after = validity.not_after;
	return 0;
}

int
certificate_refuse(const struct x509_st *certificate, int code, int64_t time, const char *when,
	struct error *err)
{
	struct certificate_name subject = { "(unknown)" }, issuer = { "(unknown)" };
	struct certificate_validity validity;

	if (certificate) {
		subject = certificate_subject(certificate);
		issuer = certificate_issuer(certificate);
	}
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		if (answers[i].code != code)
			continue;
		if (answers[i].reason == REASON_EXPIRED && certificate &&
			certificate_read_validity(certificate, &validity, err) == 0)
			return error_set(err, REASON_EXPIRED, 0,
				"certificate %s %s: valid from %s to %s, checked at %s (%s)",
				subject.text, answers[i].words,
				certificate_date(validity.not_before).text,
				certificate_date(validity.not_after).text,
				certificate_date(time).text, when);
		return error_set(err, answers[i].reason, 0, "certificate %s of issuer %s: %s",
			subject.text, issuer.text, answers[i].words);
	}
	return error_set(err, REASON_UNTRUSTED, 0, "certificate %s: refused by OpenSSL (code %d)",
		subject.text, code);
}
