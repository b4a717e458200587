#include "border/chain.h"
#include "border/key.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct chain_anchors *anchors = NULL;
	struct error err = { 0 };
	struct digest fingerprint;
	struct key *key = key_parse_public((const char *)data, size, "input", &err);
	size_t i;

	if (key)
	key_release(key);
	if (chain_add_anchors(&anchors, (const char *)data, size, "input", &err) == 0) {
		for (i = 0; i < chain_count(anchors); i++)
			FUZZ_PROMISE(chain_fingerprint(anchors, i, &fingerprint, &err) == 0);
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE);
	}
	chain_release(anchors);
}
