/*
 * Message digests, by OpenSSL (the only module that includes its EVP digest interface) and, for
 * BLAKE3, which it does not have, by base/blake3.
 *
 * A digest carries its algorithm. A zeroed digest has none and equals nothing, not even another
 * zeroed one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct writer;

enum digest_algorithm {
	DIGEST_NONE,
	DIGEST_SHA256,  /* FIPS 180-4 */
	DIGEST_SHA384,  /* of signatures with P-384 */
	DIGEST_SHA512,  /* of signatures with P-521 */
	DIGEST_BLAKE2B, /* BLAKE2b-512 (RFC 7693), of files; unkeyed */
	DIGEST_BLAKE3,  /* 32 bytes, default mode, of files */
	DIGEST_COUNT,
};

enum { DIGEST_BYTES_MAX = 64 };

struct digest {
	enum digest_algorithm algorithm;
	uint8_t bytes[DIGEST_BYTES_MAX]; /* digest_size() of them count */
};

struct digest_text {
	char text[2 * DIGEST_BYTES_MAX + 1];
};

struct digest_context; /* a digest being computed; one thread at a time */

/* Bytes of a digest of that algorithm; 0 for DIGEST_NONE. */
size_t digest_size(enum digest_algorithm algorithm);

/* The name used by OMS ("sha256", ...); "none" for DIGEST_NONE. Static storage. */
const char *digest_name(enum digest_algorithm algorithm);

/* The algorithm of files that OMS calls NAME ("sha256", "blake2b", "blake3"); else DIGEST_NONE. */
enum digest_algorithm digest_of_files(const char *name) __attribute__((nonnull));

/* True if both have the same algorithm, one that is not DIGEST_NONE, and the same bytes. */
bool digest_equal(const struct digest *a, const struct digest *b) __attribute__((nonnull));

/* Lower-case hexadecimal digits; "" for DIGEST_NONE. */
struct digest_text digest_format(const struct digest *digest) __attribute__((nonnull));

/* The digest's digits as a JSON value, null where it is none; KEY as in base/writer.h. */
void digest_write(const struct digest *digest, const char *key, struct writer *writer)
	__attribute__((nonnull(1, 3)));

/*
 * Starts OpenSSL's default library context without its configuration file, whatever OPENSSL_CONF
 * says: no engine, no provider but the built-in one. Nothing of OpenSSL runs before somebody calls
 * this; digest, key, pem and chain do so themselves, and later calls cost nothing. Returns 0, or -1
 * with REASON_INTERNAL.
 */
int digest_start(struct error *err) __attribute__((nonnull));

/* Loads what OpenSSL (and the C library on its behalf) loads lazily, so that a filtered process
 * needs no file afterwards. Returns 0, or -1 with REASON_INTERNAL. */
int digest_warm_up(struct error *err) __attribute__((nonnull));

/* The digest of LENGTH bytes. Returns 0, or -1 with REASON_INTERNAL. */
int digest_compute(enum digest_algorithm algorithm, const void *bytes, size_t length,
	struct digest *out, struct error *err) __attribute__((nonnull(4, 5)));

/* A fresh context (caller: digest_close()), or NULL with REASON_INTERNAL: also where the OpenSSL
 * that runs has no such algorithm (FIPS and BLAKE2). */
struct digest_context *digest_open(enum digest_algorithm algorithm, struct error *err)
	__attribute__((nonnull));

/* Starts over, for the next message with the same algorithm. Returns 0, or -1 with REASON_INTERNAL.
 */
int digest_restart(struct digest_context *context, struct error *err) __attribute__((nonnull));

/* Adds LENGTH bytes. Returns 0, or -1 with REASON_INTERNAL. */
int digest_update(struct digest_context *context, const void *bytes, size_t length,
	struct error *err) __attribute__((nonnull(1, 4)));

/* Ends the message; only digest_restart() and digest_close() may follow. Returns 0, or -1 with
 * REASON_INTERNAL. */
int digest_finish(struct digest_context *context, struct digest *out, struct error *err)
	__attribute__((nonnull));

/* Frees the context; NULL is fine. */
void digest_close(struct digest_context *context);
