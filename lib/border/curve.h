/*
 * The curves of OMS 1.0, each with its digest, by OpenSSL: the half of the border key that says
 * which keys are keys. Used by key.c alone.
 */
#pragma once

#include "base/reason.h"
#include "border/digest.h"

struct error;
struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

struct curve {
	const char *name; /* for people; static storage */
	enum digest_algorithm digest;
};

/* Ends a refusal. */
#define CURVE_WANTED "an elliptic-curve key on P-256, P-384 or P-521 is needed"

/*
 * The curve of a key: a named one of the three, its point written compressed or not. Static
 * storage; or NULL, with REASON and a text that says which kind of key was found instead.
 */
const struct curve *curve_find(const struct evp_pkey_st *pkey, enum reason reason,
	struct error *err) __attribute__((nonnull));
