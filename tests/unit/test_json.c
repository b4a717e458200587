#include "border/json.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"

#include "tests/unit/check.h"

/* A string literal with its length, so that NUL can be part of it. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct row {
	const char *name, *bytes;
	size_t length;
	const char *text; /* refusals: what the message must say */
};

static const struct row accepted[] = {
	{ "empty map", BYTES("{}"), NULL },
	{ "empty list", BYTES("[]"), NULL },
	{ "white space", BYTES(" \t\r\n[ \t\r\n1 , 2 ] \t\r\n"), NULL },
	{ "lonely number", BYTES("0"), NULL },
	{ "lonely negative number", BYTES("-0"), NULL },
	{ "lonely text", BYTES("\"\""), NULL },
	{ "lonely null", BYTES("null"), NULL },
	{ "lonely true", BYTES("true"), NULL },
	{ "number at the end", BYTES("123"), NULL },
	{ "number with everything", BYTES("[-12.50e+30]"), NULL },
	{ "number of many digits", BYTES("[123456789012345678901234567890]"), NULL },
	{ "huge exponent", BYTES("[1e99999999]"), NULL },
	{ "exponent E-", BYTES("[0E-0]"), NULL },
	{ "all short escapes", BYTES("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), NULL },
	{ "surrogate pair", BYTES("[\"\\ud83d\\ude00\"]"), NULL },
	{ "surrogate pair, capitals", BYTES("[\"\\uD83D\\uDE00\"]"), NULL },
	{ "two surrogate pairs", BYTES("[\"\\ud83d\\ude00\\ud83d\\ude00\"]"), NULL },
	{ "escaped backslash, then u", BYTES("[\"\\\\u0000\"]"), NULL },
	{ "escaped backslash, then surrogate", BYTES("[\"\\\\ud800\"]"), NULL },
	{ "escape of a noncharacter", BYTES("[\"\\uffff\"]"), NULL },
	{ "raw UTF-8", BYTES("[\"\xe2\x82\xac\xf0\x9f\x98\x80\"]"), NULL },
	{ "raw noncharacter", BYTES("[\"\xf4\x8f\xbf\xbf\"]"), NULL },
	{ "delete character", BYTES("[\"\x7f\"]"), NULL },
	{ "empty name", BYTES("{\"\":0}"), NULL },
	{ "same name in different maps", BYTES("{\"a\":{\"a\":0},\"b\":{\"a\":0}}"), NULL },
	{ "names that differ in case", BYTES("{\"a\":0,\"A\":0}"), NULL },
	{ "names, one the beginning of the other", BYTES("{\"a\":0,\"ab\":0}"), NULL },
};

static const struct row refused[] = {
	/* nothing, or not one value */
	{ "empty", BYTES(""), "empty" },
	{ "only space", BYTES(" \n"), "byte 2" },
	{ "second value", BYTES("{}{}"), "trailing garbage" },
	{ "second value after space", BYTES("[] 1"), "trailing garbage" },
	{ "second number", BYTES("1 2"), "trailing garbage" },
	{ "trailing brace", BYTES("{}}"), "trailing garbage" },
	{ "trailing comma behind", BYTES("[],"), "trailing garbage" },
	{ "trailing quote", BYTES("1\""), "byte 2: a text without an end" },
	{ "trailing open text", BYTES("{} \"a"), "byte 5: a text without an end" },
	{ "trailing text", BYTES("{}\"a\""), "trailing garbage" },
	{ "trailing half word", BYTES("{}tru"), "trailing garbage" },
	{ "trailing minus", BYTES("{}-"), "trailing garbage" },
	{ "trailing word", BYTES("{}x"), "trailing garbage" },
	{ "trailing hash", BYTES("{}#"), "trailing garbage" },
	{ "trailing NUL", BYTES("{}\0"), "byte 2: a control character" },
	{ "trailing high byte", BYTES("{}\xe9"), "byte 2: not UTF-8" },
	{ "trailing comment", BYTES("{}/**/"), "trailing garbage" },
	/* structure */
	{ "open list", BYTES("["), "premature EOF" },
	{ "open map", BYTES("{"), "premature EOF" },
	{ "open map after name", BYTES("{\"a\""), "premature EOF" },
	{ "open map after colon", BYTES("{\"a\":"), "premature EOF" },
	{ "open text", BYTES("[\"a"), "a text without an end" },
	{ "open escape", BYTES("[\"\\"), "a text without an end" },
	{ "open unicode escape", BYTES("[\"\\u00"), "a text without an end" },
	{ "half a word", BYTES("[tru"), "invalid string" },
	{ "wrong bracket", BYTES("[}"), "unallowed token" },
	{ "wrong brace", BYTES("{]"), "invalid object key" },
	{ "comma at the end of a list", BYTES("[1,]"), "unallowed token" },
	{ "comma at the end of a map", BYTES("{\"a\":0,}"), "invalid object key" },
	{ "comma at the beginning", BYTES("[,1]"), "unallowed token" },
	{ "two commas", BYTES("[1,,2]"), "unallowed token" },
	{ "no comma", BYTES("[1 2]"), "after array element" },
	{ "no comma in a map", BYTES("{\"a\":0 \"b\":0}"), "after key and value" },
	{ "no colon", BYTES("{\"a\" 0}"), "object key and value" },
	{ "two colons", BYTES("{\"a\"::0}"), "unallowed token" },
	{ "comma for colon", BYTES("{\"a\",0}"), "object key and value" },
	{ "number for a name", BYTES("{1:0}"), "invalid object key" },
	{ "bare name", BYTES("{a:0}"), "invalid char" },
	{ "single quotes", BYTES("['a']"), "invalid char" },
	{ "comment", BYTES("[/* a */1]"), "comment" },
	{ "line comment", BYTES("[//\n1]"), "comment" },
	{ "escape outside a text", BYTES("[\\n]"), "invalid char" },
	{ "capital word", BYTES("[True]"), "invalid char" },
	{ "long word", BYTES("[nulll]"), "invalid char" },
	/* numbers */
	{ "leading zero", BYTES("[01]"), "after array element" },
	{ "leading zero alone", BYTES("01"), "trailing garbage" },
	{ "two zeros", BYTES("[00]"), "after array element" },
	{ "negative leading zero", BYTES("[-01]"), "after array element" },
	{ "minus", BYTES("[-]"), "after the minus" },
	{ "lonely minus", BYTES("-"), "after the minus" },
	{ "two minus", BYTES("[--1]"), "after the minus" },
	{ "minus space", BYTES("[- 1]"), "after the minus" },
	{ "plus", BYTES("[+1]"), "invalid char" },
	{ "no digit after point", BYTES("[1.]"), "decimal point" },
	{ "lonely number with point", BYTES("1."), "decimal point" },
	{ "no digit before point", BYTES("[.5]"), "invalid char" },
	{ "no digit in exponent", BYTES("[1e]"), "exponent" },
	{ "only sign in exponent", BYTES("[1e+]"), "exponent" },
	{ "lonely exponent", BYTES("1e"), "exponent" },
	{ "point exponent", BYTES("[1.e1]"), "decimal point" },
	{ "hexadecimal", BYTES("[0x1]"), "invalid char" },
	{ "NaN", BYTES("[NaN]"), "invalid char" },
	{ "Infinity", BYTES("[Infinity]"), "invalid char" },
	{ "-Infinity", BYTES("[-Infinity]"), "after the minus" },
	{ "nan", BYTES("[nan]"), "invalid" },
	{ "full-width digit", BYTES("[\xef\xbc\x91]"), "invalid char" },
	/* space and control characters */
	{ "form feed", BYTES("[\f]"), "byte 1: a control character" },
	{ "vertical tab", BYTES("[\v]"), "byte 1: a control character" },
	{ "NUL outside", BYTES("[\0]"), "byte 1: a control character" },
	{ "NUL first", BYTES("\0{}"), "byte 0: a control character" },
	{ "no-break space", BYTES("[\xc2\xa0]"), "invalid char" },
	{ "raw NUL in a text", BYTES("[\"a\0b\"]"), "byte 3: a control character" },
	{ "raw line break in a text", BYTES("[\"a\nb\"]"), "byte 3: a control character" },
	{ "raw tab in a text", BYTES("[\"\t\"]"), "byte 2: a control character" },
	{ "raw escape in a name", BYTES("{\"\033\":0}"), "byte 2: a control character" },
	/* escapes */
	{ "escaped NUL", BYTES("[\"a\\u0000b\"]"), "byte 3: \\u0000" },
	{ "escaped NUL in a name", BYTES("{\"\\u0000\":0}"), "byte 2: \\u0000" },
	{ "high surrogate alone", BYTES("[\"\\ud800\"]"), "byte 2: an escaped surrogate" },
	{ "high surrogate, then text", BYTES("[\"\\ud800abcdef\"]"), "an escaped surrogate" },
	{ "high surrogate, then escape", BYTES("[\"\\ud800\\n\"]"), "an escaped surrogate" },
	{ "high surrogate, then other", BYTES("[\"\\ud800\\u0041\"]"), "an escaped surrogate" },
	{ "high surrogate, then just above a low one", BYTES("[\"\\ud800\\ue000\"]"),
		"an escaped surrogate" },
	{ "two high surrogates", BYTES("[\"\\ud800\\ud800\"]"), "an escaped surrogate" },
	{ "low surrogate alone", BYTES("[\"\\udc00\"]"), "an escaped surrogate" },
	{ "pair in the wrong order", BYTES("[\"\\ude00\\ud83d\"]"), "an escaped surrogate" },
	{ "low surrogate after a pair", BYTES("[\"\\ud83d\\ude00\\ude00\"]"),
		"byte 14: an escaped surrogate" },
	{ "pair with half a second", BYTES("[\"\\ud83d\\ude0\"]"), "an escaped surrogate" },
	{ "pair cut off", BYTES("[\"\\ud83d\\u"), "an escaped surrogate" },
	{ "surrogate in a name", BYTES("{\"\\udfff\":0}"), "an escaped surrogate" },
	{ "unknown escape", BYTES("[\"\\x41\"]"), "string" },
	{ "escape U", BYTES("[\"\\U0041\"]"), "string" },
	{ "short unicode escape", BYTES("[\"\\u004\"]"), "hex" },
	{ "unicode escape with sign", BYTES("[\"\\u+041\"]"), "hex" },
	/* encoding */
	{ "byte order mark", BYTES("\xef\xbb\xbf{}"), "byte order mark" },
	{ "UTF-16", BYTES("\xff\xfe{\0}\0"), "byte 0: not UTF-8" },
	{ "overlong dot", BYTES("[\"\xc0\xae\"]"), "byte 2: not UTF-8" },
	{ "overlong slash", BYTES("[\"a\xe0\x80\xaf\"]"), "byte 3: not UTF-8" },
	{ "raw surrogate", BYTES("[\"\xed\xa0\x80\"]"), "byte 2: not UTF-8" },
	{ "above U+10FFFF", BYTES("[\"\xf4\x90\x80\x80\"]"), "byte 2: not UTF-8" },
	{ "five byte form", BYTES("[\"\xf8\x88\x80\x80\x80\"]"), "byte 2: not UTF-8" },
	{ "lone continuation", BYTES("[\"\xe2\x82\xac\x80\"]"), "byte 5: not UTF-8" },
	{ "cut sequence", BYTES("[\"\xe2\x82\"]"), "byte 2: not UTF-8" },
	{ "cut sequence at the end", BYTES("[\"\xe2"), "byte 2: not UTF-8" },
	{ "Latin-1 in a name", BYTES("{\"\xe9\":0}"), "byte 2: not UTF-8" },
	/* names */
	{ "duplicate", BYTES("{\"a\":0,\"a\":0}"), "'a' occurs twice" },
	{ "duplicate after unescaping", BYTES("{\"a\":0,\"\\u0061\":0}"), "'a' occurs twice" },
	{ "duplicate slash", BYTES("{\"/\":0,\"\\/\":0}"), "'/' occurs twice" },
	{ "duplicate empty", BYTES("{\"\":0,\"\":0}"), "'' occurs twice" },
	{ "duplicate below", BYTES("[{\"b\":{\"a\":0,\"c\":1,\"a\":0}}]"), "'a' occurs twice" },
	{ "duplicate of another type", BYTES("{\"a\":{},\"a\":[]}"), "'a' occurs twice" },
	{ "duplicate among many",
		BYTES("{\"k1\":0,\"k2\":0,\"k3\":0,\"k4\":0,\"k5\":0,\"k6\":0,\"k7\":0,\"k8\":0,"
		      "\"k9\":0,\"k3\":0}"),
		"'k3' occurs twice" },
};

static void
test_accepted(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		cleanup_document struct node_document *document = NULL;
		struct error err = { 0 };
		int result = json_parse(
			accepted[i].bytes, accepted[i].length, REASON_BUNDLE, &document, &err);

		check_result(result, REASON_NONE, &err, accepted[i].name);
		check(document && node_root(document), accepted[i].name, "no root");
	}
}

static void
test_refused(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_document struct node_document *document = NULL;
		/* An exact copy, so that the sanitizer sees a byte too many. */
		cleanup_free char *bytes = malloc(refused[i].length + 1);
		struct error err = { 0 };
		int result;

		if (!bytes)
			continue;
		memcpy(bytes, refused[i].bytes, refused[i].length);
		bytes[refused[i].length] = '!';
		result = json_parse(bytes, refused[i].length, REASON_BUNDLE, &document, &err);
		check_result(result, REASON_BUNDLE, &err, refused[i].name);
		check(!document && strstr(err.text, refused[i].text), refused[i].name,
			"wanted \"%s\", got \"%s\"", refused[i].text, err.text);
	}
}

/* BEGIN COUNT times, then END COUNT times. */
static char *
nested(const char *begin, const char *end, size_t count)
{
	char *text = malloc(count * (strlen(begin) + strlen(end)) + 2), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, begin);
	if (strcmp(begin, "[") != 0)
		to = stpcpy(to, "0");
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, end);
	return text;
}

static void
test_depth(void)
{
	static const struct {
		const char *name, *begin, *end;
		size_t count;
		enum reason wanted;
	} rows[] = {
		{ "lists at the limit", "[", "]", LIMIT_DEPTH, REASON_NONE },
		{ "lists above the limit", "[", "]", LIMIT_DEPTH + 1, REASON_MANIFEST },
		{ "maps at the limit", "{\"a\":", "}", LIMIT_DEPTH, REASON_NONE },
		{ "maps above the limit", "{\"a\":", "}", LIMIT_DEPTH + 1, REASON_MANIFEST },
		{ "bomb of lists", "[", "]", 100000, REASON_MANIFEST },
		{ "bomb of lists, unclosed", "[", "", 100000, REASON_MANIFEST },
		{ "bomb of maps, unclosed", "{\"a\":", "", 100000, REASON_MANIFEST },
		{ "bomb of both, unclosed", "[{\"\":", "", 50000, REASON_MANIFEST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_document struct node_document *document = NULL;
		cleanup_free char *text = nested(rows[i].begin, rows[i].end, rows[i].count);
		struct error err = { 0 };
		int result;

		if (!text)
			continue;
		result = json_parse(text, strlen(text), REASON_MANIFEST, &document, &err);
		check_result(result, rows[i].wanted, &err, rows[i].name);
		if (result)
			check(strstr(err.text, "nested deeper than 32"), rows[i].name, "%s",
				err.text);
	}
}

static void
test_tree(void)
{
	static const char text[] =
		"{\"pa\\/th\":\"\\/opt\\u002fnim\",\"n\":[-1.50e+3,true,false,null],"
		"\"smile\":\"\\ud83d\\ude00\",\"cut\":\"\"}";
	cleanup_document struct node_document *document = NULL;
	const struct node *root, *list, *child;
	struct error err = { 0 };

	check_result(json_parse(text, strlen(text), REASON_CONFIG, &document, &err), REASON_NONE,
		&err, "tree");
	root = document ? node_root(document) : NULL;
	if (!root)
		return;
	check(root->kind == NODE_MAP && root->count == 4 && !root->key, "tree: root", "wrong");
	check_text(node_text(node_member(root, "pa/th")), "/opt/nim", "tree: escaped slashes");
	check_text(node_text(node_member(root, "smile")), "\xf0\x9f\x98\x80", "tree: pair");
	check_text(node_text(node_member(root, "cut")), "", "tree: empty text");
	list = node_member(root, "n");
	check(list && list->kind == NODE_LIST && list->count == 4, "tree: list", "wrong");
	if (!list || list->count != 4)
		return;
	child = list->first;
	check(child->kind == NODE_NUMBER && child->length == 8, "tree: number", "wrong");
	check_text(child->text, "-1.50e+3", "tree: number as written");
	check(!node_text(child), "tree: a number is no text", "it is");
	child = child->next;
	check(child->kind == NODE_BOOL && child->boolean, "tree: true", "wrong");
	child = child->next;
	check(child->kind == NODE_BOOL && !child->boolean, "tree: false", "wrong");
	child = child->next;
	check(child->kind == NODE_NULL && !child->next && !child->text, "tree: null", "wrong");
}

static void
test_too_much(void)
{
	size_t values = LIMIT_JSON_NODES;
	cleanup_free char *many = malloc(2 * values + 2);
	cleanup_free char *large = malloc(LIMIT_TEXT_BYTES + 1);
	cleanup_document struct node_document *document = NULL;
	struct error err = { 0 };

	if (!many || !large)
		return;
	many[0] = '[';
	for (size_t i = 0; i < values; i++)
		memcpy(many + 1 + 2 * i, "1,", 2);
	many[2 * values] = ']';
	check_result(json_parse(many, 2 * values + 1, REASON_BUNDLE, &document, &err),
		REASON_BUNDLE, &err, "one value too many");
	check(strstr(err.text, "more values"), "one value too many: text", "%s", err.text);
	many[2 * values - 2] = ']';
	check_result(json_parse(many, 2 * values - 1, REASON_BUNDLE, &document, &err), REASON_NONE,
		&err, "as many values as allowed");
	memset(large, ' ', LIMIT_TEXT_BYTES + 1);
	large[0] = '1';
	check_result(json_parse(large, LIMIT_TEXT_BYTES + 1, REASON_POLICY, &document, &err),
		REASON_POLICY, &err, "too many bytes");
}

int
main(void)
{
	test_accepted();
	test_refused();
	test_depth();
	test_tree();
	test_too_much();
	return check_end();
}
