#include "hash/gpu.h"

#include "base/mem.h"
#include "guard/wire.h"

#include "tests/unit/check.h"

#define UUID "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"

static const uint8_t uuid[GPU_UUID_BYTES] = { 0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87,
	0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0 };

static void
add(struct gpu_request *request, const char *word)
{
	gpu_add_word(request, word, strlen(word));
}

static void
test_words(void)
{
	static const struct {
		const char *word;
		enum gpu_selector_kind kind;
		uint64_t number;
	} rows[] = {
		{ "0", GPU_INDEX, 0 },
		{ "7", GPU_INDEX, 7 },
		{ "65535", GPU_INDEX, 65535 },
		{ "gpu3", GPU_INDEX, 3 },
		{ "2:5", GPU_INDEX, 2 },
		{ "mig2:5", GPU_INDEX, 2 },
		{ "0000:c1:00.0", GPU_PCI, 0xc100 },
		{ "00000000:C1:00.0", GPU_PCI, 0xc100 },
		{ "GPU-" UUID, GPU_UUID, 0 },
		{ "gpu-0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0", GPU_UUID, 0 },
		{ "MIG-GPU-" UUID "/7/0", GPU_UUID, 0 },
		{ "MIG-" UUID, GPU_INSTANCE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gpu_request request = { .kind = GPU_REQUEST_NONE };
		bool named = rows[i].kind == GPU_UUID || rows[i].kind == GPU_INSTANCE;
		static const uint8_t none[GPU_UUID_BYTES];

		add(&request, rows[i].word);
		check(request.kind == GPU_REQUEST_LISTED && request.count == 1, rows[i].word,
			"kind %d, %zu", request.kind, request.count);
		check(request.selectors[0].kind == rows[i].kind &&
				request.selectors[0].number == rows[i].number,
			rows[i].word, "%d %llu", request.selectors[0].kind,
			(unsigned long long)request.selectors[0].number);
		check(memcmp(request.selectors[0].uuid, named ? uuid : none, GPU_UUID_BYTES) == 0,
			rows[i].word, "another UUID");
	}
}

static void
test_unclear(void)
{
	static const char *const rows[] = { "", "-1", "+1", "01", "65536", "99999999999999999999",
		"0:", ":1", "0:x", "0:1:2", "0.0", "1 ", "GPU-", "GPU-0", "GPU-" UUID "0",
		"GPU-0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0",
		"GPU-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1fg",
		"GPU-\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?\?\?\?\?\?\?\?\?", "MIG-",
		"MIG-" UUID "/1/0", "MIG-GPU-" UUID, "MIG-GPU-x/1/0", "gpu", "mig", "alle", "GPU",
		"/dev/nvidia0", "\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gpu_request request = { .kind = GPU_REQUEST_NONE };

		add(&request, rows[i]);
		check(request.kind == GPU_REQUEST_UNCLEAR && request.count == 0, rows[i], "kind %d",
			request.kind);
		check_text(request.unclear, rows[i], rows[i]);
	}
}

/* Words cover each other in the order of the kinds, whichever comes first. */
static void
test_together(void)
{
	static const struct {
		const char *name, *words[3];
		enum gpu_request_kind kind;
		size_t count;
		const char *unclear;
	} rows[] = {
		{ "two", { "0", "1" }, GPU_REQUEST_LISTED, 2, "" },
		{ "the same twice", { "1", "gpu1", "1:0" }, GPU_REQUEST_LISTED, 1, "" },
		{ "index and UUID", { "1", "GPU-" UUID }, GPU_REQUEST_LISTED, 2, "" },
		{ "all", { "all" }, GPU_REQUEST_ALL, 0, "" },
		{ "ALL", { "ALL" }, GPU_REQUEST_ALL, 0, "" },
		{ "all and more", { "all", "0", "x" }, GPU_REQUEST_ALL, 0, "" },
		{ "more and all", { "0", "all" }, GPU_REQUEST_ALL, 0, "" },
		{ "unclear and all", { "x", "all" }, GPU_REQUEST_ALL, 0, "x" },
		{ "clear and unclear", { "0", "x", "1" }, GPU_REQUEST_UNCLEAR, 0, "x" },
		{ "unclear twice", { "x", "y" }, GPU_REQUEST_UNCLEAR, 0, "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gpu_request request = { .kind = GPU_REQUEST_NONE };

		for (size_t j = 0; j < 3 && rows[i].words[j]; j++)
			add(&request, rows[i].words[j]);
		check(request.kind == rows[i].kind && request.count == rows[i].count, rows[i].name,
			"kind %d, %zu", request.kind, request.count);
		check_text(request.unclear, rows[i].unclear, rows[i].name);
	}
}

static void
test_bounds(void)
{
	struct gpu_request request = { .kind = GPU_REQUEST_NONE };
	char word[4 * GPU_WORD_BYTES];

	for (int i = 0; i < LIMIT_GPUS; i++) {
		snprintf(word, sizeof(word), "%d", i);
		add(&request, word);
	}
	check(request.kind == GPU_REQUEST_LISTED && request.count == LIMIT_GPUS, "most GPUs",
		"kind %d, %zu", request.kind, request.count);
	add(&request, "0");
	check(request.kind == GPU_REQUEST_LISTED, "one of them again", "kind %d", request.kind);
	add(&request, "1000");
	check(request.kind == GPU_REQUEST_UNCLEAR && strstr(request.unclear, "more GPUs"),
		"one too many", "kind %d: %s", request.kind, request.unclear);

	request = (struct gpu_request){ .kind = GPU_REQUEST_NONE };
	memset(word, 'x', sizeof(word));
	gpu_add_word(&request, word, sizeof(word));
	check(request.kind == GPU_REQUEST_UNCLEAR && strlen(request.unclear) == GPU_WORD_BYTES - 1,
		"a long word", "%zu", strlen(request.unclear));
}

static void
test_there_and_back(void)
{
	static struct gpu_request sent, got;
	static const struct gpu_selector minor = { .kind = GPU_MINOR, .number = 3 };

	sent.source = GPU_SOURCE_CDI;
	add(&sent, "MIG-" UUID);
	gpu_add(&sent, &minor);
	for (int unclear = 0; unclear < 2; unclear++) {
		cleanup_message struct wire_message message = { 0 };

		gpu_put(&message, &sent);
		gpu_get(&message, &got);
		check(wire_is_whole(&message) && memcmp(&sent, &got, sizeof(sent)) == 0,
			unclear ? "unclear, there and back" : "there and back", "differs");
		sent = (struct gpu_request){ .source = GPU_SOURCE_ENVIRONMENT };
		add(&sent, "x");
	}
}

/* One message, with a lie where the row has one. */
static void
test_lies(void)
{
	static const struct {
		const char *name;
		uint32_t kind, source;
		const char *unclear;
		uint64_t count;
		uint32_t selector;
		bool whole;
	} rows[] = {
		{ "nothing", GPU_REQUEST_NONE, GPU_SOURCE_NONE, "", 0, 0, true },
		{ "all", GPU_REQUEST_ALL, GPU_SOURCE_ENVIRONMENT, "", 0, 0, true },
		{ "most", GPU_REQUEST_LISTED, GPU_SOURCE_DEVICES, "", LIMIT_GPUS, GPU_INSTANCE,
			true },
		{ "no such kind", GPU_REQUEST_ALL + 1, 0, "", 0, 0, false },
		{ "no such source", 0, GPU_SOURCE_ENVIRONMENT + 1, "", 0, 0, false },
		{ "no word", 0, 0, NULL, 0, 0, false },
		{ "a word too long", 0, 0,
			"0123456789012345678901234567890123456789012345678901234567890123", 0, 0,
			false },
		{ "a list of none", GPU_REQUEST_LISTED, 0, "", 0, 0, false },
		{ "nothing, and a list", GPU_REQUEST_NONE, 0, "", 1, 0, false },
		{ "all, and a list", GPU_REQUEST_ALL, 0, "", 1, 0, false },
		{ "one too many", GPU_REQUEST_LISTED, 0, "", LIMIT_GPUS + 1, 0, false },
		{ "a huge count", GPU_REQUEST_LISTED, 0, "", UINT64_MAX, 0, false },
		{ "no such selector", GPU_REQUEST_LISTED, 0, "", 1, GPU_INSTANCE + 1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_message struct wire_message message = { 0 };
		static struct gpu_request got;

		wire_put_u32(&message, rows[i].kind);
		wire_put_u32(&message, rows[i].source);
		wire_put_text(&message, rows[i].unclear);
		wire_put_u64(&message, rows[i].count);
		for (uint64_t j = 0; j < rows[i].count && j <= LIMIT_GPUS; j++) {
			wire_put_u32(&message, rows[i].selector);
			wire_put_u64(&message, j);
			wire_put_bytes(&message, uuid, sizeof(uuid));
		}
		gpu_get(&message, &got);
		check(wire_is_whole(&message) == rows[i].whole, rows[i].name, "%d",
			wire_is_whole(&message));
		check(rows[i].whole || (got.kind == GPU_REQUEST_NONE && got.count == 0),
			rows[i].name, "something was taken: %d, %zu", got.kind, got.count);
	}
}

int
main(void)
{
	test_words();
	test_unclear();
	test_together();
	test_bounds();
	test_there_and_back();
	test_lies();
	return check_end();
}
