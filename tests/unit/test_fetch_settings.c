#include "supply/fetch_settings.h"

#include "tests/unit/check.h"

static void
test_defaults(void)
{
	cleanup_fetch_settings struct fetch_settings settings = { 0 };
	struct error err = { 0 };

	check_result(fetch_settings_defaults(&settings, &err), REASON_NONE, &err, "defaults");
	check_text(settings.base_url, "https://api.ngc.nvidia.com", "NGC");
	check_text(settings.auth_url, "https://authn.nvidia.com/token", "its log-in");
	check(!settings.proxy && !settings.ca_file && !settings.key_file, "nothing else", "%s",
		settings.proxy);
	check(settings.jobs && settings.tries && settings.connect_s && settings.stall_s &&
			settings.total_s,
		"every bound", "one is 0");
}

static void
test_parse(void)
{
	static const char text[] =
		"base_url: https://ngc.example:8443/a\nauth_url: https://log-in.example/token\n"
		"ca_file: /etc/ca.pem\nproxy: http://proxy.example:3128\nkey_file: /etc/key\n"
		"jobs: 32\nconnect_seconds: 1\nstall_seconds: 2\ntotal_seconds: 86400\ntries: 20\n";
	cleanup_fetch_settings struct fetch_settings settings = { 0 };
	struct error err = { 0 };

	fetch_settings_defaults(&settings, &err);
	check_result(fetch_settings_parse(text, strlen(text), &settings, &err), REASON_NONE, &err,
		"all keys");
	check_text(settings.base_url, "https://ngc.example:8443/a", "base_url");
	check_text(settings.auth_url, "https://log-in.example/token", "auth_url");
	check_text(settings.ca_file, "/etc/ca.pem", "ca_file");
	check_text(settings.proxy, "http://proxy.example:3128", "proxy");
	check_text(settings.key_file, "/etc/key", "key_file");
	check(settings.jobs == 32 && settings.connect_s == 1 && settings.stall_s == 2 &&
			settings.total_s == 86400 && settings.tries == 20,
		"numbers", "%u %u %u %u %u", settings.jobs, settings.connect_s, settings.stall_s,
		settings.total_s, settings.tries);
}

static void
test_refusals(void)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "- a\n", "line 1, column 1: expected a map" },
		{ "", "line 1" },
		{ "base_url: http://a\n",
			"line 1, column 11: base_url: what it names is not https" },
		{ "base_url: file:///a\n", "is not https" },
		{ "base_url: https://a:b@c\n", "holds a user or a password" },
		{ "base_url: https://a/\n", "without a slash at its end" },
		{ "base_url: https://a?b\n", "without query" },
		{ "base_url: https://a#b\n", "without query" },
		{ "base_url: api.ngc.nvidia.com\n", "is no URL" },
		{ "base_url: \"https://a\\nb\"\n", "is no URL" },
		{ "base_url: https://\n", "expected https://HOST/" },
		{ "base_url: [a]\n", "expected a text" },
		{ "auth_url: \"\"\n", "expected a text" },
		{ "ca_file: ca.pem\n", "must be an absolute path" },
		{ "key_file: /a/../b\n", "must be an absolute path" },
		{ "proxy: proxy.example:3128\n", "expected http://HOST:PORT" },
		{ "proxy: socks5://a:1\n", "expected http://HOST:PORT" },
		{ "proxy: http://a:b@c:1\n", "without user and password" },
		{ "proxy: http://\n", "expected http://HOST:PORT" },
		{ "jobs: 0\n", "jobs: expected a whole number from 1 to 32" },
		{ "jobs: 33\n", "from 1 to 32" },
		{ "jobs: -1\n", "from 1 to 32" },
		{ "jobs: 1.5\n", "from 1 to 32" },
		{ "tries: 21\n", "from 1 to 20" },
		{ "total_seconds: 86401\n", "from 1 to 86400" },
		{ "jobs: 1\njobs: 2\n", "'jobs' occurs twice" },
		{ "key: nvapi-a\n", "line 1, column 1: unknown key 'key'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_fetch_settings struct fetch_settings settings = { 0 };
		struct error err = { 0 };
		int result;

		fetch_settings_defaults(&settings, &err);
		result = fetch_settings_parse(rows[i].text, strlen(rows[i].text), &settings, &err);
		check_result(result, REASON_CONFIG, &err, rows[i].words);
		check(strstr(err.text, rows[i].words) != NULL, rows[i].words, "got: %s", err.text);
	}
}

static void
test_set(void)
{
	cleanup_fetch_settings struct fetch_settings settings = { 0 };
	struct error err = { 0 };

	fetch_settings_defaults(&settings, &err);
	check_result(fetch_settings_set(&settings, "proxy", "http://a:1", "--proxy", &err),
		REASON_NONE, &err, "an option");
	check_text(settings.proxy, "http://a:1", "an option's value");
	check_result(fetch_settings_set(&settings, "proxy", "a", "--proxy", &err), REASON_USAGE,
		&err, "an option's bad value");
	check_text(settings.proxy, "http://a:1", "the value stays");
}

int
main(void)
{
	test_defaults();
	test_parse();
	test_refusals();
	test_set();
	return check_end();
}
