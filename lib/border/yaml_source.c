#include "border/yaml_source.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

struct yaml_place
yaml_source_place(const char *bytes, size_t offset)
{
	struct yaml_place place = { .line = 1, .column = 1 };

	for (size_t i = 0; i < offset; i++) {
		if (bytes[i] == '\n')
			place = (struct yaml_place){ .line = place.line + 1, .column = 1 };
		else if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			place.column++;
	}
	return place;
}

static int
wrap(struct yaml_place place, struct error *err)
{
	return error_wrap(err, "line %zu, column %zu", place.line, place.column);
}

/*
 * Line breaks that YAML 1.1 knows and 1.2 does not: a comment for one reader is a member for
 * another. Returns the offset of the first, or LENGTH.
 */
static size_t
find_foreign_break(const char *bytes, size_t length)
{
	static const char *const breaks[] = { "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9" };
	size_t first = length;
	const char *at;

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		at = memmem(bytes, length, breaks[i], strlen(breaks[i]));
		if (at && (size_t)(at - bytes) < first)
			first = (size_t)(at - bytes);
	}
	return first;
}

/*
 * The first "%" that begins a line, or LENGTH: no value can, so it is a directive (or in a quoted
 * text that goes over lines, which nobody writes so). libyaml is quadratic in directives and tells
 * of them only after the last.
 */
static size_t
find_directive(const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	for (;;) {
		at = memchr(at, '%', (size_t)(end - at));
		if (!at)
			return length;
		if (at == bytes || at[-1] == '\n' || at[-1] == '\r')
			return (size_t)(at - bytes);
		at++;
	}
}

/* The beginning of the first line that is not UTF-8, or LENGTH. */
static size_t
find_foreign_bytes(const char *bytes, size_t length)
{
	size_t at = 0, step;
	const char *end;

	if (text_is_utf8(bytes, length))
		return length;
	for (;;) {
		end = memchr(bytes + at, '\n', length - at);
		step = end ? (size_t)(end - bytes) + 1 - at : length - at;
		if (!end || !text_is_utf8(bytes + at, step))
			return at;
		at += step;
	}
}

int
yaml_source_check(const char *bytes, size_t length, struct error *err)
{
	static const struct yaml_place start = { 1, 1 };
	const char *nul;
	size_t offset;

	if (length > LIMIT_MANIFEST_BYTES) {
		error_set(err, REASON_NONE, 0, "the document has %zu bytes, at most %d are read",
			length, LIMIT_MANIFEST_BYTES);
		return wrap(start, err);
	}
	if (length >= 2 &&
		(memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		error_set(err, REASON_NONE, 0, "the document is UTF-16, only UTF-8 is read");
		return wrap(start, err);
	}
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		error_set(err, REASON_NONE, 0, "the document begins with a byte order mark");
		return wrap(start, err);
	}
	nul = memchr(bytes, '\0', length);
	if (nul) {
		error_set(err, REASON_NONE, 0, "a NUL byte");
		return wrap(yaml_source_place(bytes, (size_t)(nul - bytes)), err);
	}
	offset = find_foreign_bytes(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0, "this line is not UTF-8");
		return wrap(yaml_source_place(bytes, offset), err);
	}
	offset = find_directive(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0, "directives ('%%...') are not allowed");
		return wrap(yaml_source_place(bytes, offset), err);
	}
	offset = find_foreign_break(bytes, length);
	if (offset < length) {
		error_set(err, REASON_NONE, 0,
			"a line break (U+0085, U+2028 or U+2029) that not every YAML reader takes for one");
		return wrap(yaml_source_place(bytes, offset), err);
	}
	return 0;
}
