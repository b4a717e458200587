#include "gate/decision.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/writer.h"
#include "gate/decision_file.h"
#include "gate/notes.h"
#include "gate/verification.h"

const char *
decision_verdict_word(enum decision_verdict verdict)
{
	return verdict == DECISION_ADMIT ? "admit" : "refuse";
}

const char *
decision_evidence_word(enum decision_evidence evidence)
{
	static const char *const words[] = { "none", "receipt", "hashed" };

	return words[evidence];
}

const char *
decision_protection_word(enum policy_protection protection)
{
	static const char *const words[] = { "none", "readonly", "view", "private", "sealed" };

	return words[protection];
}

const char *
decision_mode_word(enum policy_mode mode)
{
	static const char *const words[] = {
		[POLICY_MODE_NONE] = NULL,
		[POLICY_MODE_ENFORCE] = "enforce",
		[POLICY_MODE_WARN] = "warn",
		[POLICY_MODE_OFF] = "off",
	};

	return words[mode];
}

static void
write_versions(struct writer *writer, const struct verification *verification)
{
	size_t i;

	writer_open(writer, "versions", '[');
	for (i = 0; i < verification->count; i++) {
		const struct verification_item *item = &verification->items[i];

		if (!item->model.label)
			continue;
		writer_open(writer, NULL, '{');
		writer_string(writer, "ref", item->model.label);
		digest_write(&item->signed_model.payload_digest, "payload_sha256", writer);
		writer_string(writer, "signer", item->signed_model.signer.subject);
		digest_write(&item->signed_model.signer.fingerprint, "signer_sha256", writer);
		digest_write(&item->signed_model.signer.spki, "signer_spki_sha256", writer);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void
write_findings(struct writer *writer, const struct report *report)
{
	size_t i;

	writer_open(writer, "findings", '[');
	for (i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];

		writer_open(writer, NULL, '{');
		writer_string(writer, "model", finding->model);
		report_write(finding, &finding->signed_digest, writer);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void
write_notes(struct writer *writer, const struct notes *notes)
{
	size_t i;

	writer_open(writer, "notes", '[');
	for (i = 0; i < notes->count; i++)
		writer_string(writer, NULL, notes->texts[i]);
	writer_close(writer, ']');
	if (notes->left_out)
		writer_number(writer, "notes_left_out", notes->left_out);
}

/* What is the same of no other container, ever: the id may come again. */
static void
write_process(struct writer *writer, const struct birth *process)
{
	if (process->pid == 0) {
		writer_string(writer, "process", NULL);
		return;
	}
	writer_open(writer, "process", '{');
	writer_number(writer, "pid", (uint64_t)process->pid);
	writer_number(writer, "started", process->ticks);
	writer_string(writer, "boot", process->boot);
	writer_close(writer, '}');
}

static void
write_decision(struct writer *writer, const struct decision *decision)
{
	char now[32];

	writer_open(writer, NULL, '{');
	writer_number(writer, "schema", 1);
	writer_string(writer, "time", clock_format(clock_now(), now));
	writer_string(writer, "release", NIMGATE_RELEASE);
	writer_string(writer, "container", decision->id);
	writer_string(writer, "bundle", decision->bundle);
	write_process(writer, &decision->process);
	writer_string(writer, "verdict", decision_verdict_word(decision->verdict));
	writer_string(writer, "reason",
		decision->refusal ? reason_word(decision->refusal->reason) : NULL);
	writer_string(writer, "text", decision->refusal ? decision->refusal->text : NULL);
	writer_string(writer, "mode", decision_mode_word(decision->mode));
	digest_write(&decision->policy, "policy_sha256", writer);
	writer_string(writer, "evidence", decision_evidence_word(decision->evidence));
	writer_string(writer, "protection", decision_protection_word(decision->protection));
	writer_string(writer, "profile", decision->profile);
	writer_string(writer, "rule", decision->rule);
	writer_number(writer, "milliseconds", (uint64_t)decision->times.whole_ms);
	writer_number(writer, "milliseconds_contents", (uint64_t)decision->times.contents_ms);
	if (decision->notes)
		write_notes(writer, decision->notes);
	if (decision->verification) {
		writer_number(writer, "files", decision->verification->report.files);
		writer_number(writer, "bytes", decision->verification->report.bytes);
		writer_number(
			writer, "files_remembered", decision->verification->report.remembered);
		writer_number(writer, "bytes_remembered",
			decision->verification->report.bytes_remembered);
		write_versions(writer, decision->verification);
		write_findings(writer, &decision->verification->report);
	}
	writer_close(writer, '}');
	writer_bytes(writer, "\n", 1);
}

int
decision_log(const struct decision *decision, const struct decision_file *file, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	write_decision(&writer, decision);
	if (writer.failed)
		return error_no_memory(err);
	return decision_file_append(file, writer.text, writer.length, err);
}
