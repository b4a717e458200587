#include "tests/fuzz/json_rules.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 100 };

struct reading {
	const uint8_t *at, *end;
};

static bool
take(struct reading *reading, char c)
{
	if (reading->at == reading->end || *reading->at != (uint8_t)c)
		return false;
	reading->at++;
	return true;
}

static void
skip_space(struct reading *reading)
{
	while (take(reading, ' ') || take(reading, '\t') || take(reading, '\n') ||
		take(reading, '\r'))
		;
}

static bool
take_digits(struct reading *reading)
{
	const uint8_t *start = reading->at;

	while (reading->at < reading->end && *reading->at >= '0' && *reading->at <= '9')
		reading->at++;
	return reading->at > start;
}

static bool
take_number(struct reading *reading)
{
	take(reading, '-');
	if (!take(reading, '0') && !take_digits(reading))
		return false;
	if (take(reading, '.') && !take_digits(reading))
		return false;
	if (!take(reading, 'e') && !take(reading, 'E'))
		return true;
	if (!take(reading, '+'))
		take(reading, '-');
	return take_digits(reading);
}

/* The four digits behind "\u", or -1. */
static long
take_unit(struct reading *reading)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	long unit = 0;

	for (int i = 0; i < 4; i++) {
		const char *digit = reading->at < reading->end && *reading->at
					    ? strchr(digits, *reading->at)
					    : NULL;

		if (!digit)
			return -1;
		unit = unit << 4 | ((digit - digits) & 15);
		reading->at++;
	}
	return unit;
}

/* What follows a backslash. */
static bool
take_escape(struct reading *reading)
{
	long unit, low;

	if (!take(reading, 'u')) {
		if (reading->at == reading->end || !*reading->at ||
			!strchr("\"\\/bfnrt", *reading->at))
			return false;
		reading->at++;
		return true;
	}
	unit = take_unit(reading);
	if (unit < 0xd800 || unit > 0xdfff)
		return unit > 0;
	if (unit > 0xdbff || !take(reading, '\\') || !take(reading, 'u'))
		return false;
	low = take_unit(reading);
	return low >= 0xdc00 && low <= 0xdfff;
}

/* One character that is not ASCII: by its code point, which only the shortest form may name. */
static bool
take_wide(struct reading *reading)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = *reading->at;
	size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	uint32_t point = lead & (0xffu >> (length + 1));

	if (lead < 0xc0 || lead > 0xf7 || (size_t)(reading->end - reading->at) < length)
		return false;
	for (size_t i = 1; i < length; i++) {
		if (reading->at[i] >> 6 != 2)
			return false;
		point = point << 6 | (reading->at[i] & 0x3fu);
	}
	reading->at += length;
	return point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static bool
take_string(struct reading *reading)
{
	if (!take(reading, '"'))
		return false;
	while (reading->at < reading->end && *reading->at >= 0x20) {
		if (take(reading, '"'))
			return true;
		if (take(reading, '\\')) {
			if (!take_escape(reading))
				return false;
		} else if (*reading->at < 0x80) {
			reading->at++;
		} else if (!take_wide(reading)) {
			return false;
		}
	}
	return false;
}

static bool
take_word(struct reading *reading, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reading->end - reading->at) < length || memcmp(reading->at, word, length) != 0)
		return false;
	reading->at += length;
	return true;
}

static int take_value(struct reading *reading, int room);

/* The items of a list or a map, behind its bracket. */
static int
take_items(struct reading *reading, bool map, int room)
{
	int deepest = 0, depth;

	skip_space(reading);
	if (take(reading, map ? '}' : ']'))
		return 1;
	do {
		skip_space(reading);
		if (map) {
			if (!take_string(reading))
				return -1;
			skip_space(reading);
			if (!take(reading, ':'))
				return -1;
		}
		depth = take_value(reading, room - 1);
		if (depth < 0)
			return -1;
		deepest = depth > deepest ? depth : deepest;
	} while (take(reading, ','));
	return take(reading, map ? '}' : ']') ? deepest + 1 : -1;
}

static int
take_value(struct reading *reading, int room)
{
	int depth = -1;

	skip_space(reading);
	if (room > 0 && take(reading, '['))
		depth = take_items(reading, false, room);
	else if (room > 0 && take(reading, '{'))
		depth = take_items(reading, true, room);
	else if (take_word(reading, "true") || take_word(reading, "false") ||
		 take_word(reading, "null"))
		depth = 0;
	else if (reading->at < reading->end && *reading->at == '"')
		depth = take_string(reading) ? 0 : -1;
	else
		depth = take_number(reading) ? 0 : -1;
	skip_space(reading);
	return depth;
}

int
json_rules_depth(const uint8_t *bytes, size_t length)
{
	struct reading reading = { bytes, bytes + length };
	int depth = take_value(&reading, DEPTH_MAX);

	return reading.at == reading.end ? depth : -1;
}
