/*
 * Elliptic-curve keys and ECDSA by OpenSSL: the only module that includes its EVP_PKEY and PEM key
 * interfaces.
 *
 * Three curves, named form only: P-256, P-384, P-521; each is tied to one digest (facts: oms,
 * section 3). No other key is a key here.
 */
#pragma once

#include "base/reason.h"
#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct key; /* a public key, or a pair of private and public key */

/*
 * Reads "-----BEGIN PUBLIC KEY-----" from PEM text (text before it and CRLF are fine; a compressed
 * point too). WHAT names the file. Returns a key (caller: key_release()), or NULL with
 * REASON_CONFIG: DER, certificates, RSA, Ed25519, other curves.
 */
struct key *key_parse_public(const char *pem, size_t length, const char *what, struct error *err)
	__attribute__((nonnull));

/* As key_parse_public() for a PEM private key (SEC1 or PKCS #8); PASSWORD (may be NULL) opens an
 * encrypted one. */
struct key *key_parse_private(const char *pem, size_t length, const char *password,
	const char *what, struct error *err) __attribute__((nonnull(1, 4, 5)));

/*
 * A key from DER SubjectPublicKeyInfo, as certificates hold it. Returns a key, or NULL with REASON
 * and a text that says which kind of key was found instead.
 */
struct key *key_parse_spki(const uint8_t *der, size_t length, enum reason reason, struct error *err)
	__attribute__((nonnull));

/* Frees the key (private parts are wiped); NULL is fine. */
void key_release(struct key *key);

/* The digest that signatures of this key use: SHA-256, SHA-384 or SHA-512 by the curve. */
enum digest_algorithm key_digest(const struct key *key) __attribute__((nonnull));

/* The curve's name for people: "P-256", "P-384", "P-521". Static storage. */
const char *key_curve(const struct key *key) __attribute__((nonnull));

/* True if both hold the same public key. */
bool key_equal(const struct key *a, const struct key *b) __attribute__((nonnull));

/*
 * The hint by which OMS key bundles name a key: SHA-256 of the PEM text of its
 * SubjectPublicKeyInfo, uncompressed point, LF lines (facts: oms, section 10). Returns 0, or -1
 * with REASON_INTERNAL.
 */
int key_hint(const struct key *key, struct digest *out, struct error *err) __attribute__((nonnull));

/* SHA-256 of the DER SubjectPublicKeyInfo as re-encoded. Returns 0, or -1 with REASON_INTERNAL. */
int key_spki_digest(const struct key *key, struct digest *out, struct error *err)
	__attribute__((nonnull));

/*
 * Checks an ECDSA signature over MESSAGE: strict DER SEQUENCE{r,s} without trailing bytes; high s
 * is accepted. ALGORITHM is key_digest() but for the legacy form. Returns 0, or -1 with
 * REASON_SIGNATURE.
 */
int key_check_signature(const struct key *key, enum digest_algorithm algorithm, const void *message,
	size_t message_length, const uint8_t *signature, size_t signature_length, struct error *err)
	__attribute__((nonnull));

/*
 * Signs MESSAGE with key_digest(). *signature (owned by the caller, free()) is DER. Returns 0, or
 * -1 with REASON_INTERNAL, or REASON_CONFIG where the key has no private part.
 */
int key_sign(const struct key *key, const void *message, size_t message_length, uint8_t **signature,
	size_t *signature_length, struct error *err) __attribute__((nonnull));
