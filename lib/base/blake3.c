#include "base/blake3.h"

#include <string.h>

enum {
	BLOCKS_PER_CHUNK = 16,
	ROUNDS = 7,
	STATE_WORDS = 16,

	/* Domain separation (section 2.1, table 3). */
	CHUNK_START = 1 << 0,
	CHUNK_END = 1 << 1,
	PARENT = 1 << 2,
	ROOT = 1 << 3,
};

/* Those of SHA-256 (table 1). */
static const uint32_t initial[BLAKE3_WORDS] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

/* Word I of the next round's message is word permutation[I] of this round's (table 2). */
static const uint8_t permutation[STATE_WORDS] = { 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15,
	8 };

/* What one compression takes beside the chaining value. */
struct block {
	uint32_t words[STATE_WORDS];
	uint64_t counter; /* the chunk's number; 0 for parents */
	uint32_t length;  /* bytes of it that count */
	uint32_t flags;
};

static uint32_t
load32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static inline uint32_t
rotate(uint32_t word, int count)
{
	return word >> count | word << (32 - count);
}

/* The quarter-round: mixes two message words into a column or diagonal. */
static inline void
mix(uint32_t *v, int a, int b, int c, int d, uint32_t x, uint32_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 12);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 8);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 7);
}

static inline void
mix_round(uint32_t *v, const uint32_t *m)
{
	mix(v, 0, 4, 8, 12, m[0], m[1]);
	mix(v, 1, 5, 9, 13, m[2], m[3]);
	mix(v, 2, 6, 10, 14, m[4], m[5]);
	mix(v, 3, 7, 11, 15, m[6], m[7]);
	mix(v, 0, 5, 10, 15, m[8], m[9]);
	mix(v, 1, 6, 11, 12, m[10], m[11]);
	mix(v, 2, 7, 8, 13, m[12], m[13]);
	mix(v, 3, 4, 9, 14, m[14], m[15]);
}

/* The compression function, of whose output nothing but the chaining value is needed: OUT may be
 * CHAINING. */
static void
compress(const uint32_t chaining[static BLAKE3_WORDS], const struct block *block,
	uint32_t out[static BLAKE3_WORDS])
{
	uint32_t v[STATE_WORDS], message[STATE_WORDS], next[STATE_WORDS];

	memcpy(v, chaining, BLAKE3_WORDS * sizeof(*v));
	memcpy(v + BLAKE3_WORDS, initial, 4 * sizeof(*v));
	v[12] = (uint32_t)block->counter;
	v[13] = (uint32_t)(block->counter >> 32);
	v[14] = block->length;
	v[15] = block->flags;
	memcpy(message, block->words, sizeof(message));
	for (int round = 0; round < ROUNDS; round++) {
		mix_round(v, message);
		for (int i = 0; i < STATE_WORDS; i++)
			next[i] = message[permutation[i]];
		memcpy(message, next, sizeof(message));
	}
	for (int i = 0; i < BLAKE3_WORDS; i++)
		out[i] = v[i] ^ v[i + BLAKE3_WORDS];
}

/* The current block of the current chunk, zeros behind what it holds. */
static struct block
chunk_block(const struct blake3 *state, uint32_t more_flags)
{
	struct block block = { .counter = state->chunk, .length = state->block_length };
	uint8_t padded[BLAKE3_BLOCK_BYTES] = { 0 };

	block.flags = more_flags | (state->blocks == 0 ? CHUNK_START : 0);
	memcpy(padded, state->block, state->block_length);
	for (size_t i = 0; i < STATE_WORDS; i++)
		block.words[i] = load32(padded + 4 * i);
	return block;
}

static struct block
parent_block(const uint32_t left[static BLAKE3_WORDS], const uint32_t right[static BLAKE3_WORDS],
	uint32_t more_flags)
{
	struct block block = { .length = BLAKE3_BLOCK_BYTES, .flags = PARENT | more_flags };

	memcpy(block.words, left, BLAKE3_WORDS * sizeof(*left));
	memcpy(block.words + BLAKE3_WORDS, right, BLAKE3_WORDS * sizeof(*right));
	return block;
}

static void
start_chunk(struct blake3 *state)
{
	memcpy(state->chaining, initial, sizeof(initial));
	state->block_length = 0;
	state->blocks = 0;
}

void
blake3_start(struct blake3 *state)
{
	start_chunk(state);
	state->chunk = 0;
	state->depth = 0;
}

/* The chunk is whole and more follows: it joins every subtree that it completes, one for each zero
 * bit at the end of the number of chunks so far (section 5.1.2). */
static void
end_chunk(struct blake3 *state)
{
	struct block block = chunk_block(state, CHUNK_END);
	uint32_t value[BLAKE3_WORDS];
	uint64_t chunks = ++state->chunk;

	compress(state->chaining, &block, value);
	for (; (chunks & 1) == 0; chunks >>= 1) {
		block = parent_block(state->stack[--state->depth], value, 0);
		compress(initial, &block, value);
	}
	memcpy(state->stack[state->depth++], value, sizeof(value));
	start_chunk(state);
}

/* The block is whole and more follows. */
static void
end_block(struct blake3 *state)
{
	struct block block;

	if (state->blocks == BLOCKS_PER_CHUNK - 1) {
		end_chunk(state);
		return;
	}
	block = chunk_block(state, 0);
	compress(state->chaining, &block, state->chaining);
	state->blocks++;
	state->block_length = 0;
}

void
blake3_update(struct blake3 *state, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	size_t take;

	while (length) {
		if (state->block_length == BLAKE3_BLOCK_BYTES)
			end_block(state);
		take = (size_t)(BLAKE3_BLOCK_BYTES - state->block_length);
		if (take > length)
			take = length;
		memcpy(state->block + state->block_length, at, take);
		state->block_length = (uint8_t)(state->block_length + take);
		at += take;
		length -= take;
	}
}

void
blake3_finish(const struct blake3 *state, uint8_t out[static BLAKE3_BYTES])
{
	size_t depth = state->depth;
	struct block block = chunk_block(state, CHUNK_END | (depth ? 0 : ROOT));
	uint32_t value[BLAKE3_WORDS];

	compress(state->chaining, &block, value);
	while (depth) {
		depth--;
		block = parent_block(state->stack[depth], value, depth ? 0 : ROOT);
		compress(initial, &block, value);
	}
	for (int i = 0; i < BLAKE3_WORDS; i++)
		for (int j = 0; j < 4; j++)
			out[4 * i + j] = (uint8_t)(value[i] >> 8 * j);
}
