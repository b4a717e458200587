/*
 * The signature file: a Sigstore bundle v0.3 in JSON, taken apart. Nothing in it is trusted yet.
 *
 * Implements OMS 1.0 section 4 (bundle) by the strict column of facts: oms, section 2. The bundle
 * says which material it carries; which method counts is the caller's choice alone (oms/trust.h).
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define BUNDLE_MEDIA_TYPE   "application/vnd.dev.sigstore.bundle.v0.3+json"
#define BUNDLE_PAYLOAD_TYPE "application/vnd.in-toto+json"

enum bundle_material {
	BUNDLE_MATERIAL_NONE,
	BUNDLE_MATERIAL_CERTIFICATES,
	BUNDLE_MATERIAL_KEY,
};

struct bundle_blob {
	uint8_t *bytes; /* owned by the bundle */
	size_t length;
};

struct bundle {
	enum bundle_material material;

	/* BUNDLE_MATERIAL_CERTIFICATES: DER, leaf first. */
	struct bundle_blob certificates[LIMIT_CERTIFICATES];
	size_t certificate_count;

	/* BUNDLE_MATERIAL_KEY */
	char *hint;                   /* owned; NULL when absent; "" is an empty hint */
	struct bundle_blob key_bytes; /* rawBytes: PEM text in bundles of releases up to 1.0.1;
					 bytes NULL when absent */

	/* The DSSE envelope. Bytes of the payload are untrusted until envelope_open(). */
	struct bundle_blob payload;
	struct bundle_blob signature; /* the only one */
};

/*
 * Parses the LENGTH bytes of a bundle file. Returns 0 (caller: bundle_release()), or -1 with
 * REASON_BUNDLE (or REASON_INTERNAL without memory); the text names the member and the rule.
 */
int bundle_parse(const char *bytes, size_t length, struct bundle *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed bundle is fine. */
void bundle_release(struct bundle *bundle);

#define cleanup_bundle __attribute__((cleanup(bundle_release)))
