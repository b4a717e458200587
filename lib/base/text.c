#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Room that one byte takes when it is shown. */
static size_t
escaped_width(unsigned char c)
{
	if (c == '\\')
		return 2;
	return c >= 0x20 && c <= 0x7e ? 1 : 4;
}

/* How many bytes can be shown in ROOM characters. */
static size_t
fitting(const char *bytes, size_t length, size_t room)
{
	size_t used = 0, i;

	for (i = 0; i < length; i++) {
		used += escaped_width((unsigned char)bytes[i]);
		if (used > room)
			break;
	}
	return i;
}

char *
text_escape(char *out, size_t size, const char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	size_t shown = fitting(bytes, length, size - 1), used = 0, i;
	bool cut = shown < length;

	if (cut)
		shown = fitting(bytes, length, size - 4);
	for (i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)bytes[i];
		size_t width = escaped_width(c);
		const char hex[4] = { '\\', width == 2 ? '\\' : 'x', digits[c >> 4],
			digits[c & 15] };

		if (width == 1)
			out[used] = (char)c;
		else
			memcpy(out + used, hex, width);
		used += width;
	}
	memcpy(out + used, cut ? "..." : "", cut ? 4 : 1);
	return out;
}

struct text_quoted
text_quote(const char *string)
{
	struct text_quoted quoted;
	size_t used;

	if (!string) {
		snprintf(quoted.text, sizeof(quoted.text), "(none)");
		return quoted;
	}
	quoted.text[0] = '\'';
	text_escape(quoted.text + 1, sizeof(quoted.text) - 2, string, strlen(string));
	used = strlen(quoted.text);
	quoted.text[used] = '\'';
	quoted.text[used + 1] = '\0';
	return quoted;
}

/* Length of the well-formed sequence at BYTES (LEFT bytes are there), or 0. */
static size_t
utf8_sequence(const unsigned char *bytes, size_t left)
{
	unsigned char lead = bytes[0], low = 0x80, high = 0xbf;
	size_t length, i;

	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		length = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		length = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		length = 4;
	else
		return 0;
	if (left < length)
		return 0;
	/* The second byte is narrower after these four leads (RFC 3629, section 4). */
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (i = 2; i < length; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return length;
}

/* True if the eight bytes there are ASCII, as nearly all are. */
static bool
is_ascii(const char *bytes)
{
	uint64_t eight;

	memcpy(&eight, bytes, sizeof(eight));
	return (eight & UINT64_C(0x8080808080808080)) == 0;
}

bool
text_is_utf8(const char *bytes, size_t length)
{
	size_t at = 0, step;

	while (at < length) {
		if (length - at >= sizeof(uint64_t) && is_ascii(bytes + at)) {
			at += sizeof(uint64_t);
			continue;
		}
		step = utf8_sequence((const unsigned char *)bytes + at, length - at);
		if (!step)
			return false;
		at += step;
	}
	return true;
}

bool
text_is_canonical_path(const char *path)
{
	size_t length;

	for (;;) {
		length = strcspn(path, "/");
		if (length == 0 || (length == 1 && path[0] == '.') ||
			(length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

/* One more than the value of a hexadecimal digit; 0 for what is none. */
static const uint8_t hex_values[256] = { ['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16 };

int
text_parse_hex(const char *digits, size_t length, uint8_t *out, size_t size)
{
	const unsigned char *at = (const unsigned char *)digits;
	bool right = length == 2 * size;

	for (size_t i = 0; right && i < length; i++)
		right = hex_values[at[i]] > 0;
	for (size_t i = 0; right && i < size; i++)
		out[i] = (uint8_t)((hex_values[at[2 * i]] - 1) << 4 |
				   (hex_values[at[2 * i + 1]] - 1));
	return right ? 0 : -1;
}

char *
text_format_hex(char *out, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < size; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * size] = '\0';
	return out;
}

int
text_parse_count(const char *digits, size_t length, uint64_t *out)
{
	uint64_t value = 0;

	if (length == 0 || (digits[0] == '0' && length > 1))
		return -1;
	for (size_t i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)(digits[i] - '0');

		if (digit > 9 || value > (INT64_MAX - digit) / 10)
			return -1;
		value = 10 * value + digit;
	}
	*out = value;
	return 0;
}

/* Appends ZEROS zeros to a decimal number. Returns false where it would leave its range. */
static bool
shift(uint64_t *value, long zeros)
{
	for (; zeros > 0 && *value; zeros--) {
		if (*value > INT64_MAX / 10)
			return false;
		*value *= 10;
	}
	return true;
}

/* The exponent at AT ("e", "E" or the end); what no range holds is cut. */
static long
parse_exponent(const char *at)
{
	bool negative = *at && at[1] == '-';
	long value = 0;

	for (; *at; at++)
		if (*at >= '0' && *at <= '9' && value < INT32_MAX)
			value = 10 * value + (*at - '0');
	return negative ? -value : value;
}

int
text_parse_whole(const char *number, uint64_t *out)
{
	uint64_t value = 0;
	long places = 0; /* digits behind the point */
	long zeros = 0;  /* behind the last digit that is none */
	bool behind = false;
	const char *at;

	for (at = number; *at && *at != 'e' && *at != 'E'; at++) {
		if (*at == '-')
			return -1;
		if (*at == '.') {
			behind = true;
			continue;
		}
		places += behind;
		zeros += *at == '0';
		if (*at == '0')
			continue;
		if (!shift(&value, zeros) || !shift(&value, 1) ||
			value > INT64_MAX - (uint64_t)(*at - '0'))
			return -1;
		value += (uint64_t)(*at - '0');
		zeros = 0;
	}
	zeros += parse_exponent(at) - places;
	if (value && (zeros < 0 || !shift(&value, zeros)))
		return -1;
	*out = value;
	return 0;
}
