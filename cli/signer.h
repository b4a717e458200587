/*
 * Who signs: the private key, and the certificates that go into the bundle.
 */
#pragma once

#include "base/limits.h"
#include "oms/sign.h"

#include <stddef.h>

struct error;
struct key;
struct option_list;

struct signer {
	struct key *key;                                          /* owned */
	struct sign_certificate certificates[LIMIT_CERTIFICATES]; /* owned; leaf first */
	size_t count;                                             /* 0: method key */
};

/* Reads the private key at PATH. PASSWORD may be NULL. Returns 0 (caller: signer_release()), or -1
 * with REASON_CONFIG. */
int signer_read_key(struct signer *signer, const char *path, const char *password,
	struct error *err) __attribute__((nonnull(1, 2, 4)));

/*
 * Reads the signing certificate at PATH, which must be the key's and fit to sign now, and all
 * certificates of the files in CHAINS. Returns 0, or -1 with REASON_CONFIG.
 */
int signer_read_certificates(struct signer *signer, const char *path,
	const struct option_list *chains, struct error *err) __attribute__((nonnull));

/* Frees everything, wipes the key; a zeroed one is fine. */
void signer_release(struct signer *signer);

#define cleanup_signer __attribute__((cleanup(signer_release)))
