#include "gate/start.h"
#include "oci/config.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	struct start start = { 0 };
	struct error err = { 0 };

	if (config_parse((const char *)data, size, &config, &err) == 0) {
		if (start_read(&config, &start, &err) == 0) {
			start_release(&start);
			fuzz_accepted();
		} else {
			FUZZ_PROMISE(err.reason == REASON_POLICY);
		}
		config_release(&config);
	} else {
		FUZZ_PROMISE(err.reason != REASON_NONE);
	}
	return 0;
}
