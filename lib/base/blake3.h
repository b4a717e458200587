/*
 * BLAKE3 in its default mode with 32 bytes of output, portable and for one thread (the BLAKE3
 * paper, sections 2.1 to 2.5): OpenSSL does not have it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	BLAKE3_BYTES = 32, /* of the digest */
	BLAKE3_BLOCK_BYTES = 64,
	BLAKE3_WORDS = 8,      /* of a chaining value */
	BLAKE3_DEPTH_MAX = 54, /* of the tree: 2^64 bytes are 2^54 chunks */
};

/* A digest being computed; one thread at a time. Its members are the module's own. */
struct blake3 {
	uint32_t chaining[BLAKE3_WORDS]; /* of the chunk that is being read */
	uint64_t chunk;                  /* its number */
	uint8_t block[BLAKE3_BLOCK_BYTES];
	uint8_t block_length;
	uint8_t blocks;                                 /* of the chunk, compressed so far */
	uint8_t depth;                                  /* of the stack */
	uint32_t stack[BLAKE3_DEPTH_MAX][BLAKE3_WORDS]; /* left subtrees that wait for their right
							   ones */
};

/* Starts a message. */
void blake3_start(struct blake3 *state) __attribute__((nonnull));

/* Adds LENGTH bytes. */
void blake3_update(struct blake3 *state, const void *bytes, size_t length)
	__attribute__((nonnull(1)));

/* The digest of all that was added; more may be added afterwards. */
void blake3_finish(const struct blake3 *state, uint8_t out[static BLAKE3_BYTES])
	__attribute__((nonnull));
