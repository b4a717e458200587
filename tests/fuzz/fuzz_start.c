#include "gate/start.h"
#include "oci/config.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	struct start start = { 0 };
	struct error err = { 0 };

	if (config_parse((const char *)data, size, &config, &err) == 0) {
		if (start_read(&config, &start, &err) == 0) {
			start_release(&start);
		} else {
			FUZZ_PROMISE(err.reason == REASON_POLICY || fuzz_has_refused());
		}
		config_release(&config);
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	}
}
