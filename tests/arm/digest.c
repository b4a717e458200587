/*
 * SHA-256 in plain C, in place of border/digest.c where no OpenSSL is built for: what the Arm
 * kernels are compared with. Slow, and independent of lib/: its constants are computed, from the
 * primes that FIPS 180-4 names, not copied.
 */
#include "border/digest.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64, ROUNDS = 64, STATE_WORDS = 8 };

struct digest_context {
	uint32_t state[STATE_WORDS];
	uint32_t constants[ROUNDS];
	uint64_t length;
	uint8_t block[BLOCK_BYTES];
};

/* The first 32 bits behind the point of the root of PRIME, square (POWER 2) or cube (3): sections
 * 4.2.2 and 5.3.3. */
static uint32_t
root_fraction(unsigned int prime, int power)
{
	unsigned __int128 wanted = (unsigned __int128)prime << 32 * power;
	uint64_t low = 0, high = UINT64_C(1) << 38;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		unsigned __int128 product = (unsigned __int128)middle * middle;

		if (power == 3)
			product *= middle;
		if (product <= wanted)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static bool
is_prime(unsigned int number)
{
	for (unsigned int i = 2; i * i <= number; i++)
		if (number % i == 0)
			return false;
	return true;
}

static uint32_t
rotate(uint32_t x, int bits)
{
	return x >> bits | x << (32 - bits);
}

/* Section 6.2.2. */
static void
hash_block(struct digest_context *context)
{
	uint32_t w[ROUNDS], v[STATE_WORDS];

	for (int t = 0; t < ROUNDS; t++) {
		const uint8_t *word = context->block + 4 * t;

		if (t < 16)
			w[t] = (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 |
			       (uint32_t)word[2] << 8 | word[3];
		else
			w[t] = w[t - 16] + w[t - 7] +
			       (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) +
			       (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10);
	}
	memcpy(v, context->state, sizeof(v));
	for (int t = 0; t < ROUNDS; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + context->constants[t] + w[t];
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < STATE_WORDS; i++)
		context->state[i] += v[i];
}

struct digest_context *
digest_open(enum digest_algorithm algorithm, struct error *err)
{
	struct digest_context *context = calloc(1, sizeof(*context));
	unsigned int prime = 2;

	(void)err;
	if (algorithm != DIGEST_SHA256 || !context)
		abort();
	for (int i = 0; i < ROUNDS; prime++) {
		if (!is_prime(prime))
			continue;
		if (i < STATE_WORDS)
			context->state[i] = root_fraction(prime, 2);
		context->constants[i++] = root_fraction(prime, 3);
	}
	return context;
}

int
digest_update(struct digest_context *context, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < length; i++) {
		context->block[context->length++ % BLOCK_BYTES] = ((const uint8_t *)bytes)[i];
		if (context->length % BLOCK_BYTES == 0)
			hash_block(context);
	}
	return 0;
}

int
digest_finish(struct digest_context *context, struct digest *out, struct error *err)
{
	uint64_t bits = 8 * context->length;
	uint8_t byte = 0x80;

	do {
		digest_update(context, &byte, 1, err);
		byte = 0;
	} while (context->length % BLOCK_BYTES != BLOCK_BYTES - 8);
	for (int i = 56; i >= 0; i -= 8) {
		byte = (uint8_t)(bits >> i);
		digest_update(context, &byte, 1, err);
	}
	*out = (struct digest){ .algorithm = DIGEST_SHA256 };
	for (int i = 0; i < 32; i++)
		out->bytes[i] = (uint8_t)(context->state[i / 4] >> 8 * (3 - i % 4));
	return 0;
}

void
digest_close(struct digest_context *context)
{
	free(context);
}

int
digest_compute(enum digest_algorithm algorithm, const void *bytes, size_t length,
	struct digest *out, struct error *err)
{
	struct digest_context *context = digest_open(algorithm, err);

	digest_update(context, bytes, length, err);
	digest_finish(context, out, err);
	digest_close(context);
	return 0;
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return a->algorithm == DIGEST_SHA256 && b->algorithm == DIGEST_SHA256 &&
	       memcmp(a->bytes, b->bytes, 32) == 0;
}
