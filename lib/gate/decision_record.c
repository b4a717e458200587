#include "gate/decision_record.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/record.h"
#include "base/text.h"
#include "gate/decision.h"
#include "gate/notes.h"
#include "gate/verification.h"

#include <inttypes.h>

enum { MODELS_MAX = 16 /* one start needs two or three versions */ };

/* What kind of message it is, and how loud. */
static const char *
find_message(const struct decision *decision, enum record_priority *priority)
{
	const struct error *refusal = decision->refusal;

	*priority = RECORD_INFO;
	if (!refusal)
		return DECISION_RECORD_ADMITTED;
	*priority = RECORD_WARNING;
	if (decision->verdict == DECISION_ADMIT)
		return DECISION_RECORD_LENIENT;
	*priority = refusal->reason == REASON_PENDING ? RECORD_NOTICE : RECORD_ERROR;
	return refusal->reason == REASON_PENDING ? DECISION_RECORD_PENDING
						 : DECISION_RECORD_REFUSED;
}

static void
describe(const struct decision *decision, char *out, size_t size)
{
	const struct error *refusal = decision->refusal;
	const char *id = decision->id ? decision->id : "that is not known";

	if (!refusal)
		snprintf(out, size, "container %s admitted (%s, %s)", TEXT_QUOTE(id),
			decision_evidence_word(decision->evidence),
			decision_protection_word(decision->protection));
	else
		snprintf(out, size, "container %s %s (%s): %s", TEXT_QUOTE(id),
			decision->verdict == DECISION_ADMIT ? "admitted, would be refused"
							    : "refused",
			reason_word(refusal->reason), refusal->text);
}

static void
add_number(struct record *record, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	record_add(record, name, text);
}

static void
add_models(struct record *record, const struct verification *verification)
{
	size_t added = 0;

	for (size_t i = 0; i < verification->count && added < MODELS_MAX; i++) {
		const struct verification_item *item = &verification->items[i];

		if (!item->model.label)
			continue;
		added++;
		record_add(record, "MODEL_REF", item->model.label);
		if (item->signed_model.payload_digest.algorithm == DIGEST_NONE)
			continue;
		record_add(record, "PAYLOAD_SHA256",
			digest_format(&item->signed_model.payload_digest).text);
		if (item->signed_model.signer.subject[0])
			record_add(record, "NIMGATE_SIGNER", item->signed_model.signer.subject);
	}
	add_number(record, "NIMGATE_FILES", verification->report.files);
	add_number(record, "NIMGATE_BYTES", verification->report.bytes);
	add_number(record, "NIMGATE_BYTES_REMEMBERED", verification->report.bytes_remembered);
}

static void
add_seconds(struct record *record, const char *name, int64_t ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
	record_add(record, name, text);
}

int
decision_record_send(const struct decision *decision, const char *unlogged, struct error *err)
{
	cleanup_record struct record record;
	enum record_priority priority;
	const char *message_id = find_message(decision, &priority);
	char message[RECORD_VALUE_BYTES];

	describe(decision, message, sizeof(message));
	record_begin(&record, "nimgate-hook", message_id, priority, message);
	record_add(&record, "CONTAINER_ID", decision->id);
	record_add(&record, "NIMGATE_VERDICT", decision_verdict_word(decision->verdict));
	record_add(&record, "NIMGATE_REASON",
		decision->refusal ? reason_word(decision->refusal->reason) : NULL);
	record_add(&record, "NIMGATE_MODE", decision_mode_word(decision->mode));
	if (decision->policy.algorithm != DIGEST_NONE)
		record_add(&record, "NIMGATE_POLICY_SHA256", digest_format(&decision->policy).text);
	record_add(&record, "NIMGATE_EVIDENCE", decision_evidence_word(decision->evidence));
	record_add(&record, "NIMGATE_PROTECTION", decision_protection_word(decision->protection));
	record_add(&record, "NIMGATE_PROFILE", decision->profile);
	record_add(&record, "NIMGATE_RULE", decision->rule);
	record_add(&record, "NIMGATE_RELEASE", NIMGATE_RELEASE);
	record_add(&record, "NIMGATE_BUNDLE", decision->bundle);
	if (decision->process.pid)
		add_number(&record, "NIMGATE_PID", (uint64_t)decision->process.pid);
	add_seconds(&record, "NIMGATE_SECONDS", decision->times.whole_ms);
	add_seconds(&record, "NIMGATE_SECONDS_CONTENTS", decision->times.contents_ms);
	record_add(&record, "NIMGATE_UNLOGGED", unlogged);
	record_add(&record, "NIMGATE_NOTE",
		decision->notes && decision->notes->count ? decision->notes->texts[0] : NULL);
	if (decision->verification)
		add_models(&record, decision->verification);
	return record_send(&record, RECORD_JOURNAL, RECORD_SYSLOG, err);
}
