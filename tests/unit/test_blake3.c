#include "base/blake3.h"
#include "base/mem.h"
#include "base/text.h"

#include "tests/unit/check.h"

enum {
	LONGEST = 102400,
	REPEAT = 251, /* the bytes of the official vectors: 0 to 250, over and over */
};

static uint8_t input[LONGEST];

static void
hash_in_steps(size_t length, size_t step, char *out)
{
	uint8_t digest[BLAKE3_BYTES];
	struct blake3 state;

	blake3_start(&state);
	for (size_t at = 0; at < length; at += step)
		blake3_update(&state, input + at, length - at < step ? length - at : step);
	blake3_finish(&state, digest);
	text_format_hex(out, digest, sizeof(digest));
}

/* Figures of the official test vectors: around blocks, chunks and subtrees. */
static void
test_vectors(void)
{
	static const struct {
		size_t length;
		const char *digest;
	} rows[] = {
		{ 0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262" },
		{ 1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213" },
		{ 63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b" },
		{ 64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98" },
		{ 65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee" },
		{ 1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11" },
		{ 1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7" },
		{ 1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444" },
		{ 2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a" },
		{ 2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030" },
		{ 3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2" },
		{ 4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969" },
		{ 31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47" },
		{ 102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085" },
	};
	char digest[2 * BLAKE3_BYTES + 1], name[40];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "blake3: %zu bytes", rows[i].length);
		hash_in_steps(rows[i].length, LONGEST, digest);
		check_text(digest, rows[i].digest, name);
	}
}

/* However the bytes come, the digest is the same. */
static void
test_steps(void)
{
	static const size_t lengths[] = { 64, 1024, 1025, 5120, 31744 };
	static const size_t steps[] = { 1, 63, 64, 65, 1023, 1024, 1025, 3000 };
	char whole[2 * BLAKE3_BYTES + 1], parts[2 * BLAKE3_BYTES + 1], name[60];

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		for (size_t j = 0; j < ARRAY_SIZE(steps); j++) {
			snprintf(name, sizeof(name), "blake3: %zu bytes by %zu", lengths[i],
				steps[j]);
			hash_in_steps(lengths[i], LONGEST, whole);
			hash_in_steps(lengths[i], steps[j], parts);
			check_text(parts, whole, name);
		}
}

/* A profile's id is the BLAKE3 of its sorted tags (facts: nim, section 3): published pairs. */
static void
test_profile_ids(void)
{
	static const struct {
		const char *id, *tags;
	} rows[] = {
		{ "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd", "gpu:a6000" },
		{ "4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d",
			"feat_lora:false|llm_engine:vllm|pp:1|precision:bf16|tp:1" },
		{ "7b508014e846234db3cabe5c9f38568b4ee96694b60600a0b71c621dc70cacf3",
			"feat_lora:false|gpu:h100|gpu_device:2330:10de|llm_engine:tensorrt_llm|"
			"number_of_gpus:1|pp:1|precision:fp8|profile:throughput|tp:1" },
	};
	char id[2 * BLAKE3_BYTES + 1];
	uint8_t digest[BLAKE3_BYTES];
	struct blake3 state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		blake3_start(&state);
		blake3_update(&state, rows[i].tags, strlen(rows[i].tags));
		blake3_finish(&state, digest);
		check_text(text_format_hex(id, digest, sizeof(digest)), rows[i].id, rows[i].tags);
	}
}

/* A digest on the way. */
static void
test_finish_twice(void)
{
	char first[2 * BLAKE3_BYTES + 1], second[2 * BLAKE3_BYTES + 1];
	uint8_t digest[BLAKE3_BYTES];
	struct blake3 state;

	blake3_start(&state);
	blake3_update(&state, input, 1500);
	blake3_finish(&state, digest);
	text_format_hex(first, digest, sizeof(digest));
	hash_in_steps(1500, 1500, second);
	check_text(first, second, "blake3: finish");
	blake3_update(&state, input + 1500, 1500);
	blake3_finish(&state, digest);
	text_format_hex(first, digest, sizeof(digest));
	hash_in_steps(3000, 3000, second);
	check_text(first, second, "blake3: more after finish");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(i % REPEAT);
	test_vectors();
	test_steps();
	test_profile_ids();
	test_finish_twice();
	return check_end();
}
