#include "oci/state.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct state state;
	struct error err = { 0 };

	if (state_parse((const char *)data, size, &state, &err) == 0) {
		FUZZ_PROMISE(state.pid > 1 && state.oci_bundle[0] == '/');
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
