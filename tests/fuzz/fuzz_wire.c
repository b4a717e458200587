#include "gate/plan.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "guard/wire.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	/* What a parser that was taken over may send. */
	static const char pin[] =
		"4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d";
	struct wire_message message = { .bytes = (uint8_t *)(uintptr_t)data, .length = size };
	struct signed_model signed_model = { 0 };
	struct plan plan = { 0 };
	struct start start = { 0 };
	struct error err;

	if (plan_get(&message, pin, &plan, &err) == 0) {
		plan_release(&plan);
	}
	message.at = 0;
	message.failed = false;
	if (signed_model_get(&message, &signed_model, &err) == 0) {
		signed_model_release(&signed_model);
	}
	message.at = 0;
	message.failed = false;
	if (start_get(&message, &start, &err) == 0) {
		start_release(&start);
	}
	message.at = 0;
	message.failed = false;
	if (plan_get(&message, "", &plan, &err) == 0) {
		plan_release(&plan);
	}
}
