#include "base/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of each character of the standard alphabet, -1 for all others. */
struct values {
	int8_t of[256];
};

static struct values
make_values(void)
{
	struct values values;

	memset(values.of, -1, sizeof(values.of));
	for (int i = 0; i < 64; i++)
		values.of[(unsigned char)alphabet[i]] = (int8_t)i;
	return values;
}

/* How many of the text's last characters are padding: 0 to 2. A third '=' is a foreign character.
 */
static size_t
padding_of(const char *text, size_t length)
{
	if (length == 0 || text[length - 1] != '=')
		return 0;
	return text[length - 2] == '=' ? 2 : 1;
}

/*
 * Decodes the four characters at TEXT, of which the last PADDING do not count, into 3 - PADDING
 * bytes. Returns 0, or -1 for a foreign character or for bits that belong to no byte: two texts
 * would then mean the same bytes.
 */
static int
decode_group(const struct values *values, const char *text, size_t padding, uint8_t *out)
{
	uint32_t bits = 0;
	int value;

	for (size_t i = 0; i < 4; i++) {
		value = i < 4 - padding ? values->of[(unsigned char)text[i]] : 0;
		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	if (bits & ((1u << 8 * padding) - 1))
		return -1;
	for (size_t i = 0; i < 3 - padding; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	return 0;
}

int
base64_decode(const char *text, size_t length, uint8_t **out, size_t *out_length)
{
	const struct values values = make_values();
	size_t padding, at, used = 0;
	uint8_t *bytes;

	if (length % 4) {
		errno = EINVAL;
		return -1;
	}
	bytes = malloc(length / 4 * 3 + 1);
	if (!bytes)
		return -1;
	padding = padding_of(text, length);
	for (at = 0; at < length; at += 4, used += 3)
		if (decode_group(
			    &values, text + at, at + 4 == length ? padding : 0, bytes + used)) {
			free(bytes);
			errno = EINVAL;
			return -1;
		}
	*out = bytes;
	*out_length = used - padding;
	return 0;
}

char *
base64_encode(const uint8_t *bytes, size_t length)
{
	char *text = malloc((length / 3 + 1) * 4 + 1), *to = text;
	uint32_t bits;

	if (!text)
		return NULL;
	for (; length >= 3; length -= 3, bytes += 3) {
		bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
		for (unsigned int i = 0; i < 4; i++)
			*to++ = alphabet[bits >> (18 - 6 * i) & 63];
	}
	if (length) {
		bits = (uint32_t)bytes[0] << 16 | (length == 2 ? (uint32_t)bytes[1] << 8 : 0);
		*to++ = alphabet[bits >> 18];
		*to++ = alphabet[bits >> 12 & 63];
		*to++ = length == 2 ? alphabet[bits >> 6 & 63] : '=';
		*to++ = '=';
	}
	*to = '\0';
	return text;
}
