/*
 * Base64: one text for each sequence of bytes, and no other.
 */
#include "base/base64.h"
#include "base/mem.h"

#include "tests/fuzz/fuzz.h"

#include <errno.h>

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_free uint8_t *bytes = NULL;
	cleanup_free char *text = NULL;
	size_t length = 0;

	errno = 0;
	if (base64_decode((const char *)data, size, &bytes, &length)) {
		FUZZ_PROMISE(errno == EINVAL || errno == ENOMEM);
	} else {
		FUZZ_PROMISE(bytes && length == size / 4 * 3 - (size && data[size - 1] == '=') -
							(size && data[size - 2] == '='));
		text = base64_encode(bytes, length);
		FUZZ_PROMISE(!text || (strlen(text) == size && memcmp(text, data, size) == 0));
	}
	free(text);
	free(bytes);
	bytes = NULL;
	text = base64_encode(data, size);
	if (text && base64_decode(text, strlen(text), &bytes, &length) == 0)
		FUZZ_PROMISE(length == size && memcmp(bytes, data, size) == 0);
	else
		FUZZ_PROMISE(fuzz_has_refused());
}
