#include "tests/fuzz/signer.h"

#include "base/error.h"
#include "border/chain.h"
#include "border/key.h"
#include "oms/sign.h"

#include "tests/fuzz/fuzz.h"
#include "tests/unit/oms_material.h"

static struct key *key;
static struct sign_certificate certificates[SIGNER_CERTIFICATES];

static void
read_certificate(const char *pem, struct sign_certificate *out)
{
	struct error err = { 0 };

	FUZZ_PROMISE(
		chain_read_der(pem, strlen(pem), 0, "test", &out->der, &out->length, &err) == 0);
}

const struct key *
signer_key(void)
{
	struct error err = { 0 };

	if (!key)
		key = key_parse_private(MATERIAL_KEY, strlen(MATERIAL_KEY), NULL, "test", &err);
	FUZZ_PROMISE(key);
	return key;
}

const struct sign_certificate *
signer_certificates(void)
{
	if (!certificates[0].der) {
		read_certificate(MATERIAL_LEAF, &certificates[0]);
		read_certificate(MATERIAL_ROOT, &certificates[1]);
	}
	return certificates;
}
