#include "policy/policy.h"

#include "policy/policy_receipts.h"

#include "tests/unit/gate_material.h"

#define TRUST "trust: {method: key, anchors: [/a]}\n"
#define GOOD  "mode: warn\n" TRUST "signatures: [/s]\n"

static const struct policy_facts nobody = { NULL, NULL };

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
		{ "no mode", TRUST "signatures: [/s]\n", "the key 'mode' is missing" },
		{ "no trust", "mode: warn\nsignatures: [/s]\n", "the key 'trust' is missing" },
		{ "no signatures", "mode: warn\n" TRUST, "the key 'signatures' is missing" },
		{ "no method", "mode: warn\ntrust: {anchors: [/a]}\nsignatures: [/s]\n",
			"line 2, column 8: the key 'method' is missing" },
		{ "no anchors", "mode: warn\ntrust: {method: key}\nsignatures: [/s]\n",
			"line 2, column 8: the key 'anchors' is missing" },
		{ "an owner with capitals", GOOD "signature_owner: Root\n",
			"line 4, column 18: signature_owner: expected the name of a system user" },
		{ "a number for an owner", GOOD "signature_owner: 998\n",
			"expected the name of a system user" },
		{ "a list of owners", GOOD "signature_owner: [a]\n",
			"expected the name of a system user" },
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
		{ "profile: a description", GOOD "profile: vllm-fp8-tp1\n",
			"line 4, column 10: expected the full id of a profile" },
		{ "profile: nothing", GOOD "profile:\n", "expected the full id of a profile" },
		{ "profile: a list", GOOD "profile: [a]\n",
			"line 4, column 10: expected the full id" },
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
			more ? REASON_CONFIG : REASON_NONE, "line 4, column 1: more entries", &err,
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
		material_check(policy_load(material_path(rows[i].path), &nobody, &policy, &err),
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
	material_check(policy_load(material_path("p.yaml"), &nobody, &policy, &err), REASON_CONFIG,
		"belongs to user 65534 (as all of root's", &err, "load: another owner");
}

/* What the keys beside mode, trust and signatures refuse. */
static void
test_more_refusals(void)
{
#define EXCEPTION "exceptions: [{model: a/b:1, expires: \"2030-01-01T00:00:00Z\", why: x}"
#define SOURCE    "{setting: S, path: /p, signature: /g, method: key, anchors: [/a]}"
	static const struct {
		const char *name, *text, *words;
	} rows[] = {
		{ "cache: a writable path", GOOD "cache: {writable: [/a]}\n", "expected a name" },
		{ "cache: a writable folder above", GOOD "cache: {writable: [../a]}\n",
			"expected a name" },
		{ "protect_with: what cannot be had yet", GOOD "protect_with: sealed\n",
			"'sealed', expected 'none', 'readonly' or 'view'" },
		{ "cache: an empty map", GOOD "cache: {}\n", "line 4, column 8: expected a map" },
		{ "rules: empty", GOOD "rules: []\n", "line 4, column 8: rules: expected a list" },
		{ "a rule without a condition",
			GOOD "rules: [{name: r, when: {}, set: {mode: off}}]\n",
			"when: expected a map of at least one condition" },
		{ "a rule that sets nothing",
			GOOD "rules: [{name: r, when: {hook_rule: a}, set: {}}]\n",
			"set: expected a map of at least one key" },
		{ "a rule that sets rules",
			GOOD "rules: [{name: r, when: {hook_rule: a}, set: {rules: []}}]\n",
			"line 4, column 47: unknown key 'rules'" },
		{ "a rule that makes an exception",
			GOOD "rules: [{name: r, when: {hook_rule: a}, set: {exceptions: []}}]\n",
			"unknown key 'exceptions'" },
		{ "a rule with another condition",
			GOOD "rules: [{name: r, when: {annotation: a}, set: {mode: off}}]\n",
			"'annotation': expected hook_rule" },
		{ "two rules of one name",
			GOOD "rules: [{name: r, when: {hook_rule: a}, set: {mode: off}}, "
			     "{name: r, when: {hook_rule: b}, set: {mode: off}}]\n",
			"a rule of that name is there already" },
		{ "an exception until a day",
			GOOD "exceptions: [{model: a/b:1, expires: 2030-01-01, why: x}]\n",
			"line 4, column 38: expires: expected a time" },
		{ "an exception until a day that does not exist",
			GOOD
			"exceptions: [{model: a/b:1, expires: \"2030-02-30T00:00:00Z\", why: x}]\n",
			"expires: expected a time" },
		{ "an exception for no version",
			GOOD
			"exceptions: [{model: llama, expires: \"2030-01-01T00:00:00Z\", why: x}]\n",
			"line 4, column 22: model: expected org/team/model:version" },
		{ "an exception for nobody",
			GOOD
			"exceptions: [{model: a/b:1, expires: \"2030-01-01T00:00:00Z\", why: \" \"}]\n",
			"why: expected who allowed it" },
		{ "an exception without a reason",
			GOOD "exceptions: [{model: a/b:1, expires: \"2030-01-01T00:00:00Z\"}]\n",
			"the key 'why' is missing" },
		{ "two exceptions for one model",
			GOOD EXCEPTION
			", {model: a/b:1, expires: \"2031-01-01T00:00:00Z\", why: y}]\n",
			"that model has an exception already" },
		{ "two sources for one path", GOOD "sources: [" SOURCE ", " SOURCE "]\n",
			"that setting and path have a source already" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { .mode = 77 };
		struct error err = { 0 };

		material_check(policy_parse(rows[i].text, strlen(rows[i].text), &policy, &err),
			REASON_CONFIG, rows[i].words, &err, rows[i].name);
		check(policy.mode == 77, rows[i].name, "written although refused");
	}
}

/* Who may sign: what is refused of the lists. */
static void
test_signers_refusals(void)
{
#define SIGNERS(list)                                                                              \
	"mode: warn\nsignatures: [/s]\ntrust: {method: certificate, anchors: [/a], signers: " list \
	"}\n"
#define KEY_SIGNERS(list) \
	"mode: warn\nsignatures: [/s]\ntrust: {method: key, anchors: [/a], signers: " list "}\n"
	static const struct {
		const char *name, *text, *words;
	} rows[] = {
		{ "signers: empty", SIGNERS("[]"),
			"line 3, column 54: expected a list of at least one" },
		{ "signers: a text", SIGNERS("CN=a"), "expected a list" },
		{ "signers: a map", SIGNERS("{subject: CN=a}"), "expected a list" },
		{ "signers: texts", SIGNERS("[CN=a]"), "line 3, column 55: a signer is a map" },
		{ "signers: an empty map", SIGNERS("[{}]"), "a signer is a map" },
		{ "signers: an unknown key", SIGNERS("[{issuer: CN=a}]"),
			"column 56: unknown key 'issuer'" },
		{ "signers: an unknown key beside", SIGNERS("[{subject: CN=a, any: x}]"),
			"unknown key 'any'" },
		{ "signers: a key twice", SIGNERS("[{subject: CN=a, subject: CN=b}]"), "subject" },
		{ "signers: a list in it", SIGNERS("[{subject: [CN=a]}]"), "expected a text" },
		{ "signers: an empty subject", SIGNERS("[{subject: \"\"}]"),
			"expected one as nimgate verify prints it" },
		{ "signers: half a digest", SIGNERS("[{spki: aabb}]"),
			"line 3, column 62: spki 'aabb': expected SHA-256" },
		{ "signers: no digest", SIGNERS("[{fingerprint: CN=a}]"),
			"fingerprint 'CN=a': expected SHA-256" },
		{ "signers: the subject of a key", KEY_SIGNERS("[{subject: CN=a}]"),
			"have no certificate: expected spki" },
		{ "signers: the fingerprint of a key", KEY_SIGNERS("[{fingerprint: aa}]"),
			"have no certificate" },
		{ "signers: beside trust", GOOD "signers: [{subject: CN=a}]\n",
			"unknown key 'signers'" },
		{ "signers: in a rule",
			GOOD
			"rules: [{name: r, when: {hook_rule: a}, set: {trust: {method: key, anchors: [/a], signers: []}}}]\n",
			"expected a list of at least one" },
		{ "signers: of a source",
			GOOD
			"sources: [{setting: S, path: /p, signature: /g, method: key, anchors: [/a], signers: [{subject: CN=a}]}]\n",
			"have no certificate" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { .mode = 77 };
		struct error err = { 0 };

		material_check(policy_parse(rows[i].text, strlen(rows[i].text), &policy, &err),
			REASON_CONFIG, rows[i].words, &err, rows[i].name);
	}
}

/* A later file's trust takes the place of an earlier one's, with its signers. */
static void
test_signers(void)
{
	static const char digest[] = "\"AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:"
				     "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA\"";
	struct policy policy = { 0 };
	struct error err = { 0 };
	char text[600];

	material_directory("pins.d");
	snprintf(text, sizeof(text),
		SIGNERS("[{subject: \"CN=a,O=b\", fingerprint: %s}, {spki: %s}]") "sources: [{setting: S, path: /p, signature: /g, method: key, anchors: [/a], signers: [{spki: %s}]}]\n",
		digest, digest, digest);
	material_file("pins.yaml", text);
	check_result(policy_load(material_path("pins.yaml"), &nobody, &policy, &err), REASON_NONE,
		&err, "signers");
	check(policy.signers.count == 3 && policy.signers.pins[1].entry == 0 &&
			policy.signers.pins[2].entry == 1 && policy.sources[0].signers.count == 1,
		"signers: entries", "%zu", policy.signers.count);
	policy_release(&policy);
	material_file("pins.d/10.yaml", TRUST);
	check_result(policy_load(material_path("pins.yaml"), &nobody, &policy, &err), REASON_NONE,
		&err, "signers: replaced");
	check(policy.signers.count == 0, "signers: replaced", "%zu", policy.signers.count);
	policy_release(&policy);
}

/* An exception ends at its time, not after it. */
static void
test_expiry(void)
{
	static const char text[] = GOOD EXCEPTION "]\n";
	const int64_t end = 1893456000;
	struct policy policy = { 0 };
	struct error err = { 0 };

	check_result(policy_parse(text, strlen(text), &policy, &err), REASON_NONE, &err, "expiry");
	check(policy_find_exception(&policy, "a/b:1", end - 1) == &policy.exceptions[0],
		"expiry: before", "not found");
	check(!policy_find_exception(&policy, "a/b:1", end), "expiry: at its end", "found");
	check(!policy_find_exception(&policy, "a/b:2", end - 1), "expiry: another version",
		"found");
	policy_release(&policy);
}

/* The files of "main.yaml" in their order; a bad one is named itself. */
static void
test_drop_ins(void)
{
	static const char rule[] = "rules: [{name: r, when: {hook_rule: a}, set: {mode: 'off'}}]\n";
	static const struct {
		const char *name, *file, *text, *words;
	} rows[] = {
		{ "drop-in: a bad rule", "main.d/20.yaml",
			"rules: [{name: q, when: {hook_rule: b}, set: {modes: off}}]\n",
			"/main.d/20.yaml': line 1, column 47: unknown key 'modes'" },
		{ "drop-in: a rule of the same name", "main.d/20.yaml", rule,
			"/main.d/20.yaml': line 1, column 9: a rule of that name" },
		{ "drop-in: a bad key", "main.d/20.yaml", "modes: off\n",
			"/main.d/20.yaml': line 1, column 1: unknown key 'modes'" },
		{ "drop-in: another ending", "main.d/20.yml", "mode: enforce\n",
			"'20.yml' would not be read" },
	};
	struct policy policy = { 0 };
	struct error err = { 0 };

	material_directory("main.d");
	material_file(
		"main.yaml", GOOD "cache: {entries: [one], writable: [x]}\ncoverage: exact\n");
	material_file("main.d/10.yaml", rule);
	material_file("main.d/30.yaml", "cache: {mounts: [/m], writable: [a, b/c]}\n"
					"protect_with: readonly\n");
	material_file("main.d/40.yaml.bak", "nonsense");
	check_result(policy_load(material_path("main.yaml"), &nobody, &policy, &err), REASON_NONE,
		&err, "drop-ins");
	check(policy.coverage == POLICY_COVERAGE_EXACT && policy.mode == POLICY_MODE_WARN &&
			!policy.rule,
		"drop-ins: the main file's keys stay", "%d %d", policy.coverage, policy.mode);
	check(policy.cache_entries.count == 0 && policy.cache_mounts.count == 1 &&
			policy.cache_writable.count == 2,
		"drop-ins: a key is replaced as a whole", "%zu %zu %zu", policy.cache_entries.count,
		policy.cache_mounts.count, policy.cache_writable.count);
	check(policy.protect_with == POLICY_PROTECTION_READONLY, "drop-ins: protect_with", "%d",
		policy.protect_with);
	policy_release(&policy);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		material_file(rows[i].file, rows[i].text);
		material_check(policy_load(material_path("main.yaml"), &nobody, &policy, &err),
			REASON_CONFIG, rows[i].words, &err, rows[i].name);
		material_need(unlink(rows[i].file) == 0, "unlink");
	}
}

/* Which rule a bundle's path selects; a path that could leave the folder is compared with none. */
static void
test_bundles(void)
{
	static const struct {
		const char *path, *words;
		enum policy_mode wanted;
	} rows[] = {
		{ "/var/lib/x", NULL, POLICY_MODE_OFF },
		{ "/var/lib/x/y", NULL, POLICY_MODE_OFF },
		{ "/var/lib", NULL, POLICY_MODE_WARN },
		{ "/var/libx", NULL, POLICY_MODE_WARN },
		{ "/var", NULL, POLICY_MODE_WARN },
		{ "/x/var/lib/x", NULL, POLICY_MODE_WARN },
		{ "/var/lib/../x", "no plain absolute path", POLICY_MODE_NONE },
		{ "/var//lib/x", "no plain absolute path", POLICY_MODE_NONE },
		{ "var/lib/x", "no plain absolute path", POLICY_MODE_NONE },
	};

	material_file("bundle.yaml", GOOD
		"rules: [{name: r, when: {oci_bundle_below: /var/lib}, set: {mode: 'off'}}]\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy_facts facts = { NULL, rows[i].path };
		struct policy policy = { 0 };
		struct error err = { 0 };

		material_check(policy_load(material_path("bundle.yaml"), &facts, &policy, &err),
			rows[i].words ? REASON_CONFIG : REASON_NONE, rows[i].words, &err,
			rows[i].path);
		check(policy.mode == rows[i].wanted, rows[i].path, "mode %d", policy.mode);
		policy_release(&policy);
	}
}

/* How strict each part is, from the loosest; what a user's word may move. */
static void
strictness(const struct policy *policy, int out[static 5])
{
	out[0] = policy->mode == POLICY_MODE_ENFORCE ? 2 : policy->mode == POLICY_MODE_WARN;
	out[1] = policy->coverage == POLICY_COVERAGE_EXACT;
	out[2] = policy->unpinned == POLICY_REFUSE;
	out[3] = policy->download == POLICY_REFUSE;
	out[4] = (policy->manifest_mount == POLICY_REFUSE) +
		 (policy->manifest_path == POLICY_REFUSE);
}

/* One of the 3 * 2^8 starting policies. */
static struct policy
starting_policy(unsigned int number)
{
	static const enum policy_mode modes[] = { POLICY_MODE_ENFORCE, POLICY_MODE_WARN,
		POLICY_MODE_OFF };

	return (struct policy){
		.mode = modes[number >> 8],
		.coverage = (enum policy_coverage)(number & 1),
		.unpinned = (enum policy_choice)(number >> 1 & 1),
		.download = (enum policy_choice)(number >> 2 & 1),
		.manifest_mount = (enum policy_choice)(number >> 3 & 1),
		.manifest_path = (enum policy_choice)(number >> 4 & 1),
		.utility = (enum policy_choice)(number >> 5 & 1),
		.unknown_settings = (enum policy_choice)(number >> 6 & 1),
		.evidence = (enum policy_evidence)(number >> 7 & 1),
	};
}

/* Every choice of words on every starting policy: what a word names becomes strict, all else stays.
 */
static void
test_tighten(void)
{
	static const char *const words[] = { "enforce", "exact", "pinned", "no-download",
		"manifest-of-image" };
	static const int strictest[] = { 2, 1, 1, 1, 2 };
	unsigned int wrong = 0, cases = 0;

	for (unsigned int number = 0; number < 3 * 256; number++) {
		for (unsigned int chosen = 0; chosen < 32; chosen++, cases++) {
			struct policy policy = starting_policy(number), before = policy, rest;
			char require[100] = "";
			struct error err = { 0 };
			int was[5], is[5];

			for (unsigned int i = 0; i < 5; i++)
				if (chosen >> i & 1)
					snprintf(require + strlen(require),
						sizeof(require) - strlen(require), "%s%s",
						require[0] ? "," : "", words[i]);
			wrong += policy_tighten(&policy, require, &err) != 0;
			strictness(&before, was);
			strictness(&policy, is);
			for (unsigned int i = 0; i < 5; i++)
				wrong += is[i] != (chosen >> i & 1 ? strictest[i] : was[i]);
			rest = policy;
			rest.mode = before.mode;
			rest.coverage = before.coverage;
			rest.unpinned = before.unpinned;
			rest.download = before.download;
			rest.manifest_mount = before.manifest_mount;
			rest.manifest_path = before.manifest_path;
			wrong += memcmp(&rest, &before, sizeof(rest)) != 0;
		}
	}
	check(wrong == 0 && cases == 24576, "tighten: every word, every policy", "%u of %u wrong",
		wrong, cases);
}

/* A list with a word that is not known changes nothing. */
static void
test_tighten_refusals(void)
{
	static const char *const rows[] = { "off", "warn", "enforced", "Enforce", "enforce exact",
		"enforce, exact", ",", ",enforce", "enforce,,exact", "exact,off", "mode: off",
		"\x1b[31m" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = starting_policy(0x2ff), before = policy;
		struct error err = { 0 };

		material_check(policy_tighten(&policy, rows[i], &err), REASON_POLICY,
			"nimgate.dev/require", &err, "tighten: refused");
		check(memcmp(&policy, &before, sizeof(policy)) == 0 && !strchr(err.text, '\x1b'),
			"tighten: refused and unchanged", "row %zu", i);
	}
}

/* What an earlier start found out, and where it lies. */
static void
test_receipts(void)
{
	static const struct {
		const char *text, *require;
		bool count;
		const char *folder;
	} rows[] = {
		{ GOOD, "", true, "/var/lib/nimgate/receipts" },
		{ GOOD "receipts: {folder: /r}\n", "", true, "/r" },
		{ GOOD "receipts: {use: refuse}\n", "", false, "/var/lib/nimgate/receipts" },
		{ GOOD "receipts: {use: refuse, folder: /r}\n", "", false, "/r" },
		{ GOOD "evidence: receipt\n", "", true, "/var/lib/nimgate/receipts" },
		{ GOOD "evidence: hashed\n", "", false, "/var/lib/nimgate/receipts" },
		{ GOOD, "hashed", false, "/var/lib/nimgate/receipts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { 0 };
		struct error err = { 0 };

		material_need(
			policy_parse(rows[i].text, strlen(rows[i].text), &policy, &err) == 0 &&
				policy_tighten(&policy, rows[i].require, &err) == 0,
			err.text);
		check(policy_receipts_count(&policy) == rows[i].count, rows[i].text,
			"count or not");
		check_text(policy_receipts_folder(&policy), rows[i].folder, rows[i].text);
		policy_release(&policy);
	}
}

int
main(void)
{
	material_enter();
	test_receipts();
	test_whole();
	test_words();
	test_refusals();
	test_limits();
	test_load();
	test_owner();
	test_more_refusals();
	test_signers_refusals();
	test_signers();
	test_expiry();
	test_drop_ins();
	test_bundles();
	test_tighten();
	test_tighten_refusals();
	return check_end();
}
