#include "hook/prove.h"

#include "base/clock.h"
#include "base/text.h"
#include "gate/contents.h"
#include "gate/pending.h"
#include "gate/running.h"
#include "hash/share.h"
#include "hook/admit.h"
#include "hook/place.h"
#include "policy/policy_receipts.h"
#include "receipt/receipts.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	SERVED_S = 30, /* a request that nobody serves for so long is not waited for: we go on as
			  far as the deadline lets us */
};

/* What one run keeps. */
struct proof {
	struct admission *admission;
	struct share share;
	struct pending request; /* that was there already, of the first model */
	bool asked;
};

/*
 * A hook outlives its runtime (facts: runtimes, section 8): nobody is left to whom its verdict
 * would matter. Whose hook a shell started sees it by the container's first process, which ends
 * with its runtime.
 */
static int
check_runtime(void *context, struct error *err)
{
	const struct proof *proof = context;
	struct error ignored;

	if (getppid() != proof->admission->runtime)
		return error_set(err, REASON_DEADLINE, 0,
			"the runtime that started the hook has ended meanwhile");
	if (rootfs_check(&proof->admission->rootfs, &ignored))
		return error_set(err, REASON_DEADLINE, 0,
			"the container's first process has ended meanwhile");
	return 0;
}

/* Once there is something to hash: on which CPUs, with how many threads, and whether to end early
 * for somebody who goes on. */
static void
place(void *context, struct pool_options *options)
{
	struct proof *proof = context;
	struct admission *admission = proof->admission;
	const struct verification *verification = &admission->verification;

	place_take(admission, &proof->share);
	options->threads_max = proof->share.threads;
	proof->asked = verification->count && pending_find(PENDING_DIRECTORY, admission->rootfs.pid,
						      &verification->items[0], &proof->request);
	/* Where nobody can be asked, we go on ourselves as well. */
	options->foresee = options->receipts && verification->count &&
			   (proof->asked ? clock_now() - proof->request.asked_s < SERVED_S
					 : pending_fits(PENDING_DIRECTORY, admission->rootfs.pid,
						   &verification->items[0]));
	/* It does not fit, and nobody serves it: one file after the other, each with its receipt.
	 * Of many at once none might end in time, at no start. */
	if (options->receipts && proof->asked && !options->foresee)
		options->streams_max = options->threads_max;
}

/* One request for each model. Returns 0, or -1 where none could be left. */
static int
leave_requests(struct admission *admission, const struct contents_rest *rest, struct error *err)
{
	const struct verification *verification = &admission->verification;
	int result = -1;
	int64_t earlier;

	for (size_t i = 0; i < verification->count; i++)
		if (pending_leave(PENDING_DIRECTORY, admission->rootfs.pid, &verification->items[i],
			    rest->total - rest->done, &earlier, err) == 0)
			result = 0;
	return result;
}

/* "37 % done, about 80 s left". */
static void
describe_rest(const struct contents_rest *rest, char *out, size_t size)
{
	int length = snprintf(out, size, "%" PRIu64 " %% verified",
		rest->total ? (uint64_t)(100.0 * (double)rest->done / (double)rest->total) : 0);

	if (rest->left_ms >= 0 && length > 0 && (size_t)length < size)
		snprintf(out + length, size - (size_t)length, ", about %" PRId64 " s left",
			rest->left_ms / 1000 + 1);
}

/* Out of time: somebody else goes on, now or by request, unless the files are UNFIT for receipts.
 * ERR says what is not known better. */
static int
postpone(struct admission *admission, const struct contents_rest *rest, const char *unfit,
	struct error *err)
{
	const char *model = admission->verification.items[0].model.label;
	struct error cause;
	char done[80];

	describe_rest(rest, done, sizeof(done));
	if (rest->elsewhere)
		return error_set(err, REASON_PENDING, 0,
			"%s: being verified by another start or by nimgate-verify: %s; start again then",
			TEXT_QUOTE(model), done);
	/* What is hashed cannot be remembered: later is no better. */
	if (!rest->lasting && unfit)
		return error_set(err, REASON_DEADLINE, 0,
			"%s: %s, and no time is left; its files have no receipts: %s",
			TEXT_QUOTE(model), done, unfit);
	if (!rest->lasting)
		return -1;
	if (leave_requests(admission, rest, &cause))
		return error_wrap(err, "no request could be left (%s)", cause.text);
	return error_set(err, REASON_PENDING, 0,
		"%s: %s; nimgate-verify was asked to go on; start again then", TEXT_QUOTE(model),
		done);
}

/* What was hashed before counts, unless policy says otherwise; what is hashed now is remembered. */
static void
open_receipts(const struct admission *admission, struct receipts *out)
{
	const struct policy *policy = &admission->policy;

	receipts_open(policy_receipts_folder(policy), policy->receipt_age_s, false, out);
	out->files = policy->receipt_files;
	out->record_only = !policy_receipts_count(policy);
}

static void
explain(const struct admission *admission, const struct receipts *receipts)
{
	const struct report *report = &admission->verification.report;

	admit_explain(admission,
		"receipts: %zu files of %llu bytes were hashed before; %zu new ones%s%s",
		report->remembered, (unsigned long long)report->bytes_remembered,
		receipts->recorded, receipts->failed ? "; " : "",
		receipts->failed ? receipts->why : "");
	if (receipts->unfit)
		admit_explain(admission, "receipts: some files can have none: %s", receipts->unfit);
}

int
prove_contents(struct admission *admission, struct error *err)
{
	cleanup_receipts struct receipts receipts = { 0 };
	struct proof proof = { .admission = admission, .share = { .fd = -1 } };
	struct contents_options options = {
		.pool = {
			.stop_early = true,
			.deadline_ms = admission->deadline_ms,
			.witness = protection_witness(&admission->protection),
			.give_up = check_runtime,
			.context = &proof,
		},
		.running = RUNNING_DIRECTORY,
		.place = place,
		.context = &proof,
	};
	struct contents_rest rest;
	struct error ignored;
	int result;

	open_receipts(admission, &receipts);
	options.pool.receipts = receipts.journal ? &receipts : NULL;
	result = contents_compare(&admission->verification, &options, &rest, err);
	if (result == 0 && proof.asked && admission->verification.report.count == 0)
		pending_remove(PENDING_DIRECTORY, &proof.request);
	else if (result && (err->reason == REASON_PENDING || err->reason == REASON_DEADLINE) &&
		 admission->verification.count && check_runtime(&proof, &ignored) == 0)
		result = postpone(admission, &rest, receipts.unfit, err);
	explain(admission, &receipts);
	share_end(&proof.share);
	return result;
}
