#include "oci/state.h"

#include "oci/state_text.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct state state;
	struct error err = { 0 };

	if (state_parse((const char *)data, size, &state, &err) == 0) {
		FUZZ_PROMISE(state.pid > 1 && state.oci_bundle[0] == '/');
		/* Names that are escaped, or stand there twice, it does not take. */
		if (state_text_check((const char *)data, size, &state, &err))
			FUZZ_PROMISE(err.reason == REASON_INTERNAL);
		state.pid++;
		FUZZ_PROMISE(state_text_check((const char *)data, size, &state, &err) != 0);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
