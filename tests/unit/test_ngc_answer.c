#include "supply/ngc_answer.h"

#include "base/mem.h"

#include "tests/unit/check.h"

static void
test_version(void)
{
	static const struct {
		const char *text;
		int wanted; /* -1: refused */
		const char *words;
	} rows[] = {
		{ "{\"modelVersion\":{\"isSigned\":true}}", NGC_ANSWER_SIGNED_YES, NULL },
		{ "{\"modelVersion\":{\"isSigned\":false}}", NGC_ANSWER_SIGNED_NO, NULL },
		{ "{\"modelVersion\":{\"isSigned\":null}}", NGC_ANSWER_SIGNED_UNSAID, NULL },
		{ "{\"a\":[1],\"modelVersion\":{\"b\":{}}}", NGC_ANSWER_SIGNED_UNSAID, NULL },
		{ "{\"modelVersion\":{\"isSigned\":1}}", -1, "'isSigned': expected true or false" },
		{ "{\"modelVersion\":{\"isSigned\":\"true\"}}", -1, "found a text" },
		{ "{\"modelVersion\":[]}", -1, "'modelVersion': expected an object" },
		{ "{\"isSigned\":true}", -1, "'modelVersion': expected an object, found nothing" },
		{ "{\"modelVersion\":{\"isSigned\":true,\"isSigned\":true}}", -1, "twice" },
		{ "[]", -1, "expected an object, found a list" },
		{ "null", -1, "expected an object" },
		{ "", -1, "NGC's answer" },
		{ "{\"modelVersion\":{\"isSigned\":true}} x", -1, "NGC's answer" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum ngc_answer_signed found = NGC_ANSWER_SIGNED_UNSAID;
		struct error err = { 0 };
		int result = ngc_answer_version(rows[i].text, strlen(rows[i].text), &found, &err);

		check_result(result, rows[i].wanted < 0 ? REASON_NETWORK : REASON_NONE, &err,
			rows[i].text);
		if (rows[i].wanted < 0)
			check(strstr(err.text, rows[i].words) != NULL, rows[i].words, "got: %s",
				err.text);
		else
			check((int)found == rows[i].wanted, rows[i].text, "got %d", (int)found);
	}
}

static void
test_url(void)
{
	static const struct {
		const char *text, *wanted, *words;
	} rows[] = {
		{ "{\"url\":\"https://a/b?c=%20&d\",\"x\":1}", "https://a/b?c=%20&d", NULL },
		{ "{\"url\":\"http://a/b\"}", NULL, "begins with https://" },
		{ "{\"url\":\"HTTPS://a\"}", NULL, "begins with https://" },
		{ "{\"url\":\"https://a/\\u00e9\"}", NULL, "printable ASCII" },
		{ "{\"url\":\"https://a/\\r\\nb\"}", NULL, "printable ASCII" },
		{ "{\"url\":\"https://a/ b\"}", NULL, "printable ASCII" },
		{ "{\"url\":\"\"}", NULL, "printable ASCII" },
		{ "{\"url\":null}", NULL, "'url': expected a text" },
		{ "{}", NULL, "'url': expected a text, found nothing" },
		{ "{\"url\":\"https://a\",\"url\":\"https://b\"}", NULL, "twice" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_free char *url = NULL;
		struct error err = { 0 };
		int result = ngc_answer_url(rows[i].text, strlen(rows[i].text), &url, &err);

		check_result(
			result, rows[i].wanted ? REASON_NONE : REASON_NETWORK, &err, rows[i].text);
		if (rows[i].wanted)
			check_text(url, rows[i].wanted, rows[i].text);
		else
			check(strstr(err.text, rows[i].words) != NULL && !url, rows[i].words,
				"got: %s", err.text);
	}
}

/* One byte more than fits, and as many as fit. */
static void
test_long(void)
{
	static char text[NGC_ANSWER_URL_MAX + 64];

	for (size_t more = 0; more < 2; more++) {
		cleanup_free char *url = NULL;
		struct error err = { 0 };
		size_t length = NGC_ANSWER_URL_MAX + more;
		int at = snprintf(text, sizeof(text), "{\"url\":\"https://");
		int result;

		memset(text + at, 'x', length - strlen("https://"));
		strcpy(text + at + length - strlen("https://"), "\"}");
		result = ngc_answer_url(text, strlen(text), &url, &err);
		check_result(result, more ? REASON_NETWORK : REASON_NONE, &err,
			more ? "a long URL" : "the longest URL");
	}
}

static void
test_token(void)
{
	static const struct {
		const char *text, *wanted;
		uint64_t life;
		const char *words;
	} rows[] = {
		{ "{\"token\":\"abc\",\"expires_in\":900}", "abc", 900, NULL },
		{ "{\"token\":\"abc\",\"expires_in\":9e2}", "abc", 900, NULL },
		{ "{\"token\":\"abc\"}", "abc", 0, NULL },
		{ "{\"token\":\"abc\",\"expires_in\":1000000}", "abc", NGC_ANSWER_LIFE_MAX, NULL },
		{ "{\"token\":\"abc\",\"expires_in\":0}", NULL, 0, "'expires_in'" },
		{ "{\"token\":\"abc\",\"expires_in\":-1}", NULL, 0, "'expires_in'" },
		{ "{\"token\":\"abc\",\"expires_in\":1.5}", NULL, 0, "'expires_in'" },
		{ "{\"token\":\"abc\",\"expires_in\":\"9\"}", NULL, 0, "'expires_in'" },
		{ "{\"token\":\"a\\nX-Other: b\"}", NULL, 0, "printable ASCII" },
		{ "{\"token\":\"\"}", NULL, 0, "printable ASCII" },
		{ "{\"token\":7}", NULL, 0, "'token': expected a text" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ngc_answer_token token = { .life_s = 0 };
		struct error err = { 0 };
		int result = ngc_answer_token(rows[i].text, strlen(rows[i].text), &token, &err);

		check_result(
			result, rows[i].wanted ? REASON_NONE : REASON_NETWORK, &err, rows[i].text);
		if (rows[i].wanted) {
			check_text(token.token, rows[i].wanted, rows[i].text);
			check(token.life_s == rows[i].life, rows[i].text, "lasts %llu",
				(unsigned long long)token.life_s);
		} else {
			check(strstr(err.text, rows[i].words) != NULL, rows[i].words, "got: %s",
				err.text);
			check(!strstr(err.text, "abc"), "no token in messages", "%s", err.text);
		}
	}
}

int
main(void)
{
	test_version();
	test_url();
	test_long();
	test_token();
	return check_end();
}
