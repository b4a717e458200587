/*
 * What one certificate says of itself, for people who decide whether to trust it. Nothing here says
 * that it is trusted.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct chain_signer;
struct error;

/* Subject, validity, and SHA-256 of the certificate and of its key, of any kind; no issuer. DER has
 * exactly LENGTH bytes. Returns 0, or -1 with REASON_CONFIG. */
int chain_describe_der(const uint8_t *der, size_t length, struct chain_signer *out,
	struct error *err) __attribute__((nonnull));
