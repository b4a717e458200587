#include "gate/decision_count.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "gate/counters.h"
#include "gate/decision.h"
#include "gate/verification.h"

int
decision_count_add(const struct decision *decision, const struct decision_losses *losses,
	const char *path, struct error *err)
{
	static const struct report nothing = { .count = 0 };
	const struct report *report =
		decision->verification ? &decision->verification->report : &nothing;
	const char *verdict = decision_verdict_word(decision->verdict);
	char result[COUNTERS_NAME_BYTES], last[COUNTERS_NAME_BYTES];
	const struct counters_change changes[] = {
		{ result, 1, COUNTERS_ADD },
		{ last, (uint64_t)clock_now(), COUNTERS_SET },
		{ "start_ms", (uint64_t)decision->times.whole_ms, COUNTERS_ADD },
		{ "contents_ms", (uint64_t)decision->times.contents_ms, COUNTERS_ADD },
		{ "hashed_bytes", report->bytes - report->bytes_remembered, COUNTERS_ADD },
		{ "remembered_bytes", report->bytes_remembered, COUNTERS_ADD },
		{ "lost_log", losses->log, COUNTERS_ADD },
		{ "lost_system", losses->system, COUNTERS_ADD },
	};

	snprintf(result, sizeof(result), "%s:%s", verdict,
		decision->refusal ? reason_word(decision->refusal->reason) : "none");
	snprintf(last, sizeof(last), "last_%s", verdict);
	return counters_change(path, changes, ARRAY_SIZE(changes), err);
}
