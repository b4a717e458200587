/*
 * PEM text as a file of anchors, as a chain to sign with, and as a public key.
 */
#include "base/mem.h"
#include "border/chain.h"
#include "border/key.h"

#include "tests/fuzz/fuzz.h"

/* Each block as DER, in turn. */
static void
read_ders(const char *pem, size_t length, size_t count)
{
	struct error err = { 0 };

	for (size_t i = 0; i <= count; i++) {
		cleanup_free uint8_t *der = NULL;
		size_t der_length = 0;
		int result = chain_read_der(pem, length, i, "input", &der, &der_length, &err);

		FUZZ_PROMISE(result < 0 ? fuzz_is_refusal(&err) : result == (i == count));
		FUZZ_PROMISE(result || (der && der_length > 0));
	}
}

static void
read_anchors(const char *pem, size_t length)
{
	struct chain_anchors *anchors = NULL;
	struct error err = { 0 };
	struct digest fingerprint;
	size_t count;

	if (chain_add_anchors(&anchors, pem, length, "input", &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !anchors);
		return;
	}
	count = chain_count(anchors);
	FUZZ_PROMISE(count > 0);
	read_ders(pem, length, count);
	/* A second file with the same. */
	if (chain_add_anchors(&anchors, pem, length, "input", &err) == 0)
		FUZZ_PROMISE(chain_count(anchors) == 2 * count);
	for (size_t i = 0; i < chain_count(anchors); i++)
		FUZZ_PROMISE(chain_fingerprint(anchors, i, &fingerprint, &err) == 0);
	FUZZ_PROMISE(chain_fingerprint(anchors, chain_count(anchors), &fingerprint, &err) != 0);
	chain_release(anchors);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const char *pem = (const char *)data;
	struct error err = { 0 };
	struct key *key = key_parse_public(pem, size, "input", &err);

	FUZZ_PROMISE(key || fuzz_is_refusal(&err));
	key_release(key);
	read_anchors(pem, size);
}
