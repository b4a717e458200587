#include "hash/kernel.h"

#include "base/error.h"
#include "base/mem.h"
#include "border/digest.h"
#include "hash/kernel_family.h"

#include <fcntl.h>
#include <string.h>

enum {
	LENGTH_BYTES = 8, /* of the message's length at its end, FIPS 180-4 section 5.1.1 */
	PADDING_MIN = 1 + LENGTH_BYTES,
};

__attribute__((aligned(64))) const uint32_t kernel_constants[64] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

/* H(0) of FIPS 180-4 section 5.3.3. */
static const uint32_t initial_state[KERNEL_STATE_WORDS] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
	0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

static const struct kernel_family *const families[] = {
#if defined(__x86_64__)
	&kernel_shani_family,
	&kernel_avx512_family,
#elif defined(__aarch64__)
	&kernel_armv8_family,
#endif
	NULL,
};

bool
kernel_is_fips(const char *path)
{
	char first = 0;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT;
	return read(fd, &first, 1) != 1 || first != '0';
}

void
kernel_find(struct kernel_set *out)
{
	struct kernel_set set = { 0 };
	bool fips = kernel_is_fips(KERNEL_FIPS_PATH);

	for (size_t i = 0; !fips && families[i]; i++) {
		if (!families[i]->is_here())
			continue;
		for (size_t k = 0; k < families[i]->count; k++)
			set.kernels[set.count++] = &families[i]->kernels[k];
	}
	*out = set;
}

void
kernel_start(struct kernel_lane *lane, const uint8_t *next)
{
	memcpy(lane->state, initial_state, sizeof(lane->state));
	lane->bytes = 0;
	lane->next = next;
}

void
kernel_advance(
	const struct kernel *kernel, struct kernel_lane *const lanes[], size_t live, size_t blocks)
{
	struct kernel_lane *all[KERNEL_LANES_MAX];
	struct kernel_lane idle = *lanes[0]; /* reads what is in the cache already */

	for (size_t i = 0; i < kernel->lanes; i++)
		all[i] = i < live ? lanes[i] : &idle;
	kernel->advance(all, blocks);
	for (size_t i = 0; i < live; i++) {
		lanes[i]->next += blocks * KERNEL_BLOCK_BYTES;
		lanes[i]->bytes += blocks * KERNEL_BLOCK_BYTES;
	}
}

static void
put_big_endian(uint8_t *out, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

void
kernel_finish(
	const struct kernel *kernel, struct kernel_lane *lane, size_t length, struct digest *out)
{
	size_t rest = length % KERNEL_BLOCK_BYTES;
	size_t blocks = rest + PADDING_MIN <= KERNEL_BLOCK_BYTES ? 1 : 2;
	uint8_t last[2 * KERNEL_BLOCK_BYTES] = { 0 };
	struct digest digest = { .algorithm = DIGEST_SHA256 };

	kernel_advance(kernel, &lane, 1, length / KERNEL_BLOCK_BYTES);
	if (rest)
		memcpy(last, lane->next, rest);
	last[rest] = 0x80;
	put_big_endian(last + blocks * KERNEL_BLOCK_BYTES - LENGTH_BYTES, 8 * (lane->bytes + rest),
		LENGTH_BYTES);
	lane->next = last;
	kernel_advance(kernel, &lane, 1, blocks);
	lane->next = NULL;
	for (size_t i = 0; i < KERNEL_STATE_WORDS; i++)
		put_big_endian(digest.bytes + 4 * i, lane->state[i], 4);
	*out = digest;
}

/* Lengths around the ends of blocks and of padding, and longer ones; then each lane gets something
 * to do at the same time. */
static const size_t check_lengths[] = { 0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 129, 191, 192, 640,
	1000, 4109 };

enum {
	CHECK_LENGTHS = ARRAY_SIZE(check_lengths),
	CHECK_MESSAGES = CHECK_LENGTHS + KERNEL_LANES_MAX,
	CHECK_BYTES = 4109 + CHECK_MESSAGES,
};

/* Each message starts elsewhere, so no two lanes have the same, and most are unaligned. */
struct check {
	uint8_t bytes[CHECK_BYTES];
	struct digest wanted[CHECK_MESSAGES];
};

static size_t
check_length(size_t message)
{
	return message < CHECK_LENGTHS ? check_lengths[message] : 330;
}

static int
prepare_check(struct check *check, struct error *err)
{
	uint32_t noise = 1;

	for (size_t i = 0; i < CHECK_BYTES; i++) {
		noise = noise * 1664525 + 1013904223;
		check->bytes[i] = (uint8_t)(noise >> 24);
	}
	for (size_t i = 0; i < CHECK_MESSAGES; i++)
		if (digest_compute(DIGEST_SHA256, check->bytes + i, check_length(i),
			    &check->wanted[i], err))
			return -1;
	return 0;
}

/* Advances the lanes of COUNT messages together, until those that end first have only their last
 * bytes left, and so on. Returns the first message with another digest, or COUNT. */
static size_t
find_difference(const struct kernel *kernel, const struct check *check, size_t first, size_t count)
{
	struct kernel_lane lanes[KERNEL_LANES_MAX];
	struct kernel_lane *live[KERNEL_LANES_MAX];
	struct digest got;
	size_t wrong = count;

	for (size_t i = 0; i < count; i++)
		kernel_start(&lanes[i], check->bytes + first + i);
	for (;;) {
		size_t blocks = SIZE_MAX, n = 0;

		for (size_t i = 0; i < count; i++) {
			size_t left =
				(check_length(first + i) - lanes[i].bytes) / KERNEL_BLOCK_BYTES;

			if (left)
				live[n++] = &lanes[i];
			if (left && left < blocks)
				blocks = left;
		}
		if (!n)
			break;
		kernel_advance(kernel, live, n, blocks);
	}
	for (size_t i = count; i-- > 0;) {
		kernel_finish(kernel, &lanes[i], check_length(first + i) - lanes[i].bytes, &got);
		if (!digest_equal(&got, &check->wanted[first + i]))
			wrong = i;
	}
	return wrong;
}

static int
check_kernel(const struct kernel *kernel, const struct check *check, struct error *err)
{
	for (size_t first = 0; first < CHECK_MESSAGES; first += kernel->lanes) {
		size_t left = CHECK_MESSAGES - first;
		size_t count = kernel->lanes < left ? kernel->lanes : left;
		size_t wrong = find_difference(kernel, check, first, count);

		if (wrong < count)
			return error_set(err, REASON_INTERNAL, 0,
				"hash kernel %s: wrong digest of %zu bytes; it is not used",
				kernel->name, check_length(first + wrong));
	}
	return 0;
}

int
kernel_check(struct kernel_set *set, struct error *err)
{
	struct kernel_set sound = { 0 };
	struct check check;
	int result = 0;

	if (prepare_check(&check, err)) {
		*set = sound;
		return -1;
	}
	for (size_t i = 0; i < set->count; i++) {
		if (check_kernel(set->kernels[i], &check, err))
			result = -1;
		else
			sound.kernels[sound.count++] = set->kernels[i];
	}
	*set = sound;
	return result;
}
