#include "policy/policy.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct policy policy = { 0 };
	struct error err = { 0 };

	if (policy_parse((const char *)data, size, &policy, &err) == 0) {
		FUZZ_PROMISE(policy.mode != POLICY_MODE_NONE && policy.method != TRUST_METHOD_NONE);
		FUZZ_PROMISE(policy.anchors.count > 0 && policy.signatures.count > 0);
		policy_release(&policy);
	} else {
		FUZZ_PROMISE(err.reason == REASON_CONFIG || err.reason == REASON_INTERNAL);
	}
}
