/*
 * The page of counters: every name that is read ends within its row and is what names are made of,
 * and each number is found by it.
 */
#include "gate/counters.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	static struct counters counters;
	uint8_t page[sizeof(counters)] = "nimgate counters 1";

	/* The head is whole: what follows is foreign. */
	memcpy(page + 32, data, size < sizeof(page) - 32 ? size : sizeof(page) - 32);
	if (counters_parse(page, sizeof(page), &counters))
		return;
	for (size_t i = 0; i < COUNTERS_ROWS && counters.rows[i].name[0]; i++) {
		const char *name = counters.rows[i].name;

		FUZZ_PROMISE(strnlen(name, COUNTERS_NAME_BYTES) < COUNTERS_NAME_BYTES);
		FUZZ_PROMISE(strspn(name, "abcdefghijklmnopqrstuvwxyz-_:") == strlen(name));
		FUZZ_PROMISE(i > 0 || counters_get(&counters, name) == counters.rows[i].value);
	}
}
