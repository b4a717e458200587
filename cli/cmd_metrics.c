#include "cli/cmd_metrics.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "cli/audit_state.h"
#include "cli/cmd_doctor.h"
#include "cli/console.h"
#include "cli/doctor_report.h"
#include "cli/metrics_certificates.h"
#include "cli/metrics_text.h"
#include "cli/option.h"
#include "cli/overview.h"
#include "cli/remember.h"
#include "cli/save.h"
#include "gate/counters.h"
#include "gate/decision.h"
#include "policy/policy.h"
#include "policy/policy_digest.h"
#include "receipt/journal.h"

#include <errno.h>
#include <string.h>

#define DECISIONS "nimgate_decisions_total"

struct metrics_options {
	const char *output;
	const char *policy;
	const char *counters;
	const char *audit;
};

static const struct option options[] = {
	{ "output", OPTION_TEXT, offsetof(struct metrics_options, output), "FILE",
		"write there in one step, for node_exporter's textfile collector (NAME.prom)" },
	{ "policy", OPTION_TEXT, offsetof(struct metrics_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "counters", OPTION_TEXT, offsetof(struct metrics_options, counters), "FILE",
		"where decisions are counted (default: " COUNTERS_PATH ")" },
	{ "audit", OPTION_TEXT, offsetof(struct metrics_options, audit), "FILE",
		"what nimgate audit --write found (default: " AUDIT_STATE_PATH ")" },
};

static const struct option_table table = {
	.usage = "metrics [OPTION...]",
	.about =
		"Prints this host's gate in numbers, in Prometheus' text format: decisions, bytes and seconds,\n"
		"receipts, what waits, until when certificates count, which engines lead through the gate.\n"
		"docs/metrics.md lists them.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static void
write_decision(struct writer *writer, const char *verdict, const char *reason, uint64_t value)
{
	const struct metrics_text_label labels[] = { { "verdict", verdict }, { "reason", reason } };

	metrics_text_sample(writer, DECISIONS, labels, ARRAY_SIZE(labels), value);
}

/* The reason, REASON_NONE for "none", that a row "VERDICT:REASON" counts; -1: another release's. */
static int
find_reason(const char *word)
{
	if (strcmp(word, "none") == 0)
		return REASON_NONE;
	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		if (strcmp(word, reason_word((enum reason)reason)) == 0)
			return reason;
	return -1;
}

static bool
is_verdict(const char *row, size_t length)
{
	return (length == 5 && memcmp(row, "admit", length) == 0) ||
	       (length == 6 && memcmp(row, "refuse", length) == 0);
}

/* Every pair that can be, also those that never were: increase() does not see a series begin. */
static void
write_decisions(const struct counters *counters, struct writer *writer)
{
	metrics_text_family(writer, DECISIONS, METRICS_TEXT_COUNTER,
		"Decisions about containers, by verdict and by the reason that speaks against them.");
	for (int verdict = DECISION_REFUSE; verdict <= DECISION_ADMIT; verdict++)
		for (int reason = REASON_NONE; reason < REASON_COUNT; reason++) {
			const char *word = decision_verdict_word((enum decision_verdict)verdict);
			const char *why = reason ? reason_word((enum reason)reason) : "none";
			char row[COUNTERS_NAME_BYTES];

			if (reason == REASON_NETWORK ||
				(reason == REASON_NONE && verdict == DECISION_REFUSE))
				continue; /* of no start */
			snprintf(row, sizeof(row), "%s:%s", word, why);
			write_decision(writer, word, why, counters_get(counters, row));
		}
	for (size_t i = 0; i < COUNTERS_ROWS && counters->rows[i].name[0]; i++) {
		const char *row = counters->rows[i].name, *colon = strchr(row, ':');
		char verdict[COUNTERS_NAME_BYTES];

		if (!colon ||
			(is_verdict(row, (size_t)(colon - row)) && find_reason(colon + 1) >= 0))
			continue;
		snprintf(verdict, sizeof(verdict), "%.*s", (int)(colon - row), row);
		write_decision(writer, verdict, colon + 1, counters->rows[i].value);
	}
}

static void
write_last(const struct counters *counters, struct writer *writer)
{
	static const char name[] = "nimgate_last_decision_timestamp_seconds";

	metrics_text_family(writer, name, METRICS_TEXT_GAUGE,
		"When the last decision with this verdict was made; 0: never.");
	metrics_text_sample(writer, name,
		(const struct metrics_text_label[]){ { "verdict", "admit" } }, 1,
		counters_get(counters, "last_admit"));
	metrics_text_sample(writer, name,
		(const struct metrics_text_label[]){ { "verdict", "refuse" } }, 1,
		counters_get(counters, "last_refuse"));
}

static void
write_counters(const struct counters *counters, struct writer *writer)
{
	write_decisions(counters, writer);
	write_last(counters, writer);
	metrics_text_seconds(writer, "nimgate_starts_seconds_total", METRICS_TEXT_COUNTER,
		"Time that starts spent in the gate.", counters_get(counters, "start_ms"));
	metrics_text_seconds(writer, "nimgate_contents_seconds_total", METRICS_TEXT_COUNTER,
		"Part of it that comparing contents took.", counters_get(counters, "contents_ms"));
	metrics_text_single(writer, "nimgate_hashed_bytes_total", METRICS_TEXT_COUNTER,
		"Bytes that starts hashed and found as signed.",
		counters_get(counters, "hashed_bytes"));
	metrics_text_single(writer, "nimgate_remembered_bytes_total", METRICS_TEXT_COUNTER,
		"Bytes that starts need not hash, because a receipt spoke for them.",
		counters_get(counters, "remembered_bytes"));
}

static void
write_lost(const struct counters *counters, struct writer *writer)
{
	static const char name[] = "nimgate_decisions_lost_total";

	metrics_text_family(writer, name, METRICS_TEXT_COUNTER,
		"Decisions that a log did not take: the decision log, or the system's.");
	metrics_text_sample(writer, name,
		(const struct metrics_text_label[]){ { "log", "decision" } }, 1,
		counters_get(counters, "lost_log"));
	metrics_text_sample(writer, name,
		(const struct metrics_text_label[]){ { "log", "system" } }, 1,
		counters_get(counters, "lost_system"));
}

/* What nimgate-audit.service found; before its first run nothing. */
static void
write_audit(const char *path, struct writer *writer)
{
	struct audit_state state;
	struct error err;

	if (audit_state_read(path, &state, &err) && err.os_errno != ENOENT)
		console_say(CONSOLE_WARNING, "%s", err.text);
	metrics_text_single(writer, "nimgate_audit_containers", METRICS_TEXT_GAUGE,
		"NIM containers that ran when nimgate-audit.service looked.", state.containers);
	metrics_text_single(writer, "nimgate_audit_alerts", METRICS_TEXT_GAUGE,
		"Of these, those that the gate did not admit.", state.alerts);
	metrics_text_single(writer, "nimgate_audit_timestamp_seconds", METRICS_TEXT_GAUGE,
		"When it looked; 0: not since this boot.", (uint64_t)state.time_s);
	audit_state_release(&state);
}

static int
write_overview(const char *folder, struct writer *writer, struct error *err)
{
	struct overview overview = { 0 };
	int64_t oldest_s = 0;

	if (overview_read(folder, &overview, err))
		return -1;
	for (size_t i = 0; i < overview.pending_count; i++)
		if (i == 0 || overview.pending[i].asked_s < oldest_s)
			oldest_s = overview.pending[i].asked_s;
	metrics_text_single(writer, "nimgate_receipts", METRICS_TEXT_GAUGE,
		"Files that are remembered.", overview.receipts.rows);
	metrics_text_single(writer, "nimgate_receipts_bytes", METRICS_TEXT_GAUGE,
		"Bytes of these files.", overview.receipts.bytes);
	metrics_text_single(writer, "nimgate_receipts_oldest_timestamp_seconds", METRICS_TEXT_GAUGE,
		"When the oldest receipt was made; 0: there is none.",
		(uint64_t)overview.receipts.oldest_s);
	metrics_text_single(writer, "nimgate_receipts_unreadable", METRICS_TEXT_GAUGE,
		"1 where receipts cannot be read.",
		overview.receipts.why[0] != 0 && access(folder, F_OK) == 0);
	metrics_text_single(writer, "nimgate_hashing", METRICS_TEXT_GAUGE,
		"Models that are being hashed now.", overview.running_count);
	metrics_text_single(writer, "nimgate_requests_pending", METRICS_TEXT_GAUGE,
		"Models that wait to be verified.", overview.pending_count);
	metrics_text_single(writer, "nimgate_requests_oldest_timestamp_seconds", METRICS_TEXT_GAUGE,
		"Since when the first of them waits; 0: there is none.", (uint64_t)oldest_s);
	overview_release(&overview);
	return 0;
}

/* What doctor finds: 1 for an engine whose containers all start through the gate. "nimgate" is
 * what every engine needs: hook and policy. */
static int
write_engines(struct writer *writer, struct error *err)
{
	static const char name[] = "nimgate_engine_covered";
	static const struct option_list all = { .count = 0 };
	struct doctor_report report = { .root = "" };
	int result = cmd_doctor_examine(&report, &all, err);

	metrics_text_family(writer, name, METRICS_TEXT_GAUGE,
		"1 where every way to start a container with the engine leads through the gate.");
	for (size_t i = 0; result == 0 && i < report.count; i++) {
		const char *engine = report.findings[i].engine;
		bool covered = true, first = true;

		for (size_t j = 0; j < report.count; j++) {
			if (strcmp(report.findings[j].engine, engine) != 0)
				continue;
			first = first && j >= i;
			covered = covered && report.findings[j].state != DOCTOR_HOLE;
		}
		if (first)
			metrics_text_sample(writer, name,
				(const struct metrics_text_label[]){ { "engine", engine } }, 1,
				covered);
	}
	doctor_report_release(&report);
	return result;
}

/* No sample for a policy that cannot be read. */
static void
write_policy(const struct policy *policy, struct writer *writer)
{
	static const char name[] = "nimgate_policy_info";
	struct digest digest = { .algorithm = DIGEST_NONE };
	struct error ignored;

	metrics_text_family(writer, name, METRICS_TEXT_GAUGE,
		"The policy's mode, and the digest of its files that decisions name.");
	if (policy_digest_compute(policy, &digest, &ignored) == 0 &&
		digest.algorithm != DIGEST_NONE)
		metrics_text_sample(writer, name,
			(const struct metrics_text_label[]){
				{ "mode", decision_mode_word(policy->mode) },
				{ "sha256", digest_format(&digest).text } },
			2, 1);
}

/* All of it. */
static int
write_all(const struct metrics_options *values, const struct policy *policy,
	const struct remember *remember, struct writer *writer, struct error *err)
{
	struct counters counters;

	if (counters_read(values->counters ? values->counters : COUNTERS_PATH, &counters, err))
		return -1;
	metrics_text_family(writer, "nimgate_build_info", METRICS_TEXT_GAUGE, "The release.");
	metrics_text_sample(writer, "nimgate_build_info",
		(const struct metrics_text_label[]){ { "release", NIMGATE_RELEASE } }, 1, 1);
	metrics_text_single(writer, "nimgate_enforces", METRICS_TEXT_GAUGE,
		"1 where the policy can be read and its mode is enforce.",
		policy->mode == POLICY_MODE_ENFORCE);
	write_policy(policy, writer);
	write_counters(&counters, writer);
	write_lost(&counters, writer);
	write_audit(values->audit ? values->audit : AUDIT_STATE_PATH, writer);
	if (write_overview(remember->folder, writer, err) || write_engines(writer, err))
		return -1;
	metrics_certificates_write(policy, writer);
	metrics_text_single(writer, "nimgate_metrics_timestamp_seconds", METRICS_TEXT_GAUGE,
		"When these numbers were written.", (uint64_t)clock_now());
	return writer->failed ? error_no_memory(err) : 0;
}

static int
run(const struct metrics_options *values, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };
	struct policy policy = { 0 };
	struct remember remember;
	struct error why;
	int result;

	/* A policy that is broken is a number, too: nimgate_enforces 0. */
	if (remember_find(values->policy, NULL, &policy, &remember, &why) < 0) {
		console_say(CONSOLE_WARNING, "%s", why.text);
		policy = (struct policy){ 0 };
		remember = (struct remember){ .folder = JOURNAL_DIRECTORY };
	}
	result = write_all(values, &policy, &remember, &writer, err);
	if (result == 0 && values->output)
		result = save_over(values->output, writer.text, writer.length, err);
	else if (result == 0)
		fputs(writer.text, stdout);
	policy_release(&policy);
	return result;
}

int
cmd_metrics(const struct option_list *argv)
{
	struct metrics_options values = { 0 };
	struct error err;
	int result = option_parse_alone(&table, argv, &values, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || run(&values, &err))
		return console_fail("nimgate metrics", &err);
	return REASON_STATUS_ADMIT;
}
