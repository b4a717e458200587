/*
 * Whom the caller trusts: one method, its anchors or keys, and the time that counts as now. Made
 * from the administrator's policy or the command line; a bundle has no say in it.
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chain_anchors;
struct error;
struct key;

enum trust_method {
	TRUST_METHOD_NONE,
	TRUST_METHOD_CERTIFICATE,
	TRUST_METHOD_KEY,
};

struct trust {
	enum trust_method method;
	struct chain_anchors *anchors;   /* owned; of TRUST_METHOD_CERTIFICATE */
	struct key *keys[LIMIT_ANCHORS]; /* owned; of TRUST_METHOD_KEY: any one of them may have
					    signed */
	size_t key_count;
	int64_t at;        /* seconds since 1970 UTC */
	bool allow_legacy; /* statements and envelopes of release 0.2.0 */
};

/*
 * Adds what one PEM file holds: certificates, or one public key, by the method. WHAT names the
 * file. Returns 0, or -1 with REASON_CONFIG.
 */
int trust_add_pem(struct trust *trust, const char *pem, size_t length, const char *what,
	struct error *err) __attribute__((nonnull));

/* Frees anchors and keys; a zeroed trust is fine. */
void trust_release(struct trust *trust);

#define cleanup_trust __attribute__((cleanup(trust_release)))
