#include "base/base64.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>

static void
test_vectors(void)
{
	/* RFC 4648, section 10, and bytes that use the last two letters of the alphabet. */
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t wanted = strlen(rows[i].bytes), length = 99;
		cleanup_free char *text = base64_encode((const uint8_t *)rows[i].bytes, wanted);
		cleanup_free uint8_t *bytes = NULL;
		int result = base64_decode(rows[i].text, strlen(rows[i].text), &bytes, &length);

		check_text(text, rows[i].text, "base64: encode");
		check(result == 0 && bytes && length == wanted &&
				memcmp(bytes, rows[i].bytes, length) == 0,
			"base64: decode", "%s gave %d, %zu bytes", rows[i].text, result, length);
	}
}

static void
test_all_lengths(void)
{
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t length = 0; length <= sizeof(bytes); length += 37) {
		cleanup_free char *text = base64_encode(bytes, length);
		cleanup_free uint8_t *back = NULL;
		size_t back_length = 0;

		check(text && base64_decode(text, strlen(text), &back, &back_length) == 0 &&
				back_length == length && memcmp(back, bytes, length) == 0,
			"base64: there and back", "%zu bytes", length);
	}
}

static void
test_refusals(void)
{
	static const struct {
		const char *name, *text;
		size_t length;
	} rows[] = {
		{ "no padding", "Zg", 2 },
		{ "half padding", "Zg=", 3 },
		{ "too much padding", "Zm9v====", 8 },
		{ "three padding", "Z===", 4 },
		{ "padding alone", "====", 4 },
		{ "two padding alone", "==", 2 },
		{ "padding in the middle", "Zg==Zm9v", 8 },
		{ "padding, then a letter", "Zg=A", 4 },
		{ "stray bits, one byte", "Zh==", 4 },
		{ "stray bits, two bytes", "Zm9=", 4 },
		{ "URL alphabet -", "-_-_", 4 },
		{ "white space", "Zm9v\n", 5 },
		{ "white space of a group", "Zm9v    ", 8 },
		{ "white space inside", "Zm 9", 4 },
		{ "line break inside", "Zm9v\r\nZm", 8 },
		{ "NUL at the end", "Zm9\0", 4 },
		{ "trailing NUL", "Zm9v\0\0\0\0", 8 },
		{ "letter above ASCII", "Zm9\xe9", 4 },
		{ "one letter", "Z", 1 },
		{ "five letters", "Zm9vZ", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *bytes = NULL;
		size_t length = 99;
		int result;

		errno = 0;
		result = base64_decode(rows[i].text, rows[i].length, &bytes, &length);
		check(result == -1 && errno == EINVAL && !bytes && length == 99, rows[i].name,
			"base64 gave %d, errno %d", result, errno);
		free(bytes);
	}
}

int
main(void)
{
	test_vectors();
	test_all_lengths();
	test_refusals();
	return check_end();
}
