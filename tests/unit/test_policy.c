#include "gate/policy.h"

#include "tests/unit/gate_material.h"

#define TRUST "trust: {method: key, anchors: [/a]}\n"
#define GOOD  "mode: warn\n" TRUST "signatures: [/s]\n"

static const char whole[] = "# comment\n"
			    "mode: enforce\n"
			    "trust:\n"
			    "  method: certificate\n"
			    "  anchors:\n"
			    "    - /etc/nimgate/anchors/a.pem\n"
			    "    - \"/etc/nimgate/anchors/b.pem\"\n"
			    "signatures:\n"
			    "  - /var/lib/nimgate/signatures\n"
			    "log: /var/log/nimgate/decisions.jsonl\n";

static void
test_whole(void)
{
	struct policy policy = { 0 };
	struct error err = { 0 };

	check_result(policy_parse(whole, strlen(whole), &policy, &err), REASON_NONE, &err, "whole");
	check(policy.mode == POLICY_MODE_ENFORCE && policy.method == TRUST_METHOD_CERTIFICATE,
		"whole: words", "%d %d", policy.mode, policy.method);
	check(policy.anchors.count == 2 && policy.signatures.count == 1, "whole: counts", "%zu %zu",
		policy.anchors.count, policy.signatures.count);
	check_text(policy.anchors.paths[0], "/etc/nimgate/anchors/a.pem", "whole: first anchor");
	check_text(policy.anchors.paths[1], "/etc/nimgate/anchors/b.pem", "whole: last anchor");
	check_text(policy.signatures.paths[0], "/var/lib/nimgate/signatures", "whole: signatures");
	check_text(policy.log, "/var/log/nimgate/decisions.jsonl", "whole: log");
	policy_release(&policy);
	check(policy.mode == POLICY_MODE_NONE && !policy.anchors.count && !policy.log,
		"release: zeroed", "not");
}

static void
test_words(void)
{
	static const struct {
		const char *mode, *method;
		enum policy_mode wanted_mode;
		enum trust_method wanted_method;
	} rows[] = {
		{ "enforce", "key", POLICY_MODE_ENFORCE, TRUST_METHOD_KEY },
		{ "warn", "certificate", POLICY_MODE_WARN, TRUST_METHOD_CERTIFICATE },
		{ "'off'", "\"key\"", POLICY_MODE_OFF, TRUST_METHOD_KEY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		char text[200];

		snprintf(text, sizeof(text),
			"signatures: [/s]\ntrust: {anchors: [/a], method: %s}\nmode: %s\n",
			rows[i].method, rows[i].mode);
		check_result(policy_parse(text, strlen(text), &policy, &err), REASON_NONE, &err,
			rows[i].mode);
		check(policy.mode == rows[i].wanted_mode && policy.method == rows[i].wanted_method,
			rows[i].mode, "got %d %d", policy.mode, policy.method);
		check(!policy.log, "no log", "%s", policy.log);
		policy_release(&policy);
	}
}

static void
test_refusals(void)
{
	static const struct {
		const char *name, *text, *words;
	} rows[] = {
		{ "empty", "", "line 1, column 1: " },
		{ "only a comment", "# mode: enforce\n", "line 2, column 1: " },
		{ "no map", "- mode\n", "line 1, column 1: expected a map" },
		{ "a scalar", "enforce\n", "line 1, column 1: expected a map" },
		{ "two documents", GOOD "---\n" GOOD, "line 4, column 1: " },
		{ "an alias", "mode: &a warn\n" TRUST "signatures: [/s]\n", "line 1, column 7: " },
		{ "a tag", "mode: !x warn\n" TRUST "signatures: [/s]\n", "line 1, column 7: " },
		{ "a merge key", GOOD "<<: {log: /l}\n", "line 4, column 1: " },
		{ "no mode", TRUST "signatures: [/s]\n",
			"line 1, column 1: the key 'mode' is missing" },
		{ "no trust", "mode: warn\nsignatures: [/s]\n", "the key 'trust' is missing" },
		{ "no signatures", "mode: warn\n" TRUST, "the key 'signatures' is missing" },
		{ "no method", "mode: warn\ntrust: {anchors: [/a]}\nsignatures: [/s]\n",
			"line 2, column 8: the key 'method' is missing" },
		{ "no anchors", "mode: warn\ntrust: {method: key}\nsignatures: [/s]\n",
			"line 2, column 8: the key 'anchors' is missing" },
		{ "an unknown key", GOOD "modes: warn\n", "line 4, column 1: unknown key 'modes'" },
		{ "another case", GOOD "Log: /l\n", "unknown key 'Log'" },
		{ "a hostile key", GOOD "\"l\\e[31m\": /l\n", "unknown key 'l\\x1b[31m'" },
		{ "an unknown key of trust",
			"mode: warn\ntrust: {method: key, anchors: [/a], legacy: yes}\n"
			"signatures: [/s]\n",
			"line 2, column 37: unknown key 'legacy'" },
		{ "a duplicate key", "mode: off\n" GOOD, "'mode' occurs twice" },
		{ "a duplicate key of trust",
			"mode: warn\ntrust: {method: key, anchors: [/a], method: key}\n"
			"signatures: [/s]\n",
			"'method' occurs twice" },
		{ "an unknown mode", "mode: Enforce\n" TRUST "signatures: [/s]\n",
			"line 1, column 7: mode: found 'Enforce', expected 'enforce', 'warn' or "
			"'off'" },
		{ "a mode with more", "mode: offline\n" TRUST "signatures: [/s]\n",
			"found 'offline'" },
		{ "no value of mode", "mode:\n" TRUST "signatures: [/s]\n", "mode: found ''" },
		{ "mode: a list", "mode: [warn]\n" TRUST "signatures: [/s]\n",
			"line 1, column 7: mode: found a list" },
		{ "mode: a map", "mode: {warn: off}\n" TRUST "signatures: [/s]\n",
			"mode: found a map" },
		{ "an unknown method",
			"mode: warn\ntrust: {method: sigstore, anchors: [/a]}\nsignatures: [/s]\n",
			"line 2, column 17: method: found 'sigstore', expected 'certificate'" },
		{ "trust: a text", "mode: warn\ntrust: /a\nsignatures: [/s]\n",
			"line 2, column 8: expected a map" },
		{ "trust: a list", "mode: warn\ntrust: [/a]\nsignatures: [/s]\n",
			"line 2, column 8: expected a map" },
		{ "anchors: a text", "mode: warn\ntrust: {method: key, anchors: /a}\n",
			"line 2, column 31: expected a list" },
		{ "anchors: empty", "mode: warn\ntrust: {method: key, anchors: []}\n",
			"line 2, column 31: expected a list of at least one" },
		{ "anchors: a map", "mode: warn\ntrust: {method: key, anchors: {/a: /b}}\n",
			"expected a list" },
		{ "anchors: a list in it", "mode: warn\ntrust: {method: key, anchors: [[/a]]}\n",
			"line 2, column 32: found a list, expected an absolute path" },
		{ "signatures: empty", "mode: warn\n" TRUST "signatures: []\n",
			"line 3, column 13: expected a list of at least one" },
		{ "signatures: a text", "mode: warn\n" TRUST "signatures: /s\n",
			"line 3, column 13: expected a list" },
		{ "a relative path", "mode: warn\n" TRUST "signatures: [/s, s]\n",
			"line 3, column 18: found 's', expected an absolute path" },
		{ "a path upwards", "mode: warn\n" TRUST "signatures: [/s/../t]\n",
			"found '/s/../t'" },
		{ "a path with a dot", "mode: warn\n" TRUST "signatures: [/s/./t]\n",
			"found '/s/./t'" },
		{ "a path with two slashes", "mode: warn\n" TRUST "signatures: [/s//t]\n",
			"found '/s//t'" },
		{ "a path with a slash behind", "mode: warn\n" TRUST "signatures: [/s/]\n",
			"found '/s/'" },
		{ "the root", "mode: warn\n" TRUST "signatures: [/]\n", "found '/'" },
		{ "an empty path", "mode: warn\n" TRUST "signatures: ['']\n", "found ''" },
		{ "log: a list", GOOD "log: [/l]\n", "line 4, column 6: found a list" },
		{ "log: nothing", GOOD "log:\n", "found ''" },
		{ "log: relative", GOOD "log: l\n", "line 4, column 6: found 'l'" },
		{ "not UTF-8", GOOD "log: /\xff\n", "" },
		{ "a broken text", GOOD "log: \"/l\n", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { .mode = 77 };
		struct error err = { 0 };

		material_check(policy_parse(rows[i].text, strlen(rows[i].text), &policy, &err),
			REASON_CONFIG, rows[i].words, &err, rows[i].name);
		check(policy.mode == 77, rows[i].name, "written although refused");
	}
}

/* As many paths as allowed, and one more; a path as long as allowed, and one byte more. */
static void
test_limits(void)
{
	static char text[LIMIT_POLICY_PATHS * 8 + 2 * LIMIT_NAME_BYTES];

	for (int more = 0; more < 2; more++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		int used = snprintf(text, sizeof(text), "mode: warn\n" TRUST "signatures:\n");

		for (int i = 0; i < LIMIT_POLICY_PATHS + more; i++)
			used += snprintf(text + used, sizeof(text) - used, "- /s%d\n", i);
		material_check(policy_parse(text, strlen(text), &policy, &err),
			more ? REASON_CONFIG : REASON_NONE, "line 4, column 1: more paths", &err,
			more ? "one path too many" : "as many paths as allowed");
		policy_release(&policy);
	}
	for (int more = 0; more < 2; more++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		int used = snprintf(text, sizeof(text), GOOD "log: /"), length;

		length = LIMIT_NAME_BYTES - 2 + more;
		memset(text + used, 'l', length);
		text[used + length] = '\0';
		check_result(policy_parse(text, strlen(text), &policy, &err),
			more ? REASON_CONFIG : REASON_NONE, &err,
			more ? "a path too long" : "a path as long as allowed");
		policy_release(&policy);
	}
}

static void
test_load(void)
{
	static const struct {
		const char *name, *path;
		mode_t mode;
		int wanted_errno;
		const char *words;
	} rows[] = {
		{ "load", "p.yaml", 0644, 0, NULL },
		{ "load: not there", "none.yaml", 0, ENOENT, "none.yaml" },
		{ "load: group may write", "p.yaml", 0664, 0, "0664" },
		{ "load: all may write", "p.yaml", 0646, 0, "0646" },
		{ "load: through a link", "link.yaml", 0, 0, "a symbolic link" },
		{ "load: through a linked directory", "dirlink/p.yaml", 0, 0, "a symbolic link" },
		{ "load: in an open directory", "open/p.yaml", 0, 0, "/open': mode 0777" },
		{ "load: a directory", "dir", 0, 0, "not a regular file" },
		{ "load: a FIFO", "fifo", 0, 0, "not a regular file" },
		{ "load: malformed", "bad.yaml", 0, 0, "bad.yaml': line 1, column 7: mode" },
		{ "load: too large", "large.yaml", 0, EFBIG, "larger than" },
	};
	cleanup_fd int large = -1;

	material_file("p.yaml", whole);
	material_file("bad.yaml", "mode: on\n" TRUST "signatures: [/s]\n");
	material_file("open/p.yaml", whole);
	material_link("link.yaml", "p.yaml");
	material_link("dirlink", ".");
	material_directory("dir");
	material_fifo("fifo");
	large = open("large.yaml", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	material_need(chmod("open", 0777) == 0 && large >= 0 &&
			      ftruncate(large, LIMIT_POLICY_BYTES + 1) == 0,
		"chmod");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		bool good = !rows[i].words;

		if (rows[i].mode)
			material_need(chmod(rows[i].path, rows[i].mode) == 0, "chmod");
		material_check(policy_load(material_path(rows[i].path), &policy, &err),
			good ? REASON_NONE : REASON_CONFIG, rows[i].words, &err, rows[i].name);
		check(!rows[i].wanted_errno || err.os_errno == rows[i].wanted_errno, rows[i].name,
			"errno %d", err.os_errno);
		policy_release(&policy);
	}
}

/* Whatever lies in it, a file of somebody else is no policy. */
static void
test_owner(void)
{
	struct policy policy = { 0 };
	struct error err = { 0 };

	if (geteuid() != 0) {
		check_skip("load: another owner", "needs root");
		return;
	}
	material_need(chmod("p.yaml", 0644) == 0 && chown("p.yaml", 65534, 65534) == 0, "chown");
	material_check(policy_load(material_path("p.yaml"), &policy, &err), REASON_CONFIG,
		"belongs to user 65534", &err, "load: another owner");
}

int
main(void)
{
	material_enter();
	test_whole();
	test_words();
	test_refusals();
	test_limits();
	test_load();
	test_owner();
	return check_end();
}
