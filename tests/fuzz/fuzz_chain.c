/*
 * PEM text as a file of anchors or with a key, and as a chain to sign with.
 */
#include "base/mem.h"
#include "border/chain.h"
#include "oms/trust.h"

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

/* As what a start trusts. */
static void
read_trust(const char *pem, size_t length, enum trust_method method)
{
	cleanup_trust struct trust trust = { .method = method };
	struct error err = { 0 };

	if (trust_add_pem(&trust, pem, length, "input", &err))
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !trust.anchors && !trust.key_count);
	else
		FUZZ_PROMISE(method == TRUST_METHOD_KEY ? trust.key_count == 1
							: trust.anchors && !trust.key_count);
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

	read_anchors(pem, size);
	for (int method = TRUST_METHOD_NONE; method <= TRUST_METHOD_KEY; method++)
		read_trust(pem, size, (enum trust_method)method);
}
