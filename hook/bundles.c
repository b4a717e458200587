#include "hook/bundles.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/chain_warm.h"
#include "border/digest.h"
#include "gate/anchors.h"
#include "gate/parser.h"
#include "gate/signatures.h"
#include "hook/accept.h"
#include "hook/admit.h"
#include "hook/models.h"
#include "nim/cache.h"

#include <sched.h>
#include <string.h>

/* Signatures on their way, each in a parser of its own: those of versions from DONE to SENT. */
struct bundles {
	struct admission *admission;
	struct anchors anchors;
	bool *passed; /* owned; of each version: it need not be verified */
	size_t width; /* how many go at once */
	size_t sent;
	size_t done;
};

/* True if no other version of the plan has the same name in the NGC CLI's folder layout. */
static bool
has_own_cli_name(const struct profile *profile, size_t index)
{
	char own[LIMIT_NAME_BYTES], other[LIMIT_NAME_BYTES];
	size_t i;

	cache_signature_cli_name(&profile->versions[index].ref, own);
	for (i = 0; i < profile->version_count; i++) {
		cache_signature_cli_name(&profile->versions[i].ref, other);
		if (i != index && strcmp(own, other) == 0)
			return false;
	}
	return true;
}

int
bundles_read_one(int fd, const struct anchors *anchors, const char *label, struct signed_model *out,
	struct error *err)
{
	cleanup_parser struct parser parser = { 0 };

	if (parser_start(PARSER_SIGNATURE, &parser, err) ||
		parser_bundle(&parser, fd, anchors, out, err))
		return error_wrap(err, "%s", label);
	return 0;
}

/* As many as can work at the same time. */
static size_t
count_at_once(void)
{
	cpu_set_t allowed;
	int count = sched_getaffinity(0, sizeof(allowed), &allowed) ? 1 : CPU_COUNT(&allowed);

	return count < 1 ? 1 : count > ADMIT_PARSERS ? (size_t)ADMIT_PARSERS : (size_t)count;
}

static const struct ngc_ref *
ref_of(const struct bundles *bundles, size_t index)
{
	return &bundles->admission->plan.profile.versions[index].ref;
}

static struct parser *
parser_of(struct bundles *bundles, size_t index)
{
	return &bundles->admission->parsers[index % ADMIT_PARSERS];
}

/* Opens the version's signature. Returns as signatures_open(). */
static int
open_signature(const struct bundles *bundles, size_t index, struct error *err)
{
	const struct admission *admission = bundles->admission;

	return signatures_open(&admission->policy, ref_of(bundles, index),
		has_own_cli_name(&admission->plan.profile, index), err);
}

/* Gives the version's signature to a fresh parser. */
static int
send(struct bundles *bundles, size_t index, struct error *err)
{
	const struct ngc_ref *ref = ref_of(bundles, index);
	struct parser *parser = parser_of(bundles, index);
	cleanup_fd int fd = open_signature(bundles, index, err);

	if (fd < 0)
		return -1;
	parser_end(parser);
	if (parser_start(PARSER_SIGNATURE, parser, err) ||
		parser_bundle_ask(parser, fd, &bundles->anchors, err))
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	return 0;
}

/* A signature that has expired since it was locked may count as of then: it is read once more, as
 * of that time. */
static int
read_as_locked(struct bundles *bundles, size_t index, int64_t locked_s, struct signed_model *out,
	struct error *err)
{
	const int64_t now = bundles->anchors.at;
	cleanup_fd int fd = open_signature(bundles, index, err);
	int result;

	if (fd < 0)
		return -1;
	bundles->anchors.at = locked_s;
	result = bundles_read_one(
		fd, &bundles->anchors, NGC_REF_TEXT(ref_of(bundles, index)), out, err);
	bundles->anchors.at = now;
	return result;
}

/* The answer of the version's parser, if it is one that the administrator accepts. */
static int
take_accepted(struct bundles *bundles, size_t index, struct signed_model *out, struct error *err)
{
	struct admission *admission = bundles->admission;
	const struct ngc_ref *ref = ref_of(bundles, index);
	bool expired = false;
	int64_t locked_s;

	if (parser_bundle_answer(parser_of(bundles, index), &bundles->anchors, out, err)) {
		expired =
			err->reason == REASON_EXPIRED && accept_expired(admission, ref, &locked_s);
		if (!expired)
			return error_wrap(err, "%s", NGC_REF_TEXT(ref));
		if (read_as_locked(bundles, index, locked_s, out, err))
			return -1;
	}
	return accept_signature(admission, ref, out, expired, err);
}

/* Takes what became of it. */
static int
take(struct bundles *bundles, size_t index, struct error *err)
{
	struct admission *admission = bundles->admission;
	struct signed_model *signed_model = &admission->signed_models[index];
	const struct ngc_ref *ref = ref_of(bundles, index);
	struct parser *parser = parser_of(bundles, index);

	if (take_accepted(bundles, index, signed_model, err))
		return -1;
	parser_kill(parser);
	admit_explain(admission, "%s: %zu files signed by %s, payload sha256 %s", NGC_REF_TEXT(ref),
		signed_model->statement.resource_count, TEXT_QUOTE(signed_model->signer.subject),
		digest_format(&signed_model->payload_digest).text);
	return 0;
}

/* True if the version need not be verified; the notes say why. *missing counts versions that are
 * not in the cache. */
static int
passes_over(struct admission *admission, const struct ngc_ref *ref, bool *passes, size_t *missing,
	struct error *err)
{
	const struct policy_exception *exception =
		policy_find_exception(&admission->policy, NGC_REF_TEXT(ref), clock_now());
	bool cached;

	if (accept_version(admission, ref, err))
		return -1;
	*passes = exception != NULL;
	if (exception) {
		char until[32];

		admission->excepted = true;
		notes_add(&admission->notes, "%s is not verified: exception until %s (%s)",
			NGC_REF_TEXT(ref), clock_format(exception->expires, until),
			TEXT_QUOTE(exception->why));
		return 0;
	}
	if (settings_find(&admission->settings, SETTINGS_STORE))
		return 0;
	if (models_look_for(admission, ref, &cached, err))
		return -1;
	*missing += !cached;
	*passes = !cached && (!models_is_pinned(admission) || models_may_download(admission));
	admission->may_download |= *passes && models_may_download(admission);
	if (*passes && models_may_download(admission))
		notes_add(&admission->notes,
			"%s is not in the cache and may be downloaded unverified",
			NGC_REF_TEXT(ref));
	return 0;
}

/* An unpinned start may choose any version; what is not there yet would come after the verdict. */
static int
check_missing(const struct admission *admission, size_t missing, struct error *err)
{
	size_t count = admission->plan.profile.version_count;

	if (models_is_pinned(admission) || models_may_download(admission) || missing == 0)
		return 0;
	if (missing == count)
		return error_set(err, REASON_NOT_CACHED, 0,
			"the cache holds none of the manifest's %zu versions; fill it with download-to-cache",
			count);
	if (admission->start.download_disabled)
		return 0;
	return error_set(err, REASON_POLICY, 0,
		"%zu of %zu versions may be downloaded after the verdict: pin a profile, set NIM_DISABLE_MODEL_DOWNLOAD=1, or allow it in the policy (download)",
		missing, count);
}

/* Which versions count. */
static int
choose(struct bundles *bundles, struct error *err)
{
	struct admission *admission = bundles->admission;
	const size_t count = admission->plan.profile.version_count;
	size_t missing = 0;

	bundles->passed = calloc(count + 1, sizeof(*bundles->passed));
	if (!bundles->passed)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++)
		if (passes_over(admission, ref_of(bundles, i), &bundles->passed[i], &missing, err))
			return -1;
	return check_missing(admission, missing, err);
}

/* What can be done while the parsers work. */
static void
use_time(struct admission *admission)
{
	protection_prepare(
		&admission->protection, &admission->rootfs, &admission->policy, &admission->start);
}

static int
read_all(struct bundles *bundles, struct error *err)
{
	const size_t count = bundles->admission->plan.profile.version_count;

	for (; bundles->done < count; bundles->done++) {
		for (; bundles->sent < count && bundles->sent - bundles->done < bundles->width;
			bundles->sent++)
			if (!bundles->passed[bundles->sent] && send(bundles, bundles->sent, err))
				return -1;
		if (bundles->done == 0 && bundles->sent)
			use_time(bundles->admission);
		if (!bundles->passed[bundles->done] && take(bundles, bundles->done, err))
			return -1;
	}
	return 0;
}

void
bundles_warm_up(const struct policy *policy)
{
	struct error ignored;

	digest_warm_up(&ignored);
	if (policy->method == TRUST_METHOD_CERTIFICATE)
		chain_warm_up();
}

int
bundles_read(struct admission *admission, struct error *err)
{
	const struct policy *policy = &admission->policy;
	struct bundles bundles = { .admission = admission, .width = count_at_once() };
	int result = -1;

	/* Here once, instead of in each child; mostly while the manifest was parsed. */
	bundles_warm_up(policy);
	if (anchors_read(policy->method, &policy->anchors, &policy->signers, &bundles.anchors,
		    err) == 0 &&
		accept_begin(admission, err) == 0 && choose(&bundles, err) == 0)
		result = read_all(&bundles, err);
	free(bundles.passed);
	anchors_release(&bundles.anchors);
	return result;
}
