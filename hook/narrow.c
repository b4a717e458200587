#include "hook/narrow.h"

#include "base/error.h"
#include "base/text.h"
#include "gate/fit.h"
#include "gate/parser.h"
#include "gate/reading.h"
#include "hook/admit.h"
#include "hook/bundles.h"
#include "nim/hardware.h"
#include "nim/profile.h"
#include "policy/policy_receipts.h"

/* Each way to narrow returns 0, or -1; with REASON_PROFILE where it narrows nothing. */

static int
cannot(struct error *err)
{
	return error_set(err, REASON_PROFILE, 0, "nothing to narrow");
}

static bool
will_hide(const struct admission *admission)
{
	return protection_foresees(&admission->rootfs, &admission->policy, &admission->start);
}

/* A description may be the name of several profiles, or of none. */
static int
by_description(struct admission *admission, struct reading *reading, struct error *err)
{
	const char *description = admission->start.pin;
	const struct plan *plan = &admission->plan;

	if (description[0] == '\0' || profile_is_full_id(description) || !will_hide(admission))
		return cannot(err);
	if (reading_described(reading, description, &admission->plan, err))
		return -1;
	notes_add(&admission->notes,
		"only the %zu versions of profiles called %s are verified, and seen",
		plan->profile.version_count, TEXT_QUOTE(description));
	return 0;
}

/* The GPUs that the container may get at most; unknown where one of them is in doubt. */
static void
find_hardware(const struct admission *admission, struct hardware *out)
{
	static struct topology_gpu gpus[LIMIT_GPUS];
	struct error ignored;
	size_t count = 0;

	*out = (struct hardware){ 0 };
	if (admission->start.spread ||
		placement_gpus("/", &admission->start.gpus_most, gpus, &count, &ignored))
		return;
	for (size_t i = 0; i < count; i++)
		hardware_add(out, gpus[i].model, gpus[i].capability);
}

/*
 * NIM drops the profiles that its GPUs cannot run; so do we, where that is certain.
 *
 * Which GPUs these are is what the container's user says (NVIDIA_VISIBLE_DEVICES and the like), and
 * the tags come from an unsigned manifest. A lie in either leaves out versions that the container
 * could have run, and hurts who told it: with the view, what was not verified is not there. Nothing
 * that is seen is unverified, whatever was said. Hence only with the view, and protect() looks
 * again.
 *
 * Where no profile is left nothing is narrowed: that is more likely our error than the container's,
 * and NIM's own message tells which profiles there are and what they need.
 */
static int
by_hardware(struct admission *admission, struct reading *reading, struct error *err)
{
	char words[HARDWARE_WORDS_BYTES];
	struct hardware hardware;
	struct fit fit;

	if (admission->start.pin[0])
		return cannot(err);
	find_hardware(admission, &hardware);
	if (!hardware_is_known(&hardware) || !will_hide(admission))
		return cannot(err);
	if (reading_fitting(reading, &hardware, &fit, err))
		return -1;
	admission->plan = fit.plan;
	notes_add(&admission->notes,
		"%zu of %zu profiles cannot run on %s: only the %zu versions of the others are verified, and seen; left out: %s%s",
		fit.left_out, fit.count, hardware_words(&hardware, words),
		fit.plan.profile.version_count, fit.first, fit.left_out > 1 ? ", ..." : "");
	return 0;
}

/* Which versions; all or fewer. */
static int
choose(struct admission *admission, struct reading *reading, const char *pin, struct error *err)
{
	if (by_description(admission, reading, err) == 0 ||
		(err->reason == REASON_PROFILE && by_hardware(admission, reading, err) == 0)) {
		admission->narrowed = true;
		admit_explain(admission, "%s", admission->notes.texts[admission->notes.count - 1]);
		return 0;
	}
	if (err->reason != REASON_PROFILE)
		return -1;
	return reading_profile(reading, pin, &admission->plan, err);
}

/* While a parser is busy with the manifest. */
static void
warm_up(void *context)
{
	const struct admission *admission = context;

	bundles_warm_up(&admission->policy);
}

int
narrow_read_plan(
	struct admission *admission, struct parser *parser, const char *pin, struct error *err)
{
	const struct policy *policy = &admission->policy;
	cleanup_reading struct reading reading = reading_of(admission->recognition.manifest);

	if (reading.manifest < 0)
		return 0;
	reading.meanwhile = warm_up;
	reading.context = admission;
	if (policy_receipts_count(policy) &&
		reading_remember(&reading, parser, policy_receipts_folder(policy),
			policy->receipt_age_s, err))
		return -1;
	if (choose(admission, &reading, pin, err))
		return -1;
	admit_explain(admission, "manifest: %s",
		reading.remembered ? "read before, and remembered" : "read");
	return 0;
}
