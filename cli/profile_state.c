#include "cli/profile_state.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/anchors.h"
#include "gate/parser.h"
#include "gate/plan.h"
#include "gate/pool.h"
#include "gate/reading.h"
#include "gate/recognition.h"
#include "gate/signatures.h"
#include "gate/start.h"
#include "gate/verification.h"
#include "nim/cache.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

/* One version of the profile, with what was found of it. */
struct version_look {
	const struct profile_version *version;
	struct verification_item item;
	bool is_signed;
	size_t there; /* of the files that the profile needs */
};

static int
read_signature(const struct profile_places *places, const struct ngc_ref *ref,
	struct signed_model *out, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = -1;

	if (!places->policy)
		return error_set(err, REASON_CONFIG, 0, "no policy: whom to trust is not known");
	fd = signatures_open(places->policy, ref, true, err);
	if (fd < 0)
		return -1;
	if (parser_start(PARSER_SIGNATURE, &parser, err) ||
		parser_bundle(&parser, fd, places->anchors, out, err))
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	return 0;
}

static int
open_snapshot(const struct profile_places *places, const struct ngc_ref *ref, struct model *out,
	struct error *err)
{
	char path[LIMIT_NAME_BYTES], below[LIMIT_NAME_BYTES];
	int base = -1;

	if (cache_model_path("/cache", ref, path, err))
		return -1;
	if (places->cache >= 0)
		base = file_openat2(places->cache, path + strlen("/cache/"), O_PATH | O_DIRECTORY,
			RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (base < 0)
		return error_set(
			err, REASON_NOT_CACHED, errno, "%s: not in the cache", NGC_REF_TEXT(ref));
	cache_snapshot_name(ref, below);
	return model_open_snapshot(base, below, NGC_REF_TEXT(ref), out, err);
}

/* The first reason is the one that is told. */
static void
keep_first(struct error *kept, const struct error *err)
{
	if (kept->reason == REASON_NONE)
		*kept = *err;
}

/* Looks at one version; what is wrong goes to STATE. */
static void
look_at(const struct profile_places *places, struct version_look *look, struct profile_state *state)
{
	const struct profile_version *version = look->version;
	struct error err = { 0 };
	size_t i;

	look->item = (struct verification_item){ .model = MODEL_CLOSED };
	if (read_signature(places, &version->ref, &look->item.signed_model, &err)) {
		keep_first(&state->unsigned_why, &err);
		keep_first(&state->refused_why, &err);
	} else {
		look->is_signed = true;
	}
	if (open_snapshot(places, &version->ref, &look->item.model, &err)) {
		keep_first(&state->refused_why, &err);
		return;
	}
	for (i = 0; i < version->file_count; i++)
		look->there += tree_find(&look->item.model.tree, version->files[i]) != NULL;
	look->item.needed = (const char *const *)version->files;
	look->item.needed_count = version->file_count;
	look->item.all_signed_needed =
		places->policy && places->policy->coverage == POLICY_COVERAGE_EXACT;
}

static int
compare(const struct profile_places *places, struct verification *verification,
	struct profile_state *state, struct error *err)
{
	const struct pool_options options = { .stop_early = true };

	if (verification->count == 0 || state->refused_why.reason != REASON_NONE)
		return 0;
	if (verification_compare_names(verification, err))
		return -1;
	if (places->hash && verification->report.count == 0 &&
		pool_run(verification, &options, err))
		return -1;
	report_conclude(&verification->report, &state->refused_why);
	return 0;
}

static int
look_at_all(const struct profile_places *places, const struct profile *profile,
	struct profile_state *state, struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	size_t there = 0, needed = 0, i;

	for (i = 0; i < profile->version_count; i++) {
		struct version_look look = { .version = &profile->versions[i] };

		writer_format(
			&state->versions, "%s%s", i ? " " : "", NGC_REF_TEXT(&look.version->ref));
		look_at(places, &look, state);
		there += look.there;
		needed += look.version->file_count;
		if (look.is_signed && look.item.model.base >= 0) {
			if (verification_add(&verification, &look.item, err)) {
				verification_release_item(&look.item);
				return -1;
			}
		} else {
			verification_release_item(&look.item);
		}
	}
	state->cached = there == needed ? PROFILE_CACHED_YES
			: there         ? PROFILE_CACHED_PARTLY
					: PROFILE_CACHED_NO;
	return compare(places, &verification, state, err);
}

/* Whether policy lets a start pin profile ID at all. */
static void
check_profile(const struct profile_places *places, const char *id, struct profile_state *state)
{
	static struct start start;
	struct error err = { 0 };

	snprintf(start.pin, sizeof(start.pin), "%s", id);
	if (places->policy && recognition_check_profile(&start, places->policy, &err))
		keep_first(&state->refused_why, &err);
}

int
profile_state_find(const struct profile_places *places, const char *id, struct profile_state *out,
	struct error *err)
{
	struct reading reading = reading_of(places->manifest);
	cleanup_plan struct plan plan = { 0 };
	struct profile_state state = { 0 };

	check_profile(places, id, &state);
	if (reading_profile(&reading, id, &plan, err)) {
		if (err->reason != REASON_PROFILE && err->reason != REASON_MANIFEST)
			return -1;
		keep_first(&state.unsigned_why, err);
		keep_first(&state.refused_why, err);
		*out = state;
		return 0;
	}
	if (look_at_all(places, &plan.profile, &state, err)) {
		writer_release(&state.versions);
		return -1;
	}
	*out = state;
	return 0;
}
