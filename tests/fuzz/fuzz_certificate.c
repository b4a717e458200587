/*
 * A certificate in DER form: as the leaf of a bundle, as a helper in it, and as one to sign with.
 */
#include "base/mem.h"
#include "border/chain.h"
#include "border/key.h"
#include "oms/sign.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "tests/unit/oms_material.h"

static struct chain_anchors *anchors;
static struct chain_certificate leaf;

void
fuzz_prepare(void)
{
	const struct sign_certificate *own = &signer_certificates()[0];
	struct error err = { 0 };

	leaf = (struct chain_certificate){ own->der, own->length };
	FUZZ_PROMISE(chain_add_anchors(
			     &anchors, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "test", &err) == 0);
}

/* Who verifies is printable, and valid now. */
static void
verify(const struct chain_certificate *certificates, size_t count)
{
	struct chain_signer signer = { 0 };
	struct error err = { 0 };
	struct key *key = NULL;

	if (chain_verify(anchors, certificates, count, MATERIAL_NOW, &key, &signer, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !key);
		return;
	}
	FUZZ_PROMISE(key && signer.not_before <= MATERIAL_NOW && MATERIAL_NOW < signer.not_after);
	for (const char *c = signer.subject; *c; c++)
		FUZZ_PROMISE(*c >= ' ' && *c <= '~');
	FUZZ_PROMISE(certificates[0].length == leaf.length &&
		     memcmp(certificates[0].der, leaf.der, leaf.length) == 0);
	key_release(key);
}

/* Nothing may stand behind a certificate. */
static void
follow(const uint8_t *data, size_t size)
{
	uint8_t bytes[4096];
	const struct chain_certificate input = { bytes, leaf.length + size };
	struct chain_signer signer;
	struct error err = { 0 };
	struct key *key = NULL;

	if (size == 0 || input.length > sizeof(bytes))
		return;
	memcpy(bytes, leaf.der, leaf.length);
	memcpy(bytes + leaf.length, data, size);
	FUZZ_PROMISE(chain_verify(anchors, &input, 1, MATERIAL_NOW, &key, &signer, &err) &&
		     fuzz_is_refusal(&err));
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const struct chain_certificate input = { data, size };
	struct chain_certificate both[2] = { leaf, input };
	struct error err = { 0 };
	struct key *key = NULL;

	verify(&input, 1);
	verify(both, ARRAY_SIZE(both));
	follow(data, size);
	if (chain_check_leaf(data, size, MATERIAL_NOW, &key, &err))
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !key);
	key_release(key);
}
