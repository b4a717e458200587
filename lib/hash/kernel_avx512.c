/*
 * SHA-256 of sixteen messages at once with AVX-512: each 32-bit word of FIPS 180-4 is a vector with
 * one element a message.
 *
 * All operations take 2 cycles, so the time is that of the longest chain, from e to the next e and
 * from a to the next a, and of how well the rest fits in beside it. Compilers re-associate sums and
 * lengthen the chain; barriers keep the order in which they are written here (facts: hashing,
 * section 4: +60 %).
 */
#include "hash/kernel_family.h"

#if defined(__x86_64__)

#include "base/mem.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define INLINE static inline __attribute__((always_inline)) AVX512

enum {
	LANES = 16,
	WORDS = 16, /* of a block */
	ROUNDS = 64,
	PREFETCH_BYTES = 1024, /* ahead: a few blocks' time is what memory takes to answer */
};

/* The sum of A and B, which the compiler may not take apart. */
INLINE __m512i
add(__m512i a, __m512i b)
{
	__m512i sum = _mm512_add_epi32(a, b);

	__asm__("" : "+v"(sum));
	return sum;
}

INLINE __m512i
xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

/* The functions of FIPS 180-4 section 4.1.2, under its names. */
INLINE __m512i
ch(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xCA);
}

INLINE __m512i
maj(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xE8);
}

INLINE __m512i
big_sigma0(__m512i x)
{
	return xor3(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22));
}

INLINE __m512i
big_sigma1(__m512i x)
{
	return xor3(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25));
}

INLINE __m512i
small_sigma0(__m512i x)
{
	return xor3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
}

INLINE __m512i
small_sigma1(__m512i x)
{
	return xor3(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10));
}

/* Rows become columns: element j of r[i] goes to element i of r[j]. */
INLINE void
transpose(__m512i r[16])
{
	__m512i t[16];

#pragma GCC unroll 8
	for (size_t i = 0; i < 16; i += 2) {
		t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
	}
#pragma GCC unroll 4
	for (size_t i = 0; i < 16; i += 4) {
		r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
	/* Now r[4 i + j] has, in quarter k, element 4 k + j of the rows from 4 i on. */
#pragma GCC unroll 4
	for (size_t j = 0; j < 4; j++) {
		__m512i low = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x44);
		__m512i high = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xEE);
		__m512i low2 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x44);
		__m512i high2 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xEE);

		t[j] = _mm512_shuffle_i32x4(low, low2, 0x88);
		t[4 + j] = _mm512_shuffle_i32x4(low, low2, 0xDD);
		t[8 + j] = _mm512_shuffle_i32x4(high, high2, 0x88);
		t[12 + j] = _mm512_shuffle_i32x4(high, high2, 0xDD);
	}
#pragma GCC unroll 16
	for (size_t i = 0; i < 16; i++)
		r[i] = t[i];
}

/* The words of one block of each lane, which are big-endian. */
INLINE void
load_blocks(__m512i w[WORDS], struct kernel_lane *const lanes[], size_t offset)
{
	const __m512i swap = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);

#pragma GCC unroll 16
	for (size_t i = 0; i < LANES; i++) {
		const uint8_t *block = lanes[i]->next + offset;

		_mm_prefetch((const char *)((uintptr_t)block + PREFETCH_BYTES), _MM_HINT_T0);
		w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(block), swap);
	}
	transpose(w);
}

/* The word of the schedule that is wanted 16 rounds later, in place of one that is not wanted any
 * more; FIPS 180-4 section 6.2.2, step 1. */
INLINE void
schedule(__m512i w[WORDS], size_t i)
{
	__m512i sum = add(w[i % 16], w[(i + 9) % 16]);

	sum = add(sum, small_sigma0(w[(i + 1) % 16]));
	w[i % 16] = add(sum, small_sigma1(w[(i + 14) % 16]));
}

/* FIPS 180-4 section 6.2.2, step 3, but that D and H take the new values of e and a. Each of these
 * is one sum away from the sigma of its predecessor. */
INLINE void
one_round(__m512i a, __m512i b, __m512i c, __m512i *d, __m512i e, __m512i f, __m512i g, __m512i *h,
	__m512i wk)
{
	__m512i early = add(*h, wk);
	__m512i for_e = add(add(early, *d), ch(e, f, g));
	__m512i for_a = add(add(early, ch(e, f, g)), big_sigma1(e));

	for_a = add(for_a, maj(a, b, c));
	*d = add(for_e, big_sigma1(e));
	*h = add(for_a, big_sigma0(a));
}

/* Sixteen rounds from round FIRST on. The words for the next sixteen, if there are any, are made
 * beside them: in time, so that no round waits for its word. */
INLINE void
rounds(__m512i v[8], __m512i w[WORDS], size_t first, bool are_last)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < 16; i++) {
		__m512i k = _mm512_set1_epi32((int)kernel_constants[first + i]);

		one_round(v[-i % 8], v[(1 - i) % 8], v[(2 - i) % 8], &v[(3 - i) % 8],
			v[(4 - i) % 8], v[(5 - i) % 8], v[(6 - i) % 8], &v[(7 - i) % 8],
			add(w[i], k));
		if (!are_last)
			schedule(w, i);
	}
}

INLINE void
hash_blocks(__m512i state[8], __m512i w[WORDS])
{
	__m512i v[8];

#pragma GCC unroll 8
	for (size_t i = 0; i < 8; i++)
		v[i] = state[i];
	for (size_t first = 0; first < ROUNDS - 16; first += 16)
		rounds(v, w, first, false);
	rounds(v, w, ROUNDS - 16, true);
#pragma GCC unroll 8
	for (size_t i = 0; i < 8; i++)
		state[i] = _mm512_add_epi32(state[i], v[i]);
}

static AVX512 void
advance(struct kernel_lane *const lanes[], size_t blocks)
{
	__m512i state[16], w[WORDS];

#pragma GCC unroll 16
	for (size_t i = 0; i < LANES; i++)
		state[i] = _mm512_maskz_loadu_epi32(0xFF, lanes[i]->state);
	transpose(state);
	for (size_t offset = 0; offset < blocks * KERNEL_BLOCK_BYTES;
		offset += KERNEL_BLOCK_BYTES) {
		load_blocks(w, lanes, offset);
		hash_blocks(state, w);
	}
	transpose(state);
#pragma GCC unroll 16
	for (size_t i = 0; i < LANES; i++)
		_mm512_mask_storeu_epi32(lanes[i]->state, 0xFF, state[i]);
}

static bool
is_here(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

/* The rate as tests/bench/kernels.c measures it on Zen 5. */
static const struct kernel kernels[] = {
	{ "avx512 x16", LANES, 7200000000, advance },
};

const struct kernel_family kernel_avx512_family = { is_here, kernels, ARRAY_SIZE(kernels) };

#endif
