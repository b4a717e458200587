#include "gate/protection.h"

#include "base/error.h"
#include "gate/decision.h"
#include "gate/notes.h"
#include "gate/start.h"
#include "gate/verification.h"

/* Tells the viewer of a verified file. */
static void
take_file(void *context, const struct job *job)
{
	struct protection *protection = context;
	size_t index = (size_t)(job->item - protection->verification->items);

	if (protection->failure.reason == REASON_NONE)
		layout_bind(&protection->layout, index, job->entry->name, job->file.fd,
			&job->file.st, &protection->view, &protection->failure);
}

/* Something less, and why. */
static void
fall(struct protection *protection, enum policy_protection to, const struct error *cause)
{
	notes_add(protection->notes, "protection %s cannot be had: %s",
		decision_protection_word(protection->trying), cause->text);
	view_end(&protection->view);
	protection->failure = *cause;
	protection->trying = to;
}

/* What the viewer makes of it comes out at the end: it works meanwhile. */
static int
try_view(struct protection *protection, const struct policy *policy, struct error *err)
{
	const struct layout_options options = {
		.policy = policy,
		.cache_root = protection->start->cache_root,
		.verification = protection->verification,
		.notes = protection->notes,
	};

	if ((protection->view.child.pid == 0 &&
		    view_start(protection->rootfs, protection->start->mount_label,
			    &protection->view, err)) ||
		layout_build(&protection->layout, &options, &protection->view, err))
		return -1;
	return 0;
}

/* Hides nothing, but what was verified is as good as it was. */
static int
try_readonly(struct protection *protection, struct error *err)
{
	if (view_start(
		    protection->rootfs, protection->start->mount_label, &protection->view, err) ||
		layout_copy(
			&protection->layout, protection->start->cache_root, &protection->view, err))
		return -1;
	return view_ask(&protection->view, err);
}

bool
protection_foresees(
	const struct rootfs *rootfs, const struct policy *policy, const struct start *start)
{
	struct view view = { 0 };
	struct error ignored;
	bool works;

	if (policy->protect_with != POLICY_PROTECTION_VIEW || start->sys_admin ||
		policy->download == POLICY_ALLOW || policy->exception_count)
		return false;
	works = view_start(rootfs, start->mount_label, &view, &ignored) == 0 &&
		layout_try(start->cache_root, &view, &ignored) == 0 &&
		view_ask(&view, &ignored) == 0;
	view_end(&view);
	return works;
}

/* The most that this start leaves room for. */
static enum policy_protection
choose(const struct protection_options *options)
{
	if (options->policy->protect_with == POLICY_PROTECTION_NONE)
		return POLICY_PROTECTION_NONE;
	if (options->may_download) {
		notes_add(options->notes,
			"protection none: what may be downloaded must find a writable cache");
		return POLICY_PROTECTION_NONE;
	}
	if (options->excepted && options->policy->protect_with > POLICY_PROTECTION_READONLY) {
		notes_add(options->notes,
			"protection readonly: an excepted model would not be in the view");
		return POLICY_PROTECTION_READONLY;
	}
	return options->policy->protect_with;
}

void
protection_prepare(struct protection *protection, const struct rootfs *rootfs,
	const struct policy *policy, const struct start *start)
{
	struct error ignored;

	if (policy->protect_with == POLICY_PROTECTION_VIEW &&
		view_start(rootfs, start->mount_label, &protection->view, &ignored))
		view_end(&protection->view);
}

void
protection_begin(struct protection *protection, const struct protection_options *options)
{
	struct error err = { 0 };

	protection->rootfs = options->rootfs;
	protection->start = options->start;
	protection->verification = options->verification;
	protection->notes = options->notes;
	protection->trying = choose(options);
	protection->undone = options->start->sys_admin;
	if (protection->trying != POLICY_PROTECTION_VIEW) {
		view_end(&protection->view);
		return;
	}
	if (try_view(protection, options->policy, &err) == 0)
		return;
	if (err.reason == REASON_BUSY)
		protection->failure = err;
	else
		fall(protection, POLICY_PROTECTION_READONLY, &err);
}

const struct job_witness *
protection_witness(struct protection *protection)
{
	if (protection->trying != POLICY_PROTECTION_VIEW)
		return NULL;
	protection->witness = (struct job_witness){ take_file, protection };
	return &protection->witness;
}

bool
protection_hides(const struct protection *protection)
{
	return protection->trying == POLICY_PROTECTION_VIEW && !protection->undone;
}

/* Whether the view is whole. */
static int
settle_view(struct protection *protection, struct error *err)
{
	*err = protection->failure;
	return err->reason != REASON_NONE ? -1 : view_ask(&protection->view, err);
}

int
protection_settle(struct protection *protection, struct error *err)
{
	if (protection->trying == POLICY_PROTECTION_VIEW && settle_view(protection, err)) {
		if (err->reason == REASON_BUSY)
			return error_wrap(err, "replaced while it was checked");
		fall(protection, POLICY_PROTECTION_READONLY, err);
	}
	if (protection->trying == POLICY_PROTECTION_READONLY && try_readonly(protection, err)) {
		if (err->reason == REASON_BUSY)
			return error_wrap(err, "replaced while it was checked");
		fall(protection, POLICY_PROTECTION_NONE, err);
	}
	return 0;
}

int
protection_finish(struct protection *protection, struct error *err)
{
	if (protection->trying == POLICY_PROTECTION_NONE)
		return 0;
	if (view_move(&protection->view, err))
		return error_wrap(
			err, "protection %s", decision_protection_word(protection->trying));
	if (protection->undone)
		notes_add(protection->notes,
			"protection none: the container has CAP_SYS_ADMIN, and can undo its %s",
			decision_protection_word(protection->trying));
	else
		protection->given = protection->trying;
	return 0;
}

int
protection_check(
	const struct protection *protection, const struct policy *policy, struct error *err)
{
	const struct notes *notes = protection->notes;

	if (protection->given >= policy->protection)
		return 0;
	return error_set(err, REASON_POLICY, 0,
		"the policy asks for the protection %s, and the container gets %s (%s)",
		decision_protection_word(policy->protection),
		decision_protection_word(protection->given),
		policy->protect_with < policy->protection ? "protect_with"
		: protection->undone ? "the container has CAP_SYS_ADMIN, and can undo mounts"
		: notes->count       ? notes->texts[notes->count - 1]
				     : "protection");
}

void
protection_release(struct protection *protection)
{
	view_end(&protection->view);
	layout_release(&protection->layout);
}
