#include "oms/bundle.h"

#include "tests/fuzz/fuzz.h"

/* One material, and nothing of it empty. */
static void
check(const struct bundle *bundle)
{
	FUZZ_PROMISE(bundle->payload.length > 0 && bundle->signature.length > 0);
	FUZZ_PROMISE((bundle->material == BUNDLE_MATERIAL_CERTIFICATES) ==
		     (bundle->certificate_count > 0));
	FUZZ_PROMISE((bundle->material == BUNDLE_MATERIAL_KEY) ==
		     (bundle->hint || bundle->key_bytes.bytes));
	FUZZ_PROMISE(bundle->certificate_count <= LIMIT_CERTIFICATES);
	for (size_t i = 0; i < bundle->certificate_count; i++)
		FUZZ_PROMISE(bundle->certificates[i].length > 0 &&
			     bundle->certificates[i].length <= LIMIT_DER_BYTES);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct bundle bundle = { 0 };
	struct error err = { 0 };

	if (bundle_parse((const char *)data, size, &bundle, &err) == 0) {
		check(&bundle);
		bundle_release(&bundle);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
