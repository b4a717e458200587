/*
 * Base64 as RFC 4648 section 4 has it: standard alphabet, full padding, no white space, no stray
 * bits, nothing behind the end.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Decodes LENGTH characters. *out (owned by the caller, free()) is never NULL on success, also for
 * no bytes. Returns 0, or -1 where the text breaks a rule (errno EINVAL) or memory is out (ENOMEM).
 */
int base64_decode(const char *text, size_t length, uint8_t **out, size_t *out_length)
	__attribute__((nonnull));

/* Encodes into a fresh NUL-terminated string (caller: free()), or NULL without memory. */
char *base64_encode(const uint8_t *bytes, size_t length) __attribute__((nonnull));
