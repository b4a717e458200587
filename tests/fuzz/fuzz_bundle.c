#include "oms/bundle.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct bundle bundle = { 0 };
	struct error err = { 0 };

	if (bundle_parse((const char *)data, size, &bundle, &err) == 0) {
		FUZZ_PROMISE(bundle.material != BUNDLE_MATERIAL_NONE && bundle.payload.bytes &&
			     bundle.signature.bytes);
		bundle_release(&bundle);
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE && err.text[0]);
	}
}
