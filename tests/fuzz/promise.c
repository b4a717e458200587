#include "tests/fuzz/fuzz.h"

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
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
			(length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}
