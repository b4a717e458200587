#include "cli/cmd_doctor.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/doctor_canary.h"
#include "cli/doctor_hooks.h"
#include "cli/doctor_report.h"
#include "cli/doctor_runtime.h"
#include "cli/doctor_trust.h"
#include "cli/engine_found.h"
#include "cli/option.h"
#include "policy/policy.h"
#include "policy/runtime_settings.h"

#include <string.h>

struct options {
	const char *canary;
	const char *root;
	const char *runtime;
	const char *output;
};

static const struct option options[] = {
	{ "canary", OPTION_TEXT, offsetof(struct options, canary), "ENGINE",
		"start a container that must be refused: docker, podman, containerd (by ctr)" },
	{ "output", OPTION_TEXT, offsetof(struct options, output), "text|json",
		"text (default) or json" },
	{ "root", OPTION_TEXT, offsetof(struct options, root), "DIR",
		"the machine's files lie below DIR: an image, a test" },
	{ "runtime", OPTION_TEXT, offsetof(struct options, runtime), "NAME",
		"the runtime that the canary asks its engine for (ctr: a program)" },
};

static const struct option_table table = {
	.usage = "doctor [docker|podman|containerd|crio]... [OPTION...]\n"
		 "       nimgate doctor --canary ENGINE [--runtime NAME] [--output text|json]",
	.about =
		"Is the gate in force, for every way in which the engines of this machine start a container?\n"
		"Looks at files, not at daemons: a change counts for some of them only after a restart.\n"
		"Exit status 0: for all of them. 2: there are holes. docs/known-holes.md lists what a note means.\n"
		"\n"
		"--canary looks at no file, but starts a small NIM with a file that nobody signed, and removes it again.\n"
		"If it is admitted, containers that are started so do not come through the gate, or the policy refuses\n"
		"nothing (its mode, an exception): every other model would have run as well.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static const struct engine {
	const char *name;
	void (*check)(struct doctor_report *report);
} engines[] = {
	{ "docker", doctor_runtime_docker },
	{ "podman", doctor_hooks_podman },
	{ "containerd", doctor_runtime_containerd },
	{ "crio", doctor_hooks_crio },
};

/* What every engine needs. */
static void
check_policy(struct doctor_report *report)
{
	static const struct policy_facts nobody = { NULL, NULL };
	struct policy policy = { 0 };
	char path[LIMIT_NAME_BYTES];
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s" POLICY_PATH_DEFAULT, report->root);
	if (policy_load(path, &nobody, &policy, &err))
		doctor_report_add(report, "nimgate", "policy", DOCTOR_HOLE, "%s", err.text);
	else if (policy.mode != POLICY_MODE_ENFORCE)
		doctor_report_add(report, "nimgate", "policy", DOCTOR_HOLE,
			"its mode is not enforce: nothing is refused");
	else
		doctor_report_add(report, "nimgate", "policy", DOCTOR_OK, "enforces");
	if (policy.anchors.count)
		doctor_trust_check(report, &policy);
	policy_release(&policy);
}

int
cmd_doctor_examine(struct doctor_report *report, const struct option_list *words, struct error *err)
{
	size_t i, j, known = 0;
	bool wanted;

	check_policy(report);
	doctor_report_program(report, "nimgate", "hook", RUNTIME_SETTINGS_HOOK);
	for (i = 0; i < ARRAY_SIZE(engines); i++) {
		wanted = words->count == 0 && engine_found(report->root, engines[i].name);
		for (j = 0; j < words->count; j++) {
			if (strcmp(words->values[j], engines[i].name) == 0) {
				wanted = true;
				known++;
			}
		}
		if (wanted)
			engines[i].check(report);
	}
	if (known != words->count)
		return error_set(err, REASON_USAGE, 0,
			"expected docker, podman, containerd or crio (see --help)");
	return report->failed ? error_no_memory(err) : 0;
}

static const char *
word_of(enum doctor_state state)
{
	return state == DOCTOR_OK ? "ok" : state == DOCTOR_NOTE ? "note" : "hole";
}

static void
print_text(const struct doctor_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct doctor_finding *finding = &report->findings[i];

		printf("%-4s  %-10s  %-20s  %s\n", word_of(finding->state), finding->engine,
			finding->check, finding->text);
	}
	printf("%s\n", doctor_report_covered(report) ? "covered" : "not covered");
}

static int
print_json(const struct doctor_report *report, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_string(&writer, "release", NIMGATE_RELEASE);
	writer_bool(&writer, "covered", doctor_report_covered(report));
	writer_open(&writer, "findings", '[');
	for (size_t i = 0; i < report->count; i++) {
		const struct doctor_finding *finding = &report->findings[i];

		writer_open(&writer, NULL, '{');
		writer_string(&writer, "engine", finding->engine);
		writer_string(&writer, "check", finding->check);
		writer_string(&writer, "state", word_of(finding->state));
		writer_string(&writer, "text", finding->text);
		writer_close(&writer, '}');
	}
	writer_close(&writer, ']');
	writer_close(&writer, '}');
	writer_bytes(&writer, "\n", 1);
	if (writer.failed)
		return error_no_memory(err);
	fputs(writer.text, stdout);
	return 0;
}

/* What the command line asks for. Returns 0, or -1. */
static int
look(const struct options *values, const struct option_list *words, struct doctor_report *report,
	struct error *err)
{
	if (values->canary && (values->root || words->count))
		return error_set(err, REASON_USAGE, 0,
			"--canary ENGINE asks that engine of this machine: no other words, no --root");
	if (values->canary)
		return doctor_canary(report, values->canary, values->runtime, err);
	if (values->runtime)
		return error_set(err, REASON_USAGE, 0, "--runtime is for --canary alone");
	return cmd_doctor_examine(report, words, err);
}

/* Returns the exit status, or -1. */
static int
run(const struct options *values, const struct option_list *words, struct doctor_report *report,
	struct error *err)
{
	bool json = values->output && strcmp(values->output, "json") == 0;

	if (values->output && !json && strcmp(values->output, "text") != 0)
		return error_set(err, REASON_USAGE, 0, "--output %s: expected text or json",
			TEXT_QUOTE(values->output));
	if (option_check_path("root", values->root, err))
		return -1;
	report->root = values->root ? values->root : "";
	if (look(values, words, report, err))
		return -1;
	if (json && print_json(report, err))
		return -1;
	if (!json)
		print_text(report);
	return doctor_report_covered(report) ? REASON_STATUS_ADMIT : reason_status(REASON_CONFIG);
}

int
cmd_doctor(const struct option_list *argv)
{
	struct doctor_report report = { 0 };
	struct options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int status = option_parse(&table, argv, &values, &words, &err);

	if (status > 0)
		return REASON_STATUS_ADMIT;
	if (status == 0)
		status = run(&values, &words, &report, &err);
	doctor_report_release(&report);
	return status < 0 ? console_fail("nimgate doctor", &err) : status;
}
