#include "policy/runtime_settings.h"

#include "base/mem.h"
#include "base/writer.h"
#include "oci/hooks.h"
#include "oci/process.h"

#include "tests/unit/check.h"

#define PROFILE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ENTRY: the hook's, as JSON. */
static const struct {
	const char *name, *text, *runtime, *entry, *profile;
	bool restore;
} rows[] = {
	{ "least", "runtime: /usr/bin/runc\n", "/usr/bin/runc",
		"{\"path\":\"/usr/libexec/oci/hooks.d/nimgate-hook\",\"args\":[\"nimgate-hook\","
		"\"createRuntime\"],\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":110}",
		NULL, false },
	{ "all",
		"# comment\nhook: /opt/h\nruntime: \"/usr/bin/crun\"\nrule: lab\npolicy: /etc/p.yaml\n"
		"profile: " PROFILE "\nrestore: allow\n",
		"/usr/bin/crun",
		"{\"path\":\"/opt/h\",\"args\":[\"nimgate-hook\",\"--policy\",\"/etc/p.yaml\","
		"\"--rule\",\"lab\",\"createRuntime\"],\"env\":[\"PATH=/usr/sbin:/usr/bin\"],"
		"\"timeout\":110}",
		PROFILE, true },
	{ "restore as it is", "runtime: /r\nrestore: refuse\n", "/r",
		"{\"path\":\"/usr/libexec/oci/hooks.d/nimgate-hook\",\"args\":[\"nimgate-hook\","
		"\"createRuntime\"],\"env\":[\"PATH=/usr/sbin:/usr/bin\"],\"timeout\":110}",
		NULL, false },
};

static void
test_read(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_runtime_settings struct runtime_settings settings = { 0 };
		cleanup_writer struct writer out = { 0 };
		struct process_variable pin;
		struct hooks_entry entry;
		struct error err = { 0 };
		int result =
			runtime_settings_parse(rows[i].text, strlen(rows[i].text), &settings, &err);

		check_result(result, REASON_NONE, &err, rows[i].name);
		if (result)
			continue;
		check_text(settings.runtime, rows[i].runtime, rows[i].name);
		check(settings.restore == rows[i].restore, rows[i].name, "restore: %d",
			settings.restore);
		runtime_settings_variable(&settings, &pin);
		check_text(pin.name, "NIM_MODEL_PROFILE", rows[i].name);
		if (rows[i].profile)
			check_text(pin.value, rows[i].profile, rows[i].name);
		else
			check(!pin.value, rows[i].name, "a profile from nowhere: %s", pin.value);
		runtime_settings_entry(&settings, &entry);
		hooks_write(&entry, &out);
		check_text(out.text, rows[i].entry, rows[i].name);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *name, *text, *words;
	} refused[] = {
		{ "empty", "", "line 1" },
		{ "no map", "[/usr/bin/runc]\n", "line 1, column 1: expected a map" },
		{ "no runtime", "hook: /h\n", "the key 'runtime' is missing" },
		{ "unknown key", "runtime: /r\nruntimes: /r\n",
			"line 2, column 1: unknown key 'runtimes'" },
		{ "twice", "runtime: /r\nruntime: /r\n", "runtime" },
		{ "a name", "runtime: runc\n", "line 1, column 10: found 'runc'" },
		{ "dots", "runtime: /usr/../bin/runc\n", "found '/usr/../bin/runc'" },
		{ "a profile's description", "runtime: /r\nprofile: vllm\n",
			"line 2, column 10: expected the full id of a profile" },
		{ "restore, another word", "runtime: /r\nrestore: yes\n",
			"line 2, column 10: restore: found 'yes', expected 'refuse' or 'allow'" },
		{ "a list", "runtime: [/usr/bin/runc]\n", "found a list" },
		{ "hook without a value", "runtime: /r\nhook:\n", "line 2" },
		{ "no YAML", "runtime: {\n", "line" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct runtime_settings settings = { 0 };
		struct error err = { 0 };

		check_result(runtime_settings_parse(
				     refused[i].text, strlen(refused[i].text), &settings, &err),
			REASON_CONFIG, &err, refused[i].name);
		check(strstr(err.text, refused[i].words) != NULL, refused[i].name,
			"wanted '%s', got '%s'", refused[i].words, err.text);
		check(!settings.runtime && !settings.hook, refused[i].name, "an output is set");
	}
}

int
main(void)
{
	test_read();
	test_refused();
	return check_end();
}
