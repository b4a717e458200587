#include "cli/cmd_audit.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/record.h"
#include "base/writer.h"
#include "cli/audit_state.h"
#include "cli/console.h"
#include "cli/containers.h"
#include "cli/decisions.h"
#include "cli/judgement.h"
#include "cli/option.h"
#include "gate/decision.h"
#include "gate/decision_record.h"
#include "policy/policy.h"

#include <errno.h>

struct audit_options {
	const char *log;
	const char *policy;
	const char *output;
	struct option_list states;
	bool write;
};

static const struct option options[] = {
	{ "log", OPTION_TEXT, offsetof(struct audit_options, log), "FILE",
		"the decision log (default: the policy's)" },
	{ "policy", OPTION_TEXT, offsetof(struct audit_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "state", OPTION_LIST, offsetof(struct audit_options, states), "DIR",
		"where else a runtime keeps its state (runc's and crun's --root)" },
	{ "output", OPTION_TEXT, offsetof(struct audit_options, output), "text|json",
		"what to print (default: text)" },
	{ "write", OPTION_FLAG, offsetof(struct audit_options, write), NULL,
		"keep what was found in " AUDIT_STATE_PATH
		", for nimgate metrics and the next audit" },
};

static const struct option_table table = {
	.usage = "audit [OPTION...]",
	.about =
		"Looks at the NIM containers that run on this machine, whatever started them, and at the decision\n"
		"log. One that the gate did not admit, or that started again since, is an alert: an entry in the\n"
		"system's log, and exit status 6. Needs root.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static const char *
shown_id(const struct container *container)
{
	return container->id[0] ? container->id : "(unknown)";
}

/* An entry in the system's log. */
static void
record_alert(const struct judgement *judgement)
{
	const struct container *container = judgement->container;
	cleanup_record struct record record;
	char message[RECORD_VALUE_BYTES], pid[16];
	struct error err;

	snprintf(message, sizeof(message),
		"NIM container %s (%s, process %d) runs past the gate: %s", shown_id(container),
		container->engine, (int)container->pid, judgement->alert);
	snprintf(pid, sizeof(pid), "%d", (int)container->pid);
	record_begin(&record, "nimgate-audit", DECISION_RECORD_UNGATED, RECORD_ERROR, message);
	record_add(&record, "CONTAINER_ID", container->id[0] ? container->id : NULL);
	record_add(&record, "NIMGATE_ENGINE", container->engine);
	record_add(&record, "NIMGATE_PID", pid);
	record_add(&record, "NIMGATE_REASON", judgement->reason[0] ? judgement->reason : NULL);
	if (record_send(&record, RECORD_JOURNAL, RECORD_SYSLOG, &err))
		console_say(CONSOLE_WARNING, "the system's log has no entry: %s", err.text);
}

/* "admitted 2026-11-25T04:07:55Z", and what spoke against it. */
static void
print_admitted(const struct judgement *judgement)
{
	char time[32];

	printf("admitted %s", clock_format(judgement->decided_s, time));
	if (judgement->reason[0])
		printf(", would be refused (%s)", judgement->reason);
	putchar('\n');
}

static void
print_text(const struct judgements *judgements)
{
	for (size_t i = 0; i < judgements->count; i++) {
		const struct judgement *judgement = &judgements->items[i];

		printf("%-5s  %-10s  %s  process %d: ", judgement->alert ? "ALERT" : "ok",
			judgement->container->engine, shown_id(judgement->container),
			(int)judgement->container->pid);
		if (judgement->alert)
			puts(judgement->alert);
		else
			print_admitted(judgement);
	}
}

static void
write_judgement(const struct judgement *judgement, struct writer *writer)
{
	const struct container *container = judgement->container;
	const bool decided = judgement->match != JUDGEMENT_NONE;
	char time[32];

	writer_open(writer, NULL, '{');
	writer_string(writer, "container", container->id[0] ? container->id : NULL);
	writer_string(writer, "engine", container->engine);
	writer_number(writer, "process", (uint64_t)container->pid);
	writer_string(writer, "started", clock_format(container->started_s, time));
	writer_string(writer, "decided", decided ? clock_format(judgement->decided_s, time) : NULL);
	writer_string(writer, "verdict",
		decided ? decision_verdict_word(
				  judgement->admitted ? DECISION_ADMIT : DECISION_REFUSE)
			: NULL);
	writer_string(writer, "reason", judgement->reason[0] ? judgement->reason : NULL);
	writer_string(writer, "alert", judgement->alert);
	writer_close(writer, '}');
}

static int
print_json(const struct judgements *judgements, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_open(&writer, "containers", '[');
	for (size_t i = 0; i < judgements->count; i++)
		write_judgement(&judgements->items[i], &writer);
	writer_close(&writer, ']');
	writer_close(&writer, '}');
	if (writer.failed)
		return error_no_memory(err);
	puts(writer.text);
	return 0;
}

static int
report(const struct judgements *judgements, bool json, bool recorded, struct error *err)
{
	for (size_t i = 0; recorded && i < judgements->count; i++)
		if (judgements->items[i].alert)
			record_alert(&judgements->items[i]);
	if (json && print_json(judgements, err))
		return -1;
	if (!json)
		print_text(judgements);
	if (judgements->alerts)
		return error_set(err, REASON_POLICY, 0,
			"%zu of %zu NIM containers run past the gate (docs/audit.md)",
			judgements->alerts, judgements->count);
	return 0;
}

/* Whether alerts go to the system's log, too. Without a policy they do. */
static bool
is_recorded(const char *path)
{
	static const struct policy_facts nobody = { NULL, NULL };
	struct policy policy = { 0 };
	struct error ignored;
	bool off;

	if (policy_load(path ? path : POLICY_PATH_DEFAULT, &nobody, &policy, &ignored))
		return true;
	off = policy.record == POLICY_RECORD_OFF;
	policy_release(&policy);
	return !off;
}

/* What the last audit knew; nothing where another log is asked for, or it is not there. */
static void
recall(const struct audit_options *values, struct audit_state *out)
{
	struct error err;

	*out = (struct audit_state){ .time_s = 0 };
	if (!values->log && audit_state_read(AUDIT_STATE_PATH, out, &err) && err.os_errno != ENOENT)
		console_say(CONSOLE_WARNING, "what the last audit found is not used: %s", err.text);
}

static int
keep(const struct judgements *judgements, struct error *err)
{
	struct audit_state state = { .time_s = 0 };
	int result = judgement_remember(judgements, &state, err);

	if (result == 0)
		result = audit_state_write(&state, err);
	audit_state_release(&state);
	return result;
}

/* What cannot be kept is a failure, but no alert waits for it. */
static int
judge(const struct audit_options *values, const char *log, const struct containers *containers,
	bool json, struct error *err)
{
	struct judgements judgements = { .count = 0 };
	struct audit_state known;
	struct error kept = { 0 };
	int result;

	recall(values, &known);
	result = judgement_find(containers, &known, log, &judgements, err);
	audit_state_release(&known);
	if (result == 0) {
		bool lost = values->write && keep(&judgements, &kept);

		result = report(&judgements, json, is_recorded(values->policy), err);
		if (lost && result)
			console_say(CONSOLE_WARNING, "%s", kept.text);
		else if (lost) {
			*err = kept;
			result = -1;
		}
	}
	judgement_release(&judgements);
	return result;
}

static int
run(const struct audit_options *values, struct error *err)
{
	struct containers containers = { 0 };
	cleanup_free char *log = NULL;
	bool json;
	int result = option_parse_output(values->output, &json, err);

	if (result == 0)
		result = decisions_find(values->log, values->policy, &log, err);
	if (result == 0)
		result = containers_list(&values->states, &containers, err);
	if (result == 0)
		result = judge(values, log, &containers, json, err);
	containers_release(&containers);
	return result;
}

int
cmd_audit(const struct option_list *argv)
{
	static struct audit_options values;
	struct error err;
	int result = option_parse_alone(&table, argv, &values, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || run(&values, &err))
		return console_fail("nimgate audit", &err);
	return REASON_STATUS_ADMIT;
}
