/*
 * SHA-256 by Intel's SHA extensions (Software Developer's Manual, volume 2: SHA256RNDS2,
 * SHA256MSG1, SHA256MSG2), for one to four messages in turns.
 *
 * The two rounds of one instruction take 4 cycles and a second instruction can start after 2: one
 * message leaves half of the unit idle, which the rounds of another one fill (facts: hashing,
 * sections 3 and 4). All loops over lanes have a constant bound and are unrolled.
 */
#include "hash/kernel_family.h"

#if defined(__x86_64__)

#include "base/mem.h"

#include <cpuid.h>
#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,ssse3")))
/* Three operands save the moves that count where registers are short. */
#define SHANI_AVX __attribute__((target("sha,avx")))
#define INLINE    static inline __attribute__((always_inline)) SHANI

enum { LANES_MAX = 4, GROUPS = 16 /* of four rounds */ };

/* One lane in registers. The instructions want the words of the state in this order, the first one
 * on top. */
struct registers {
	__m128i abef;
	__m128i cdgh;
	__m128i abef_before; /* the block */
	__m128i cdgh_before;
	__m128i w[4]; /* a ring of the last 16 words of the message schedule */
	__m128i wk;   /* four of them with their constants added */
};

INLINE void
load_state(struct registers *r, const struct kernel_lane *lane)
{
	__m128i dcba = _mm_loadu_si128((const __m128i *)&lane->state[0]);
	__m128i hgfe = _mm_loadu_si128((const __m128i *)&lane->state[4]);
	__m128i badc = _mm_shuffle_epi32(dcba, 0xB1);
	__m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);

	r->abef = _mm_alignr_epi8(badc, efgh, 8);
	r->cdgh = _mm_blend_epi16(efgh, badc, 0xF0);
}

INLINE void
store_state(const struct registers *r, struct kernel_lane *lane)
{
	__m128i feba = _mm_shuffle_epi32(r->abef, 0x1B);
	__m128i dchg = _mm_shuffle_epi32(r->cdgh, 0xB1);

	_mm_storeu_si128((__m128i *)&lane->state[0], _mm_blend_epi16(feba, dchg, 0xF0));
	_mm_storeu_si128((__m128i *)&lane->state[4], _mm_alignr_epi8(dchg, feba, 8));
}

/* Four words of a block, which are big-endian. */
INLINE __m128i
load_words(const uint8_t *words)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)words), swap);
}

INLINE void
begin_block(struct registers *r, const uint8_t *block)
{
	r->w[0] = load_words(block);
	r->w[1] = load_words(block + 16);
	r->w[2] = load_words(block + 32);
	r->w[3] = load_words(block + 48);
	r->abef_before = r->abef;
	r->cdgh_before = r->cdgh;
}

INLINE void
end_block(struct registers *r)
{
	r->abef = _mm_add_epi32(r->abef, r->abef_before);
	r->cdgh = _mm_add_epi32(r->cdgh, r->cdgh_before);
}

/* The next four words of the schedule, in place of the oldest. */
INLINE void
schedule(__m128i w[4], size_t group)
{
	__m128i *oldest = &w[group % 4], newest = w[(group + 3) % 4];
	__m128i sum = _mm_sha256msg1_epu32(*oldest, w[(group + 1) % 4]);

	sum = _mm_add_epi32(sum, _mm_alignr_epi8(newest, w[(group + 2) % 4], 4));
	*oldest = _mm_sha256msg2_epu32(sum, newest);
}

/* The first two rounds of a group. */
INLINE void
first_rounds(struct registers *r, size_t group)
{
	const __m128i k = _mm_load_si128((const __m128i *)&kernel_constants[4 * group]);

	if (group >= 4)
		schedule(r->w, group);
	r->wk = _mm_add_epi32(r->w[group % 4], k);
	r->cdgh = _mm_sha256rnds2_epu32(r->cdgh, r->abef, r->wk);
}

INLINE void
last_rounds(struct registers *r)
{
	r->abef = _mm_sha256rnds2_epu32(r->abef, r->cdgh, _mm_shuffle_epi32(r->wk, 0x0E));
}

INLINE void
advance(struct kernel_lane *const lanes[], size_t count, size_t blocks)
{
	struct registers r[LANES_MAX];

#define LOAD(i) load_state(&r[i], lanes[i])
	KERNEL_EACH_LANE(count, LOAD);
	for (size_t offset = 0; offset < blocks * KERNEL_BLOCK_BYTES;
		offset += KERNEL_BLOCK_BYTES) {
#define BEGIN(i) begin_block(&r[i], lanes[i]->next + offset)
		KERNEL_EACH_LANE(count, BEGIN);
#pragma GCC unroll 16
		for (size_t group = 0; group < GROUPS; group++) {
#define FIRST(i) first_rounds(&r[i], group)
			KERNEL_EACH_LANE(count, FIRST);
#define LAST(i) last_rounds(&r[i])
			KERNEL_EACH_LANE(count, LAST);
		}
#define END(i) end_block(&r[i])
		KERNEL_EACH_LANE(count, END);
	}
#define STORE(i) store_state(&r[i], lanes[i])
	KERNEL_EACH_LANE(count, STORE);
}

static SHANI void
advance_1(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 1, blocks);
}

static SHANI void
advance_2(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 2, blocks);
}

static SHANI_AVX void
advance_3(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 3, blocks);
}

static SHANI_AVX void
advance_4(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 4, blocks);
}

/* __builtin_cpu_supports() of gcc 12 does not know "sha". */
static bool
is_here(void)
{
	unsigned int eax, ebx = 0, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA) &&
	       __builtin_cpu_supports("avx");
}

/* Rates as tests/bench/kernels.c measures them on Zen 5. */
static const struct kernel kernels[] = {
	{ "shani x1", 1, 2030000000, advance_1 },
	{ "shani x2", 2, 3240000000, advance_2 },
	{ "shani x3", 3, 3480000000, advance_3 },
	{ "shani x4", 4, 3730000000, advance_4 },
};

const struct kernel_family kernel_shani_family = { is_here, kernels, ARRAY_SIZE(kernels) };

#endif
