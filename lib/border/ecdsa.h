/*
 * The form of an ECDSA signature, by OpenSSL: the half of the border key that looks at bytes alone.
 * Used by key.c alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True for the one DER form of SEQUENCE{r,s}, both positive, and nothing else: OpenSSL alone would
 * take BER too, and so give one signature several forms.
 */
bool ecdsa_is_strict(const uint8_t *signature, size_t length) __attribute__((nonnull));
