#include "base/limits.h"
#include "oms/envelope.h"
#include "oms/statement.h"

#include "tests/fuzz/fuzz.h"

/* What nobody may have to look at again. */
static void
check(const struct statement *statement, bool allow_legacy)
{
	const struct resource *resources = statement->resources;

	FUZZ_PROMISE(statement->resource_count > 0 && statement->subject);
	FUZZ_PROMISE(allow_legacy || !statement->legacy);
	for (size_t i = 0; i < statement->resource_count; i++) {
		bool alone = statement->resource_count == 1 && strcmp(resources[i].name, ".") == 0;

		FUZZ_PROMISE(alone || fuzz_is_canonical(resources[i].name));
		FUZZ_PROMISE(strlen(resources[i].name) <= LIMIT_NAME_BYTES);
		FUZZ_PROMISE(resource_digest_count(&resources[i]) > 0);
		for (size_t k = 0; k < resource_digest_count(&resources[i]); k++)
			FUZZ_PROMISE(
				resource_digest(&resources[i], k)->algorithm == statement->hash);
		FUZZ_PROMISE(i == 0 || strcmp(resources[i - 1].name, resources[i].name) < 0);
	}
	for (size_t i = 0; i < statement->ignore_count; i++)
		FUZZ_PROMISE(fuzz_is_canonical(statement->ignore_paths[i]));
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	/* The one place outside envelope_open() that makes a payload: nobody else signs what a
	 * fuzzer writes. */
	const struct payload payload = {
		.bytes = data, .length = size, .legacy_encoding = size % 8 == 7
	};
	struct statement statement = { 0 };
	struct error err = { 0 };
	bool allow_legacy = size % 2;

	if (statement_parse(&payload, allow_legacy, &statement, &err) == 0) {
		check(&statement, allow_legacy);
		statement_release(&statement);
	} else {
		FUZZ_PROMISE(err.reason == REASON_STATEMENT || err.reason == REASON_INTERNAL);
	}
}
