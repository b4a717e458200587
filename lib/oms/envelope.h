/*
 * The DSSE envelope: where bytes become trustworthy. envelope_open() is the only maker of a struct
 * payload.
 *
 * Implements DSSE's pre-authentication encoding and OMS 1.0 section 5 for the methods certificate
 * and key (facts: oms, sections 3, 9, 10), and on request the encoding that release 0.2.0 used by
 * mistake.
 */
#pragma once

#include "border/chain.h"
#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bundle;
struct error;
struct trust;

/* A payload whose signature was made by somebody whom the caller trusts. */
struct payload {
	const uint8_t *bytes; /* borrowed from the bundle */
	size_t length;
	struct digest digest;       /* SHA-256 of the bytes: what models.lock pins */
	struct chain_signer signer; /* key method: subject "key sha256:<hint>", spki, no times */
	bool legacy_encoding; /* verified only by the 0.2.0 encoding; statement_parse() accepts no
				 other statement then */
	bool hint_missing;    /* key method: the bundle's hint is empty; worth a warning */
};

/*
 * Verifies the bundle's only signature against TRUST. OUT borrows from BUNDLE.
 * Returns 0, or -1 with REASON_SIGNATURE (wrong signature, other key, or material of another method
 * than the caller's), REASON_UNTRUSTED, REASON_EXPIRED, REASON_BUNDLE, or REASON_CONFIG (TRUST
 * names no method, anchor or key).
 */
int envelope_open(const struct bundle *bundle, const struct trust *trust, struct payload *out,
	struct error *err) __attribute__((nonnull));

/*
 * The message that is signed: "DSSEv1 28 application/vnd.in-toto+json LENGTH PAYLOAD". *out is
 * owned by the caller (free()). Returns 0, or -1 with REASON_INTERNAL.
 */
int envelope_encode(const uint8_t *payload, size_t length, uint8_t **out, size_t *out_length,
	struct error *err) __attribute__((nonnull));
