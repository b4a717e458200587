/*
 * X.509 certificates by OpenSSL: the only module that includes its X.509 interfaces.
 *
 * Anchors come from files that the caller read, never from a default store. The rules are those of
 * facts: oms, section 9: the chain ends in a self-signed anchor, is valid now (or at the given
 * time) and at the leaf's notBefore, uses no SHA-1 and no RSA below 2048, and the leaf may sign
 * code. OpenSSL's words never reach the user: each of its error codes is mapped to our own.
 */
#pragma once

#include "border/digest.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct key;

struct chain_anchors; /* certificates that are trusted, and intermediates that came with them */

enum {
	CHAIN_NAME_MAX = 512,
	CHAIN_INTERMEDIATES_MAX = 4, /* between leaf and anchor; real chains have one or two */
};

/* Who signed, for messages, logs and pins. */
struct chain_signer {
	char subject[CHAIN_NAME_MAX]; /* in the form of border/certificate_name.h, e.g.
					 "CN=...,O=NVIDIA Corporation,C=US" */
	struct digest fingerprint;    /* SHA-256 of the leaf's DER */
	struct digest issuer;         /* the same of the certificate that issued the leaf, on the
					 way to the anchor now */
	struct digest spki;           /* SHA-256 of its public key's DER */
	int64_t not_before;           /* seconds since 1970 UTC */
	int64_t not_after;            /* the year 9999 fits */
};

/* One DER certificate of a bundle; borrowed bytes. */
struct chain_certificate {
	const uint8_t *der;
	size_t length;
};

/*
 * Reads all certificates of a PEM file into the anchors. *anchors is NULL at first; call once per
 * file; caller: chain_release(). WHAT names the file. Returns 0, or -1 with REASON_CONFIG: none
 * inside, DER instead of PEM, more than LIMIT_ANCHORS, malformed.
 */
int chain_add_anchors(struct chain_anchors **anchors, const char *pem, size_t length,
	const char *what, struct error *err) __attribute__((nonnull));

/* Frees the anchors; NULL is fine. */
void chain_release(struct chain_anchors *anchors);

/* Number of certificates in the anchors. */
size_t chain_count(const struct chain_anchors *anchors) __attribute__((nonnull));

/* SHA-256 fingerprint of anchor INDEX (0-based, less than chain_count()). Returns 0, or -1 with
 * REASON_INTERNAL. */
int chain_fingerprint(const struct chain_anchors *anchors, size_t index, struct digest *out,
	struct error *err) __attribute__((nonnull));

/*
 * Verifies the chain: certificates[0] is the leaf, the others are helpers in any order. AT is the
 * time that counts as now, in seconds since 1970 UTC. On success *key is the leaf's key (caller:
 * key_release()) and *signer says who it is. Returns 0, or -1 with REASON_BUNDLE (not a
 * certificate, more than LIMIT_CERTIFICATES, trailing bytes), REASON_EXPIRED (names the certificate
 * and the date) or REASON_UNTRUSTED (all else: no path to an anchor, not allowed to sign, key of
 * another kind).
 */
int chain_verify(const struct chain_anchors *anchors, const struct chain_certificate *certificates,
	size_t count, int64_t at, struct key **key, struct chain_signer *signer, struct error *err)
	__attribute__((nonnull));

/*
 * For signing: DER of the first certificate of a PEM file, in *der (owned by the caller, free());
 * and of each certificate of a file in turn, by INDEX. Returns 0; 1 when the file has certificates
 * but none with that INDEX; or -1 with REASON_CONFIG (none at all, malformed).
 */
int chain_read_der(const char *pem, size_t length, size_t index, const char *what, uint8_t **der,
	size_t *der_length, struct error *err) __attribute__((nonnull));

/*
 * For signing: refuses a leaf that chain_verify() would refuse for its own sake (usage, curve,
 * validity at AT); gives its key. Returns 0, or -1 with REASON_CONFIG.
 */
int chain_check_leaf(const uint8_t *der, size_t length, int64_t at, struct key **key,
	struct error *err) __attribute__((nonnull));
