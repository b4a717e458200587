/* The keys about where decisions are kept. */
#include "policy/policy.h"

#include "tests/unit/gate_material.h"

#define GOOD "mode: warn\ntrust: {method: key, anchors: [/a]}\nsignatures: [/s]\n"

static void
test_values(void)
{
	static const struct {
		const char *name, *text;
		uint64_t max;
		unsigned int keep;
		enum policy_record record;
	} rows[] = {
		{ "defaults", "", 16 << 20, 7, POLICY_RECORD_SYSTEM },
		{ "least", "log_max: 1M\nlog_keep: 1\nrecord: off\n", 1 << 20, 1,
			POLICY_RECORD_OFF },
		{ "most", "log_max: '64M'\nlog_keep: '99'\nrecord: system\n", 64 << 20, 99,
			POLICY_RECORD_SYSTEM },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		char text[300];

		snprintf(text, sizeof(text), GOOD "%s", rows[i].text);
		check_result(policy_parse(text, strlen(text), &policy, &err), REASON_NONE, &err,
			rows[i].name);
		check(policy.log_max == rows[i].max && policy.log_keep == rows[i].keep &&
				policy.record == rows[i].record,
			rows[i].name, "%llu %u %d", (unsigned long long)policy.log_max,
			policy.log_keep, policy.record);
		policy_release(&policy);
	}
}

static void
test_refused(void)
{
	static const char *const rows[] = { "log_max: 0M", "log_max: 65M", "log_max: 16",
		"log_max: M", "log_max: 16m", "log_max: [16M]", "log_max: -1M", "log_max: 1.5M",
		"log_max: 99999999999999999999M", "log_keep: 0", "log_keep: 100", "log_keep: ''",
		"log_keep: [7]", "log_keep: 07", "record: on", "record: ''", "record: [system]",
		"log_min: 1M" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy = { 0 };
		struct error err = { 0 };
		char text[300];

		snprintf(text, sizeof(text), GOOD "%s\n", rows[i]);
		check_result(policy_parse(text, strlen(text), &policy, &err), REASON_CONFIG, &err,
			rows[i]);
		policy_release(&policy);
	}
}

int
main(void)
{
	test_values();
	test_refused();
	return check_end();
}
