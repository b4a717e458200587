#include "tests/fuzz/fuzz.h"

#include <stdio.h>

/* FNV-1a. */
uint64_t
fuzz_hash(const uint8_t *data, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3;
	return hash ^ hash >> 32;
}

bool
fuzz_is_refusal(const struct error *err)
{
	return err->reason != REASON_NONE && err->reason < REASON_COUNT && err->text[0];
}

bool
fuzz_is_canonical(const char *path)
{
	char framed[8192 + 3];
	int length = snprintf(framed, sizeof(framed), "/%s/", path);

	return (size_t)length < sizeof(framed) && !strstr(framed, "//") && !strstr(framed, "/./") &&
	       !strstr(framed, "/../");
}
