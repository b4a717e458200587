#include "oci/state.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state state;
	struct error err = { 0 };

	if (state_parse((const char *)data, size, &state, &err) == 0) {
		FUZZ_PROMISE(state.pid > 1 && state.oci_bundle[0] == '/');
		fuzz_accepted();
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE);
	}
	return 0;
}
