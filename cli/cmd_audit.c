#include "cli/cmd_audit.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/record.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/containers.h"
#include "cli/decisions.h"
#include "cli/option.h"
#include "gate/decision_record.h"
#include "policy/policy.h"

#include <string.h>

enum { SLACK_S = 5 /* a container's first process begins just before its decision */ };

struct audit_options {
	const char *log;
	const char *policy;
	const char *output;
	struct option_list states;
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

/* What the log says about a container. */
struct judgement {
	const struct container *container; /* borrowed */
	bool decided;                      /* the newest decision about it was seen */
	bool admitted;
	int64_t decided_s;
	char reason[64];
	const char *alert; /* static storage; NULL: none */
};

struct audit {
	struct judgement *judgements; /* owned */
	size_t count;
	size_t open; /* without a decision yet */
};

static bool
take_decision(void *context, const struct node *decision)
{
	struct audit *audit = context;
	const char *id = node_text(node_member(decision, "container"));
	const char *verdict = node_text(node_member(decision, "verdict"));
	const char *time = node_text(node_member(decision, "time"));
	const char *reason = node_text(node_member(decision, "reason"));

	for (size_t i = 0; id && verdict && time && i < audit->count; i++) {
		struct judgement *judgement = &audit->judgements[i];

		if (judgement->decided || strcmp(judgement->container->id, id) != 0 ||
			clock_parse(time, &judgement->decided_s))
			continue;
		judgement->decided = true;
		judgement->admitted = strcmp(verdict, "admit") == 0;
		snprintf(judgement->reason, sizeof(judgement->reason), "%.*s",
			(int)sizeof(judgement->reason) - 1, reason ? reason : "");
		audit->open--;
	}
	return audit->open == 0;
}

static void
judge(struct judgement *judgement)
{
	if (!judgement->container->id[0])
		judgement->alert = "nothing tells its id: no decision can be found";
	else if (!judgement->decided)
		judgement->alert = "the log has no decision about it";
	else if (!judgement->admitted)
		judgement->alert = "it was refused, and runs";
	else if (judgement->container->started_s > judgement->decided_s + SLACK_S)
		judgement->alert = "it started again after it was admitted";
}

/* Each container against the log. Returns 0 (caller frees audit->judgements), or -1. */
static int
compare(const struct containers *containers, const char *log, struct audit *audit,
	struct error *err)
{
	audit->judgements = calloc(containers->count + 1, sizeof(*audit->judgements));
	if (!audit->judgements)
		return error_no_memory(err);
	audit->count = audit->open = containers->count;
	for (size_t i = 0; i < audit->count; i++)
		audit->judgements[i].container = &containers->items[i];
	/* Before the first decision there is no log. */
	if (audit->count && decisions_visit(log, take_decision, audit, err) < 0 &&
		err->os_errno != ENOENT)
		return -1;
	for (size_t i = 0; i < audit->count; i++)
		judge(&audit->judgements[i]);
	return 0;
}

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

static void
print_text(const struct audit *audit)
{
	char time[32];

	for (size_t i = 0; i < audit->count; i++) {
		const struct judgement *judgement = &audit->judgements[i];

		printf("%-5s  %-10s  %s  process %d: %s%s\n", judgement->alert ? "ALERT" : "ok",
			judgement->container->engine, shown_id(judgement->container),
			(int)judgement->container->pid,
			judgement->alert ? judgement->alert : "admitted ",
			judgement->alert ? "" : clock_format(judgement->decided_s, time));
	}
}

static int
print_json(const struct audit *audit, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };
	char time[32];

	writer_open(&writer, NULL, '{');
	writer_open(&writer, "containers", '[');
	for (size_t i = 0; i < audit->count; i++) {
		const struct judgement *judgement = &audit->judgements[i];

		writer_open(&writer, NULL, '{');
		writer_string(&writer, "container",
			judgement->container->id[0] ? judgement->container->id : NULL);
		writer_string(&writer, "engine", judgement->container->engine);
		writer_number(&writer, "process", (uint64_t)judgement->container->pid);
		writer_string(
			&writer, "started", clock_format(judgement->container->started_s, time));
		writer_string(&writer, "decided",
			judgement->decided ? clock_format(judgement->decided_s, time) : NULL);
		writer_string(&writer, "alert", judgement->alert);
		writer_close(&writer, '}');
	}
	writer_close(&writer, ']');
	writer_close(&writer, '}');
	if (writer.failed)
		return error_no_memory(err);
	puts(writer.text);
	return 0;
}

/* How many alerts there are. */
static size_t
raise_alerts(const struct audit *audit, bool recorded)
{
	size_t alerts = 0;

	for (size_t i = 0; i < audit->count; i++) {
		if (!audit->judgements[i].alert)
			continue;
		alerts++;
		if (recorded)
			record_alert(&audit->judgements[i]);
	}
	return alerts;
}

static int
report(const struct audit *audit, bool json, bool recorded, struct error *err)
{
	size_t alerts = raise_alerts(audit, recorded);

	if (json && print_json(audit, err))
		return -1;
	if (!json)
		print_text(audit);
	if (alerts)
		return error_set(err, REASON_POLICY, 0,
			"%zu of %zu NIM containers run past the gate (docs/audit.md)", alerts,
			audit->count);
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

static int
run(const struct audit_options *values, struct error *err)
{
	cleanup_free char *log = NULL;
	struct containers containers = { 0 };
	struct audit audit = { 0 };
	bool json;
	int result = option_parse_output(values->output, &json, err);

	if (result == 0)
		result = decisions_find(values->log, values->policy, &log, err);
	if (result == 0)
		result = containers_list(&values->states, &containers, err);
	if (result == 0)
		result = compare(&containers, log, &audit, err);
	if (result == 0)
		result = report(&audit, json, is_recorded(values->policy), err);
	free(audit.judgements);
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
