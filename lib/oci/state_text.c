#include "oci/state_text.h"

#include "base/error.h"
#include "base/text.h"
#include "oci/state.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A place in the text. */
struct cursor {
	const char *at;
	const char *end;
};

static bool
is_one_of(const struct cursor *cursor, const char *set)
{
	return cursor->at < cursor->end && *cursor->at && strchr(set, *cursor->at);
}

static void
skip_space(struct cursor *cursor)
{
	while (is_one_of(cursor, " \t\r\n"))
		cursor->at++;
}

/* Moves behind the next QUOTED name and its colon, to the value. Returns false at the end. */
static bool
find_value(struct cursor *cursor, const char *quoted)
{
	const size_t length = strlen(quoted);
	const char *found;

	while (cursor->at < cursor->end) {
		found = memmem(cursor->at, (size_t)(cursor->end - cursor->at), quoted, length);
		if (!found)
			return false;
		cursor->at = found + length;
		skip_space(cursor);
		if (!is_one_of(cursor, ":"))
			continue;
		cursor->at++;
		skip_space(cursor);
		return true;
	}
	return false;
}

/* The value is this number. */
static bool
is_number(struct cursor *cursor, int64_t number)
{
	int64_t value = 0;

	while (is_one_of(cursor, "0123456789") && value <= INT32_MAX)
		value = value * 10 + (*cursor->at++ - '0');
	return value == number && is_one_of(cursor, ",} \t\r\n");
}

/* Four hexadecimal digits, or -1. */
static int
read_code(struct cursor *cursor)
{
	static const char digits[] = "0123456789abcdef";
	int code = 0;

	for (int i = 0; i < 4; i++) {
		const char *digit = cursor->at < cursor->end && *cursor->at
					    ? strchr(digits, *cursor->at | 0x20)
					    : NULL;

		if (!digit)
			return -1;
		code = code * 16 + (int)(digit - digits);
		cursor->at++;
	}
	return code;
}

/* The next character of a text, of those that writers of JSON escape in a path; -1 where it is
 * another one, or the end. */
static int
read_character(struct cursor *cursor)
{
	int c = cursor->at < cursor->end ? (unsigned char)*cursor->at++ : -1;

	if (c != '\\')
		return c;
	c = cursor->at < cursor->end ? (unsigned char)*cursor->at++ : -1;
	if (c == 'u') {
		c = read_code(cursor);
		return c > 0 && c < 0x80 ? c : -1;
	}
	return c == '/' || c == '\\' || c == '"' ? c : -1;
}

/* The value is this text. */
static bool
is_text(struct cursor *cursor, const char *text)
{
	if (!is_one_of(cursor, "\""))
		return false;
	cursor->at++;
	for (; *text; text++)
		if (read_character(cursor) != (unsigned char)*text)
			return false;
	return is_one_of(cursor, "\"");
}

static int
differs(struct error *err, const char *what)
{
	return error_set(err, REASON_INTERNAL, 0,
		"the parser's answer about the state names another %s than the state", what);
}

/* Counts the values of that name which begin with one of BEGINNINGS; the cursor is at the last. */
static size_t
count_values(struct cursor *cursor, const char *quoted, const char *beginnings)
{
	struct cursor at = *cursor;
	size_t count = 0;

	while (find_value(&at, quoted))
		if (is_one_of(&at, beginnings)) {
			cursor->at = at.at;
			count++;
		}
	return count;
}

int
state_text_check(const char *bytes, size_t length, const struct state *state, struct error *err)
{
	struct cursor pid = { bytes, bytes + length }, bundle = pid, id = pid;

	/* Others write an annotation "id", but the container's comes first. */
	if (!find_value(&id, "\"id\"") || !is_text(&id, state->id))
		return differs(err, "container");
	if (count_values(&pid, "\"pid\"", "0123456789-") != 1 || !is_number(&pid, state->pid))
		return differs(err, "process");
	if (count_values(&bundle, "\"bundle\"", "\"") != 1 || !is_text(&bundle, state->oci_bundle))
		return differs(err, "bundle");
	return 0;
}
