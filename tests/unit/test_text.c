#include "base/mem.h"
#include "base/text.h"

#include "tests/unit/check.h"

static void
test_counts(void)
{
	static const struct {
		const char *digits;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "7", 0, 7 },
		{ "10", 0, 10 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -1, 0 },
		{ "99999999999999999999", -1, 0 },
		{ "", -1, 0 },
		{ "00", -1, 0 },
		{ "01", -1, 0 },
		{ "+1", -1, 0 },
		{ "-1", -1, 0 },
		{ " 1", -1, 0 },
		{ "1 ", -1, 0 },
		{ "1a", -1, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 42;
		int result = text_parse_count(rows[i].digits, strlen(rows[i].digits), &value);

		check(result == rows[i].result && value == (result ? 42 : rows[i].value),
			"parse count", "'%s' gave %d, %llu", rows[i].digits, result,
			(unsigned long long)value);
	}
}

static void
test_whole_numbers(void)
{
	static const struct {
		const char *number;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "0.0", 0, 0 },
		{ "0e999999999999999999999", 0, 0 },
		{ "0.000e-5", 0, 0 },
		{ "4", 0, 4 },
		{ "1000000000", 0, 1000000000 },
		{ "1000000000.0", 0, 1000000000 },
		{ "1e9", 0, 1000000000 },
		{ "1E+9", 0, 1000000000 },
		{ "1.0e9", 0, 1000000000 },
		{ "0.5e1", 0, 5 },
		{ "0.001E4", 0, 10 },
		{ "1050.00e-1", 0, 105 },
		{ "1000e-3", 0, 1 },
		{ "100.000000000000000000000000000000", 0, 100 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "922337203685477580.7e1", 0, INT64_MAX },
		{ "9223372036854775808", -1, 0 },
		{ "1e19", -1, 0 },
		{ "1e99999999999999999999", -1, 0 },
		{ "18446744073709551617", -1, 0 },
		{ "-1", -1, 0 },
		{ "-0", -1, 0 },
		{ "0.5", -1, 0 },
		{ "1.5", -1, 0 },
		{ "1e-1", -1, 0 },
		{ "1e-99999999999999999999", -1, 0 },
		{ "4.00000000000000000000000000000001", -1, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 42;
		int result = text_parse_whole(rows[i].number, &value);

		check(result == rows[i].result && value == (result ? 42 : rows[i].value),
			"parse whole number", "'%s' gave %d, %llu", rows[i].number, result,
			(unsigned long long)value);
	}
}

/* One letter and one stray byte at every place of a longer text, whose ASCII is not looked at one
 * by one. */
static void
check_places(void)
{
	char text[30];

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		memset(text, 'a', sizeof(text));
		memcpy(text + i, "\xc3\xa9", 2);
		check(text_is_utf8(text, sizeof(text)), "UTF-8: a letter", "at %zu", i);
		text[i] = 'a';
		check(!text_is_utf8(text, sizeof(text)), "UTF-8: a stray byte", "at %zu", i + 1);
		text[i] = '\xc3';
		check(!text_is_utf8(text, i + 1), "UTF-8: cut", "at %zu", i + 1);
	}
}

int
main(void)
{
	test_counts();
	test_whole_numbers();
	static const struct {
		const char *name, *bytes;
		size_t length, size;
		const char *wanted;
	} escapes[] = {
		{ "escape: plain", "abc", 3, 20, "abc" },
		{ "escape: backslash", "a\\b", 3, 20, "a\\\\b" },
		{ "escape: terminal", "\033[31m", 5, 40, "\\x1b[31m" },
		{ "escape: bidi", "\xe2\x80\xae", 3, 40, "\\xe2\\x80\\xae" },
		{ "escape: NUL", "a\0b", 3, 40, "a\\x00b" },
		{ "escape: fits exactly", "1234567", 7, 8, "1234567" },
		{ "escape: cut", "12345678", 8, 8, "1234..." },
		{ "escape: cut in an escape", "1234\033", 5, 8, "1234..." },
		{ "escape: empty", "", 0, 8, "" },
	};
	static const struct {
		const char *path;
		bool canonical;
	} paths[] = {
		{ "a", true },
		{ "a/b.c", true },
		{ "a/...", true },
		{ ".a", true },
		{ "a\\b", true },
		{ "", false },
		{ "/a", false },
		{ "a/", false },
		{ "a//b", false },
		{ ".", false },
		{ "..", false },
		{ "a/.", false },
		{ "a/../b", false },
		{ "./a", false },
	};
	static const struct {
		const char *bytes;
		size_t length;
		bool valid;
	} utf8[] = {
		{ "a", 1, true },
		{ "\xc3\xa9", 2, true },
		{ "\xf0\x9f\x98\x80", 4, true },
		{ "\xc0\xae", 2, false },
		{ "\xe0\x80\xae", 3, false },
		{ "\xed\xa0\x80", 3, false },
		{ "\xf4\x90\x80\x80", 4, false },
		{ "\xe2\x82", 2, false },
		{ "\xff", 1, false },
		{ "\x80", 1, false },
		{ "", 0, true },
	};
	uint8_t bytes[2] = { 7, 7 };
	char out[80];

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		check_text(text_escape(out, escapes[i].size, escapes[i].bytes, escapes[i].length),
			escapes[i].wanted, escapes[i].name);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check(text_is_canonical_path(paths[i].path) == paths[i].canonical, "canonical path",
			"%s", paths[i].path);
	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
		check(text_is_utf8(utf8[i].bytes, utf8[i].length) == utf8[i].valid, "UTF-8",
			"case %zu", i);
	check_text(TEXT_QUOTE("a\nb"), "'a\\x0ab'", "quote");
	check_text(TEXT_QUOTE(NULL), "(none)", "quote: nothing");
	check(text_parse_hex("0aFf", 4, bytes, 2) == 0 && bytes[0] == 0x0a && bytes[1] == 0xff,
		"hex", "%02x%02x", bytes[0], bytes[1]);
	check(text_parse_hex("0aF", 3, bytes, 2) != 0, "hex: short", "accepted");
	check(text_parse_hex("0aFg", 4, bytes, 2) != 0 && bytes[1] == 0xff, "hex: digit",
		"accepted or touched");
	check_text(text_format_hex(out, bytes, 2), "0aff", "hex: format");
	check_places();
	return check_end();
}
