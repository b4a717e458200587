#include "oms/envelope.h"
#include "oms/statement.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	/* The one place outside envelope_open() that makes a payload: nobody else signs what a
	 * fuzzer writes. */
	const struct payload payload = { .bytes = data, .length = size };
	struct statement statement = { 0 };
	struct error err = { 0 };
	size_t i;

	if (statement_parse(&payload, size % 2, &statement, &err) == 0) {
		FUZZ_PROMISE(statement.resource_count > 0);
		for (i = 1; i < statement.resource_count; i++)
			FUZZ_PROMISE(strcmp(statement.resources[i - 1].name,
					     statement.resources[i].name) < 0);
		statement_release(&statement);
	} else {
		FUZZ_PROMISE(err.reason == REASON_STATEMENT || err.reason == REASON_INTERNAL);
	}
}
