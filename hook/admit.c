#include "hook/admit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/cache_root.h"
#include "gate/decision.h"
#include "gate/parser.h"
#include "hook/bundles.h"
#include "hook/caller.h"
#include "hook/models.h"
#include "hook/narrow.h"
#include "hook/place.h"
#include "hook/prove.h"
#include "nim/profile.h"

#include <stdarg.h>

void
admit_explain(const struct admission *admission, const char *format, ...)
{
	va_list args;

	if (!admission->options->explain)
		return;
	va_start(args, format);
	fputs("nimgate: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* Step 4, after caller_read(): the container's own view of its files; is it a NIM? */
static int
look_inside(struct admission *admission, struct error *err)
{
	const struct state *state = &admission->state;
	struct recognition *recognition = &admission->recognition;

	if (rootfs_open(state->pid, state->oci_bundle, admission->start.root_path,
		    &admission->rootfs, err) ||
		recognition_look(&admission->rootfs, &admission->start, recognition, err))
		return -1;
	admit_explain(admission, "%s%s%s", recognition->nim ? "a NIM" : "not a NIM",
		recognition->manifest_path ? ": its manifest is " : "",
		recognition->manifest_path ? recognition->manifest_path : "");
	return 0;
}

/* Runs that serve nothing: their exact arguments say so, and policy lets them. */
static bool
is_utility(struct admission *admission)
{
	if (admission->start.arguments == ARGUMENTS_SERVE ||
		admission->policy.utility != POLICY_ALLOW)
		return false;
	notes_add(&admission->notes, "a run that only %s",
		admission->start.arguments == ARGUMENTS_FILL ? "fills the cache"
							     : "lists profiles");
	admit_explain(admission, "%s", admission->notes.texts[admission->notes.count - 1]);
	return true;
}

/* Step 5, first half: what the container asks for, against the policy. */
static int
check_wishes(struct admission *admission, struct error *err)
{
	const struct settings_item *manifest;

	if (settings_decide(&admission->start, &admission->policy, &admission->settings, err))
		return -1;
	manifest = settings_find(&admission->settings, SETTINGS_MANIFEST);
	if (manifest && recognition_replace(
				&admission->rootfs, manifest->path, &admission->recognition, err))
		return -1;
	if (recognition_check_mount(&admission->recognition, &admission->policy, err) ||
		recognition_check_profile(&admission->start, &admission->policy, err))
		return -1;
	if (admission->recognition.manifest < 0 &&
		settings_find(&admission->settings, SETTINGS_SOURCE))
		return 0; /* all that it loads is the customer's own, and will be verified */
	return recognition_check_manifest(&admission->recognition, err) ||
			       recognition_check_pin(&admission->start, &admission->policy, err)
		       ? -1
		       : 0;
}

/* Step 5, second half: which versions it needs, or may choose from. */
static int
make_plan(struct admission *admission, struct parser *parser, struct error *err)
{
	const struct profile *profile = &admission->plan.profile;
	const char *pin = profile_is_full_id(admission->start.pin) ? admission->start.pin : "";
	size_t i;

	if (narrow_read_plan(admission, parser, pin, err))
		return -1;
	if (admission->plan.foreign)
		return error_set(err, REASON_UNPINNED, 0,
			"the manifest also names models that are not from NGC: set NIM_MODEL_PROFILE to a full profile id");
	admission->signed_models =
		calloc(profile->version_count + 1, sizeof(*admission->signed_models));
	if (!admission->signed_models)
		return error_no_memory(err);
	admit_explain(admission, "profile %s: %zu versions", pin[0] ? pin : "not pinned",
		profile->version_count);
	for (i = 0; i < profile->version_count; i++)
		admit_explain(admission, "  %s: %zu files needed",
			NGC_REF_TEXT(&profile->versions[i].ref), profile->versions[i].file_count);
	return 0;
}

/* Step 7: the names of all models. */
static int
compare_names(struct admission *admission, struct error *err)
{
	struct verification *verification = &admission->verification;
	struct report *report = &verification->report;

	if (verification_compare_names(verification, err) || report_conclude(report, err))
		return -1;
	admit_explain(
		admission, "names: every needed file is signed and there, and nothing else is");
	admission->may_download |= report->missing_allowed > 0;
	if (report->ignored)
		notes_add(&admission->notes, "%zu unsigned files are ignored by policy",
			report->ignored);
	if (report->missing_allowed)
		notes_add(&admission->notes,
			"%zu needed files are missing and may be downloaded unverified",
			report->missing_allowed);
	return 0;
}

/* What is not hidden must be on the list of what may lie in a cache. */
static int
check_cache(struct admission *admission, struct error *err)
{
	struct report *report = &admission->verification.report;

	if (protection_hides(&admission->protection))
		return 0;
	if (cache_root_check(&admission->rootfs, admission->start.cache_root, &admission->policy,
		    report, err))
		return -1;
	return report_conclude(report, err);
}

/* Step 8: the contents; each file that is as signed goes into the view. */
static int
compare_contents(struct admission *admission, struct error *err)
{
	struct verification *verification = &admission->verification;
	const struct report *report = &verification->report;
	const struct protection_options protection_options = {
		.rootfs = &admission->rootfs,
		.policy = &admission->policy,
		.start = &admission->start,
		.verification = verification,
		.notes = &admission->notes,
		.may_download = admission->may_download,
		.excepted = admission->excepted,
	};

	int64_t began_ms;
	int result;

	protection_begin(&admission->protection, &protection_options);
	if (check_cache(admission, err))
		return -1;
	began_ms = clock_monotonic_ms();
	result = prove_contents(admission, err);
	admission->contents_ms = clock_monotonic_ms() - began_ms;
	if (result || report_conclude(report, err))
		return -1;
	admit_explain(admission, "contents: %zu files, %llu bytes, as signed", report->files,
		(unsigned long long)report->bytes);
	return 0;
}

/* Step 9, first half: the view goes in place, or what can be had of it. */
static int
protect(struct admission *admission, struct error *err)
{
	struct protection *protection = &admission->protection;
	const bool hidden = protection_hides(protection);

	if (protection_settle(protection, err))
		return -1;
	if (hidden && check_cache(admission, err))
		return -1;
	if (admission->narrowed && !protection_hides(protection))
		return error_set(err, REASON_UNPINNED, 0,
			"no full profile id is pinned, and without the view what was left out of the verification would be seen: set NIM_MODEL_PROFILE to 64 hexadecimal digits (%s)",
			protection->failure.text);
	if (protection_finish(protection, err))
		return -1;
	admit_explain(admission, "protection: %s", decision_protection_word(protection->given));
	return 0;
}

/* Whether what was proved, and what holds from now on, is the least that policy accepts. */
static int
check_least(const struct admission *admission, struct error *err)
{
	const struct policy *policy = &admission->policy;

	if (protection_check(&admission->protection, policy, err))
		return -1;
	if (policy->evidence != POLICY_EVIDENCE_NONE && !admission->proved)
		return error_set(err, REASON_POLICY, 0,
			"the policy asks for evidence that every model was hashed (evidence), and %s",
			admission->notes.count ? admission->notes.texts[0] : "nothing was");
	return 0;
}

int
admit_load_policy(struct admission *admission, struct error *err)
{
	const struct policy_facts facts = {
		.hook_rule = admission->options->rule,
		.oci_bundle = admission->state.oci_bundle[0] ? admission->state.oci_bundle : NULL,
	};

	if (admission->policy_loaded)
		return 0;
	if (policy_load(admission->options->policy_path, &facts, &admission->policy, err))
		return -1;
	admission->policy_loaded = true;
	admission->deadline_ms = admission->began_ms + admission->policy.deadline_ms;
	return policy_tighten(&admission->policy, admission->start.require, err);
}

int
admit(const struct admit_options *options, struct admission *admission, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };

	*admission = (struct admission){
		.options = options, .rootfs = ROOTFS_CLOSED, .recognition = RECOGNITION_NONE
	};
	admission->began_ms = clock_monotonic_ms();
	admission->runtime = getppid();
	if (caller_read(admission, &parser, err))
		return -1;
	if (look_inside(admission, err))
		return -1;
	if (!admission->recognition.nim)
		return 0;
	if (admit_load_policy(admission, err))
		return -1;
	if (admission->policy.mode == POLICY_MODE_OFF || is_utility(admission))
		return 0;
	place_find(admission);
	if (check_wishes(admission, err))
		return -1;
	if (make_plan(admission, &parser, err))
		return -1;
	parser_kill(&parser);
	if (bundles_read(admission, err))
		return -1;
	if (models_open(admission, err))
		return -1;
	if (compare_names(admission, err))
		return -1;
	if (compare_contents(admission, err))
		return -1;
	if (protect(admission, err))
		return -1;
	if (rootfs_check(&admission->rootfs, err))
		return -1;
	admission->proved = admission->verification.count > 0 && !admission->excepted &&
			    !admission->may_download;
	return check_least(admission, err);
}

void
admit_release(struct admission *admission)
{
	size_t i;

	for (i = 0; i < ADMIT_PARSERS; i++)
		parser_kill(&admission->parsers[i]);
	for (i = 0; i < ADMIT_PARSERS; i++)
		parser_end(&admission->parsers[i]);
	mem_close_fd(&admission->recognition.manifest);
	protection_release(&admission->protection);
	rootfs_close(&admission->rootfs);
	for (i = 0; admission->signed_models && i < admission->plan.profile.version_count; i++)
		signed_model_release(&admission->signed_models[i]);
	free(admission->signed_models);
	plan_release(&admission->plan);
	verification_release(&admission->verification);
	lock_release(&admission->lock);
	policy_release(&admission->policy);
	start_release(&admission->start);
}
