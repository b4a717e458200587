#include "border/http_url.h"

#include "tests/unit/check.h"

static void
test_parse(void)
{
	static const struct {
		const char *url, *host, *port, *shown; /* host NULL: refused */
	} rows[] = {
		{ "https://a.example/b", "a.example", "443", "a.example" },
		{ "https://A.Example:8443", "a.example", "8443", "a.example:8443" },
		{ "https://a.example:443/?secret", "a.example", "443", "a.example" },
		{ "HTTPS://a", "a", "443", "a" },
		{ "https://[::1]:9/x", "[::1]", "9", "[::1]:9" },
		{ "http://a", NULL, NULL, "is not https" },
		{ "ftp://a", NULL, NULL, "is not https" },
		{ "file:///etc/passwd", NULL, NULL, "is not https" },
		{ "a.example/b", NULL, NULL, "is no URL" },
		{ "//a/b", NULL, NULL, "what" },
		{ "", NULL, NULL, "is no URL" },
		{ "https://", NULL, NULL, "what" },
		{ "https:///b", "b", "443", "b" },
		{ "https://u@a", NULL, NULL, "holds a user or a password" },
		{ "https://u:p@a", NULL, NULL, "holds a user or a password" },
		{ "https://:p@a", NULL, NULL, "holds a user or a password" },
		{ "https://a b", NULL, NULL, "is no URL" },
		{ "https://a/\n", NULL, NULL, "is no URL" },
		{ "https://a/\xc3\xa9", NULL, NULL, "is no URL" },
		{ "https://a:0x50", NULL, NULL, "is no URL" },
		{ "https://a:99999", NULL, NULL, "is no URL" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_url struct http_url url = { 0 };
		struct error err = { 0 };
		int result = http_url_parse(rows[i].url, "what", REASON_CONFIG, &url, &err);

		check_result(result, rows[i].host ? REASON_NONE : REASON_CONFIG, &err, rows[i].url);
		if (rows[i].host) {
			check_text(url.origin.host, rows[i].host, rows[i].url);
			check_text(url.origin.port, rows[i].port, rows[i].url);
			check_text(url.host, rows[i].shown, rows[i].url);
			check_text(url.text, rows[i].url, rows[i].url);
		} else {
			check(strstr(err.text, rows[i].shown) && !url.text, rows[i].url, "got: %s",
				err.text);
		}
	}
}

static void
test_origins(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://a/x", "https://a:443/y?z", true },
		{ "https://a", "https://A/", true },
		{ "https://a", "https://a:444", false },
		{ "https://a", "https://a.", false },
		{ "https://a", "https://b", false },
		{ "https://127.0.0.1", "https://localhost", false },
		{ "https://api.ngc.nvidia.com", "https://api.ngc.nvidia.com.example", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_url struct http_url a = { 0 }, b = { 0 };
		struct error err;

		check(http_url_parse(rows[i].a, "a", REASON_CONFIG, &a, &err) == 0 &&
				http_url_parse(rows[i].b, "b", REASON_CONFIG, &b, &err) == 0 &&
				http_url_same_origin(&a.origin, &b.origin) == rows[i].same,
			rows[i].b, "not as %s", rows[i].a);
	}
}

int
main(void)
{
	test_parse();
	test_origins();
	return check_end();
}
