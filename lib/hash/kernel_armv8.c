/*
 * SHA-256 by Armv8's cryptographic extension (Arm Architecture Reference Manual: SHA256H, SHA256H2,
 * SHA256SU0, SHA256SU1), for one, two or four messages in turns: one message leaves most of the
 * unit idle while its chain of rounds waits (facts: hashing, section 3).
 *
 * This file alone is compiled for the extension (Makefile), because clang before 16 takes no target
 * attribute for it.
 */
#include "hash/kernel_family.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_SHA2)

#include "base/mem.h"

#include <arm_neon.h>
#include <sys/auxv.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES_MAX = 4, GROUPS = 16 /* of four rounds */ };

/* One lane in registers. */
struct registers {
	uint32x4_t abcd;
	uint32x4_t efgh;
	uint32x4_t abcd_before; /* the block */
	uint32x4_t efgh_before;
	uint32x4_t w[4]; /* a ring of the last 16 words of the message schedule */
};

INLINE void
load_state(struct registers *r, const struct kernel_lane *lane)
{
	r->abcd = vld1q_u32(&lane->state[0]);
	r->efgh = vld1q_u32(&lane->state[4]);
}

INLINE void
store_state(const struct registers *r, struct kernel_lane *lane)
{
	vst1q_u32(&lane->state[0], r->abcd);
	vst1q_u32(&lane->state[4], r->efgh);
}

INLINE void
begin_block(struct registers *r, const uint8_t *block)
{
#pragma GCC unroll 4
	for (size_t i = 0; i < 4; i++)
		r->w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * i)));
	r->abcd_before = r->abcd;
	r->efgh_before = r->efgh;
}

INLINE void
end_block(struct registers *r)
{
	r->abcd = vaddq_u32(r->abcd, r->abcd_before);
	r->efgh = vaddq_u32(r->efgh, r->efgh_before);
}

INLINE void
four_rounds(struct registers *r, size_t group)
{
	uint32x4_t *w = &r->w[group % 4], before = r->abcd, wk;

	if (group >= 4)
		*w = vsha256su1q_u32(vsha256su0q_u32(*w, r->w[(group + 1) % 4]),
			r->w[(group + 2) % 4], r->w[(group + 3) % 4]);
	wk = vaddq_u32(*w, vld1q_u32(&kernel_constants[4 * group]));
	r->abcd = vsha256hq_u32(r->abcd, r->efgh, wk);
	r->efgh = vsha256h2q_u32(r->efgh, before, wk);
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
#define ROUNDS(i) four_rounds(&r[i], group)
			KERNEL_EACH_LANE(count, ROUNDS);
		}
#define END(i) end_block(&r[i])
		KERNEL_EACH_LANE(count, END);
	}
#define STORE(i) store_state(&r[i], lanes[i])
	KERNEL_EACH_LANE(count, STORE);
}

static void
advance_1(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 1, blocks);
}

static void
advance_2(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 2, blocks);
}

static void
advance_4(struct kernel_lane *const lanes[], size_t blocks)
{
	advance(lanes, 4, blocks);
}

static bool
is_here(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
}

/* Rates as published for Neoverse N1 (facts: hashing, section 3). */
static const struct kernel kernels[] = {
	{ "armv8 x1", 1, 1560000000, advance_1 },
	{ "armv8 x2", 2, 2900000000, advance_2 },
	{ "armv8 x4", 4, 3000000000, advance_4 },
};

const struct kernel_family kernel_armv8_family = { is_here, kernels, ARRAY_SIZE(kernels) };

#endif
