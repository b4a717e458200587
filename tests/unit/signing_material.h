/*
 * What the tests that sign share: keys, certificates and trust from PEM text. Each ends the program
 * where the text is not what it should be.
 */
#pragma once

#include "border/chain.h"
#include "border/key.h"
#include "oms/sign.h"
#include "oms/trust.h"

#include "tests/unit/oms_material.h"

/* A pair of keys (caller: key_release()). */
static inline struct key *
signing_read_key(const char *pem)
{
	struct error err = { 0 };
	struct key *key = key_parse_private(pem, strlen(pem), NULL, "key", &err);

	material_need(key, err.text);
	return key;
}

/* The first certificate (caller: free() of its der). */
static inline struct sign_certificate
signing_read_certificate(const char *pem)
{
	struct sign_certificate certificate = { 0 };
	struct error err = { 0 };

	if (chain_read_der(
		    pem, strlen(pem), 0, "test", &certificate.der, &certificate.length, &err))
		material_need(false, err.text);
	return certificate;
}

static inline void
signing_trust(struct trust *trust, const char *pem)
{
	struct error err = { 0 };

	if (trust_add_pem(trust, pem, strlen(pem), "test", &err))
		material_need(false, err.text);
}
