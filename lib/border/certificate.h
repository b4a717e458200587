/*
 * One X.509 certificate by OpenSSL: the half of the border chain that looks at single certificates.
 * Used by chain.c alone.
 *
 * Nothing here says that a certificate is trusted.
 */
#pragma once

#include "base/reason.h"
#include "border/chain.h"

#include <stddef.h>
#include <stdint.h>

struct digest;
struct error;
struct key;
struct x509_st; /* OpenSSL's X509 */

enum { CERTIFICATE_NAME_MAX = 128 };

/* Who a certificate is, for messages: quoted, printable ASCII, bounded. */
struct certificate_name {
	char text[CERTIFICATE_NAME_MAX];
};

/* A time for messages: "2026-04-01T00:00:00Z". */
struct certificate_date {
	char text[40];
};

struct certificate_validity {
	int64_t not_before; /* seconds since 1970 UTC */
	int64_t not_after;
};

/*
 * Reads exactly LENGTH bytes of DER: at most LIMIT_DER_BYTES, nothing behind the end, extensions
 * that can be read. Returns a certificate (caller: certificate_release()), or NULL with REASON.
 */
struct x509_st *certificate_parse(const uint8_t *der, size_t length, enum reason reason,
	struct error *err) __attribute__((nonnull));

/* Frees the certificate; NULL is fine. */
void certificate_release(struct x509_st *certificate);

struct certificate_name certificate_subject(const struct x509_st *certificate)
	__attribute__((nonnull));
struct certificate_name certificate_issuer(const struct x509_st *certificate)
	__attribute__((nonnull));

struct certificate_date certificate_date(int64_t time);

/* Both ends of the validity. Returns 0, or -1 with REASON_BUNDLE where they are no times. */
int certificate_read_validity(const struct x509_st *certificate, struct certificate_validity *out,
	struct error *err) __attribute__((nonnull));

/*
 * May the holder sign models? KeyUsage, if there, has digitalSignature; ExtendedKeyUsage, if there,
 * has codeSigning or anyExtendedKeyUsage; and one of digitalSignature and codeSigning is there
 * (facts: oms, section 9). Returns 0, or -1 with REASON_UNTRUSTED.
 */
int certificate_check_signer(struct x509_st *certificate, struct error *err)
	__attribute__((nonnull));

/* May an intermediate issue such certificates? ExtendedKeyUsage, if there, has codeSigning or
 * anyExtendedKeyUsage. Returns 0, or -1 with REASON_UNTRUSTED. */
int certificate_check_issuer(struct x509_st *certificate, struct error *err)
	__attribute__((nonnull));

/* SHA-256 of its DER. Returns 0, or -1 with REASON_INTERNAL. */
int certificate_fingerprint(const struct x509_st *certificate, struct digest *out,
	struct error *err) __attribute__((nonnull));

/* The holder's key (caller: key_release()), or NULL with REASON_UNTRUSTED: other kinds of key. */
struct key *certificate_read_key(const struct x509_st *certificate, struct error *err)
	__attribute__((nonnull));

/* Subject and validity of OUT. Returns 0, or -1 with REASON_UNTRUSTED where the subject is longer
 * than CHAIN_NAME_MAX allows (a cut name must not match a pin), or as certificate_read_validity().
 */
int certificate_describe(const struct x509_st *certificate, struct chain_signer *out,
	struct error *err) __attribute__((nonnull));

/*
 * Says why X509_verify_cert() refused with CODE (X509_V_ERR_...) at CERTIFICATE (NULL where it
 * named none), when it was asked about TIME, which is WHEN in words. Always returns -1, with
 * REASON_EXPIRED, REASON_UNTRUSTED or REASON_INTERNAL.
 */
int certificate_refuse(const struct x509_st *certificate, int code, int64_t time, const char *when,
	struct error *err) __attribute__((nonnull(4, 5)));
