/*
 * Who may sign: pins on top of the anchors. An anchor says which publisher is trusted; a pin, which
 * of all signers that it ever vouched for.
 *
 * Each entry asks for a subject, a key or a certificate, or several of them; a signer counts if it
 * has all that one entry asks for. Nothing is compared by likeness: subjects byte for byte in the
 * form of border/certificate_name.h, digests as digests.
 */
#pragma once

#include "border/digest.h"

#include <stddef.h>

struct chain_signer;
struct error;

enum signers_kind {
	SIGNERS_NONE,
	SIGNERS_SUBJECT,     /* the certificate's subject, as text */
	SIGNERS_SPKI,        /* SHA-256 of the key's DER, point uncompressed */
	SIGNERS_FINGERPRINT, /* SHA-256 of the certificate's DER, or of its issuer's */
};

struct signers_pin {
	size_t entry; /* the one that it belongs to */
	enum signers_kind kind;
	char *subject;        /* owned; of SIGNERS_SUBJECT */
	struct digest digest; /* of the other kinds */
};

struct signers {
	struct signers_pin *pins; /* owned; entries in order */
	size_t count;             /* 0: whoever the anchors vouch for */
	size_t capacity;
};

/* The kind's word in policies and messages: "subject", "spki", "fingerprint". Static storage. */
const char *signers_word(enum signers_kind kind);

/*
 * Adds TEXT to ENTRY, which is the last one's or the next. Of two pins of one entry and kind either
 * will do. Digests are 64 hexadecimal digits in either case, with or without a colon between each
 * two, and "sha256:" may stand before them. Returns 0 (caller: signers_release()), or -1 with
 * REASON_CONFIG.
 */
int signers_add(struct signers *signers, size_t entry, enum signers_kind kind, const char *text,
	struct error *err) __attribute__((nonnull));

/*
 * Is SIGNER, whose signature is genuine, one of those who may sign? Returns 0, also where there is
 * no pin at all, or -1 with REASON_SIGNER, which names who was found and who was wanted.
 */
int signers_check(const struct signers *signers, const struct chain_signer *signer,
	struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed one is fine. */
void signers_release(struct signers *signers);

#define cleanup_signers __attribute__((cleanup(signers_release)))
