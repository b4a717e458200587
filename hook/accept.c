#include "hook/accept.h"

#include "base/clock.h"
#include "base/error.h"
#include "gate/lock.h"
#include "gate/signed_model.h"
#include "hook/admit.h"
#include "policy/policy_lock.h"

static bool
needs_lock(const struct policy *policy)
{
	return policy->lock == POLICY_LOCK_REQUIRED || policy->lock_expired == POLICY_ALLOW;
}

int
accept_begin(struct admission *admission, struct error *err)
{
	const struct policy *policy = &admission->policy;
	const char *path = policy->lock_file ? policy->lock_file : LOCK_PATH_DEFAULT;

	if (!needs_lock(policy) || lock_read(path, &admission->lock, err) == 0)
		return 0;
	/* Where it need not be there, nothing is locked. */
	return err->os_errno == ENOENT && policy->lock == POLICY_LOCK_OFF ? 0 : -1;
}

int
accept_version(const struct admission *admission, const struct ngc_ref *ref, struct error *err)
{
	return policy_lock_check_version(&admission->policy, NGC_REF_TEXT(ref), err);
}

bool
accept_expired(const struct admission *admission, const struct ngc_ref *ref, int64_t *at)
{
	const struct lock_entry *entry = lock_find(&admission->lock, ref);

	if (admission->policy.lock_expired != POLICY_ALLOW || !entry)
		return false;
	*at = entry->locked_s;
	return true;
}

int
accept_signature(struct admission *admission, const struct ngc_ref *ref,
	const struct signed_model *signed_model, bool expired, struct error *err)
{
	const struct policy *policy = &admission->policy;
	char time[32];

	if (policy_lock_check_signature(
		    policy, &signed_model->payload_digest, &signed_model->signer, err))
		return ref ? error_wrap(err, "%s", NGC_REF_TEXT(ref)) : -1;
	if (!ref || (policy->lock != POLICY_LOCK_REQUIRED && !expired))
		return 0;
	if (lock_check(&admission->lock, ref, &signed_model->payload_digest, err))
		return -1;
	if (expired)
		notes_add(&admission->notes,
			"%s: a certificate of its signature has expired since it was locked at %s (lock_expired)",
			NGC_REF_TEXT(ref),
			clock_format(lock_find(&admission->lock, ref)->locked_s, time));
	return 0;
}
