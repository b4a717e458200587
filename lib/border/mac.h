/*
 * Message authentication codes: HMAC-SHA256 (RFC 2104, FIPS 198-1), by OpenSSL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { MAC_KEY_BYTES = 32, MAC_BYTES = 32 };

/* A key, ready for use; all of them by one thread. A child process has none: at fork() they are
 * wiped there, and whatever is asked of one fails. */
struct mac;

/* Prepares KEY. Returns it (caller: mac_close()), or NULL with REASON_INTERNAL. */
struct mac *mac_open(const uint8_t key[static MAC_KEY_BYTES], struct error *err)
	__attribute__((nonnull));

/* The code of LENGTH bytes. Returns 0, or -1 with REASON_INTERNAL. */
int mac_compute(struct mac *mac, const void *bytes, size_t length, uint8_t out[static MAC_BYTES],
	struct error *err) __attribute__((nonnull));

/* Whether CODE is that of LENGTH bytes; in constant time. False on every failure. */
bool mac_verify(struct mac *mac, const void *bytes, size_t length,
	const uint8_t code[static MAC_BYTES]) __attribute__((nonnull));

/* Fresh random bytes from the kernel for a key; never from a user-space generator. Returns 0, or -1
 * with REASON_INTERNAL. */
int mac_make_key(uint8_t out[static MAC_KEY_BYTES], struct error *err) __attribute__((nonnull));

/* Wipes the key and frees it; NULL is fine. */
void mac_close(struct mac *mac);
