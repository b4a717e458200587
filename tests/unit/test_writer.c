#include "base/writer.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <stdint.h>

static void
test_strings(void)
{
	static const struct {
		const char *name, *value, *wanted;
	} rows[] = {
		{ "string: plain", "abc ~", "\"abc ~\"" },
		{ "string: empty", "", "\"\"" },
		{ "string: nothing", NULL, "null" },
		{ "string: quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "string: control", "\n\t\033\x01\x1f",
			"\"\\u000a\\u0009\\u001b\\u0001\\u001f\"" },
		{ "string: DEL", "\x7f", "\"\\u007f\"" },
		{ "string: two bytes", "\xc3\xa9", "\"\\u00e9\"" },
		{ "string: bidi", "\xe2\x80\xae", "\"\\u202e\"" },
		{ "string: above U+FFFF", "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"" },
		{ "string: last code point", "\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\"" },
		{ "string: first above U+FFFF", "\xf0\x90\x80\x80", "\"\\ud800\\udc00\"" },
		{ "string: not UTF-8", "a\xff\x80z", "\"a\\ufffd\\ufffdz\"" },
		{ "string: overlong", "\xc0\xae", "\"\\ufffd\\ufffd\"" },
		{ "string: surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "string: too high", "\xf5\x80\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		{ "string: cut of two", "\xc3", "\"\\ufffd\"" },
		{ "string: cut of three", "\xe2\x80", "\"\\ufffd\\ufffd\"" },
		{ "string: cut of four", "\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "string: cut by ASCII", "\xe2\"x", "\"\\ufffd\\\"x\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_writer struct writer writer = { 0 };

		writer_string(&writer, NULL, rows[i].value);
		check(!writer.failed, rows[i].name, "failed");
		check_text(writer.text, rows[i].wanted, rows[i].name);
	}
}

static void
test_structure(void)
{
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_open(&writer, "empty", '[');
	writer_close(&writer, ']');
	writer_open(&writer, "list", '[');
	writer_number(&writer, NULL, 0);
	writer_number(&writer, NULL, UINT64_MAX);
	writer_open(&writer, NULL, '{');
	writer_close(&writer, '}');
	writer_open(&writer, NULL, '{');
	writer_bool(&writer, "a\"", true);
	writer_bool(&writer, "b", false);
	writer_close(&writer, '}');
	writer_string(&writer, NULL, "x");
	writer_close(&writer, ']');
	writer_string(&writer, "last", NULL);
	writer_close(&writer, '}');
	writer_bytes(&writer, "\n", 1);
	check_text(writer.text,
		"{\"empty\":[],\"list\":[0,18446744073709551615,{},{\"a\\\"\":true,\"b\":false},\"x\"],"
		"\"last\":null}\n",
		"structure");
	check(writer.length == strlen(writer.text), "structure: length", "%zu", writer.length);
}

/* Every length around the places where the room is doubled. */
static void
test_growth(void)
{
	char wanted[2100];

	memset(wanted, 'x', sizeof(wanted));
	for (size_t length = 0; length < sizeof(wanted) - 1; length += length < 240 ? 60 : 1) {
		cleanup_writer struct writer writer = { 0 }, formatted = { 0 };

		writer_bytes(&writer, wanted, length);
		writer_bytes(&writer, "", 0);
		writer_format(&formatted, "%.*s", (int)length, wanted);
		if (writer.length != length || strlen(writer.text) != length ||
			formatted.length != length || strlen(formatted.text) != length ||
			writer.capacity <= length || memcmp(writer.text, wanted, length) != 0) {
			check(false, "growth", "wrong at %zu", length);
			return;
		}
	}
	check(true, "growth", "-");
}

static void
test_failure(void)
{
	cleanup_writer struct writer writer = { 0 };

	writer_format(&writer, "%s", "kept");
	writer.failed = true;
	writer_bytes(&writer, "more", 4);
	writer_format(&writer, "%s", "more");
	writer_string(&writer, "key", "more");
	check(writer.failed, "failure is sticky", "forgotten");
	check_text(writer.text, "kept", "failure: nothing is added");
	writer_release(&writer);
	check(!writer.text && !writer.failed && !writer.length, "release: zeroed", "not");
}

int
main(void)
{
	test_strings();
	test_structure();
	test_growth();
	test_failure();
	return check_end();
}
