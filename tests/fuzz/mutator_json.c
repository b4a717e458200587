/*
 * For the targets that read JSON: half of the mutations keep it JSON.
 */
#include "tests/fuzz/mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed);

/* Values that the formats of ours give a meaning, and edges of JSON. */
static const char *const words[] = { "null", "true", "false", "0", "-1.5e9", "9223372036854775807",
	"\"9223372036854775807\"", "\"9223372036854775808\"", "\"0\"", "\"01\"", "\"\"", "[]", "{}",
	"[[]]", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\u0000\"", "\"AA==\"", "\"AAAA\"",
	"\"sha256\"", "\"files\"", "\".\"", "\"../a\"", "\"a/b\"", "\"/\"", "\"rootfs\"",
	"[\"NIM_CACHE_PATH=/c\"]",
	"{\"sha256\":"
	"\"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8\"}",
	"\"https://model_signing/Digests/v0.1\"", "{\"certificates\":[{\"rawBytes\":\"AA==\"}]}",
	"{\"hint\":\"\",\"rawBytes\":\"AA==\"}",
	"{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"\"}]}", "NaN", "01", "\"\f\"",
	(const char *)0 };

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed)
{
	struct mutate_text text = { data, size, size_max, (uint64_t)seed + 1 };

	if (mutate_choose(&text, 2) == 0)
		mutate_bytes(&text);
	else
		for (size_t i = mutate_choose(&text, 3) + 1; i > 0; i--)
			mutate_json(&text, words);
	return text.size;
}
