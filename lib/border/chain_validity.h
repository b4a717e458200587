/*
 * How long certificates are valid: for dashboards, of certificates that nobody trusts yet.
 */
#pragma once

#include "border/chain.h"

#include <stddef.h>
#include <stdint.h>

struct error;

struct chain_validity {
	char subject[CHAIN_NAME_MAX]; /* as of struct chain_signer */
	int64_t not_after;            /* seconds since 1970 UTC */
};

/* Reads one certificate, LENGTH bytes of DER. Returns 0, or -1 with REASON_BUNDLE, or
 * REASON_UNTRUSTED where its subject is too long. */
int chain_validity_read(const uint8_t *der, size_t length, struct chain_validity *out,
	struct error *err) __attribute__((nonnull));
