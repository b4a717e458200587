#include "cli/cmd_policy.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/user.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/option.h"
#include "cli/policy_cases.h"
#include "cli/policy_text.h"
#include "gate/anchors.h"
#include "policy/policy.h"

#include <string.h>

struct policy_options {
	const char *rule;
	const char *bundle;
	bool effective;
};

static const struct option options[] = {
	{ "rule", OPTION_TEXT, offsetof(struct policy_options, rule), "NAME",
		"as the hook's --rule NAME" },
	{ "bundle", OPTION_TEXT, offsetof(struct policy_options, bundle), "PATH",
		"as for an OCI bundle at PATH" },
	{ "effective", OPTION_FLAG, offsetof(struct policy_options, effective), NULL,
		"show: what applies after defaults, drop-ins and rules (as always)" },
};

static const struct option_table table = {
	.usage = "policy check|show [FILE] [OPTION...] | policy test TABLE [FILE]",
	.about =
		"check  Is the policy right? Warns of what will bite later.\n"
		"show   Prints what it comes to: a policy of its own, in one piece.\n"
		"test   Runs a table of cases: a YAML list of name, hook_rule, oci_bundle, require, expect.\n"
		"\n"
		"FILE is " POLICY_PATH_DEFAULT
		" unless given. docs/policy.md describes every key.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* Warns of trust files that cannot be used. */
static void
check_anchors(const struct policy_paths *paths, enum trust_method method)
{
	struct error err;
	size_t i;

	for (i = 0; i < paths->count; i++) {
		cleanup_anchors struct anchors anchors = { .method = method };
		cleanup_trust struct trust trust = { .method = method };

		if (anchors_add(&anchors, paths->paths[i], true, &err) ||
			trust_add_pem(&trust, anchors.files[0].pem.bytes,
				anchors.files[0].pem.length, TEXT_QUOTE(paths->paths[i]), &err))
			console_say(CONSOLE_WARNING, "%s", err.text);
	}
}

static void
check_folders(const struct policy *policy)
{
	const struct policy_paths *paths = &policy->signatures;
	uid_t owner = 0;
	struct error err;
	size_t i;

	if (policy->signature_owner && user_find(USER_PATH, policy->signature_owner, &owner, &err))
		console_say(CONSOLE_WARNING, "signature_owner: %s", err.text);
	for (i = 0; i < paths->count; i++) {
		cleanup_fd int fd = file_open_owned_directory(paths->paths[i], owner, &err);

		if (fd < 0)
			console_say(CONSOLE_WARNING, "signature folder: %s", err.text);
	}
}

static void
check_exceptions(const struct policy *policy)
{
	char time[32];
	size_t i;

	for (i = 0; i < policy->exception_count; i++) {
		const struct policy_exception *exception = &policy->exceptions[i];
		bool over = clock_now() >= exception->expires;

		console_say(CONSOLE_WARNING, "exception for %s %s %s", TEXT_QUOTE(exception->model),
			over ? "has expired at" : "lets it start unverified until",
			clock_format(exception->expires, time));
	}
}

static int
check(const struct policy *policy)
{
	size_t i;

	check_anchors(&policy->anchors, policy->method);
	check_folders(policy);
	for (i = 0; i < policy->source_count; i++)
		check_anchors(&policy->sources[i].anchors, policy->sources[i].method);
	check_exceptions(policy);
	if (policy->mode != POLICY_MODE_ENFORCE)
		console_say(CONSOLE_WARNING, "mode is %s: nothing is refused",
			policy_text_word(policy, "mode"));
	printf("policy ok\n");
	return REASON_STATUS_ADMIT;
}

static int
show(const struct policy *policy)
{
	cleanup_writer struct writer writer = { 0 };
	struct error err;

	policy_text_write(policy, &writer);
	if (writer.failed) {
		error_no_memory(&err);
		return console_fail("nimgate policy show", &err);
	}
	fputs(writer.text, stdout);
	return REASON_STATUS_ADMIT;
}

static int
load_and(int (*act)(const struct policy *policy), const char *path,
	const struct policy_options *values)
{
	const struct policy_facts facts = { .hook_rule = values->rule,
		.oci_bundle = values->bundle };
	struct policy policy = { 0 };
	struct error err;
	int status;

	if (policy_load(path, &facts, &policy, &err))
		return console_fail("nimgate policy", &err);
	status = act(&policy);
	policy_release(&policy);
	return status;
}

static int
run_table(const struct option_list *words)
{
	const char *path = words->count == 3 ? words->values[2] : POLICY_PATH_DEFAULT;
	unsigned int failed;
	struct error err;

	if (policy_cases_run(words->values[1], path, &failed, &err))
		return console_fail("nimgate policy test", &err);
	return failed ? 1 : REASON_STATUS_ADMIT;
}

int
cmd_policy(const struct option_list *argv)
{
	struct policy_options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);
	const char *what = words.count ? words.values[0] : "";
	const char *path = words.count > 1 ? words.values[1] : POLICY_PATH_DEFAULT;

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result)
		return console_fail("nimgate policy", &err);
	if (strcmp(what, "check") == 0 && words.count <= 2)
		return load_and(check, path, &values);
	if (strcmp(what, "show") == 0 && words.count <= 2)
		return load_and(show, path, &values);
	if (strcmp(what, "test") == 0 && (words.count == 2 || words.count == 3))
		return run_table(&words);
	error_set(&err, REASON_USAGE, 0,
		"expected check, show or test TABLE, and at most one FILE (see --help)");
	return console_fail("nimgate policy", &err);
}
