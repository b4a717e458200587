#include "gate/plan.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "guard/wire.h"

#include <string.h>

static void
put_version(struct wire_message *message, const struct profile_version *version)
{
	size_t i;

	wire_put_text(message, version->ref.org);
	wire_put_text(message, version->ref.team);
	wire_put_text(message, version->ref.model);
	wire_put_text(message, version->ref.version);
	wire_put_u64(message, version->file_count);
	for (i = 0; i < version->file_count; i++)
		wire_put_text(message, version->files[i]);
}

void
plan_put(struct wire_message *message, const struct profile *profile, bool foreign)
{
	size_t i;

	wire_put_text(message, profile->id);
	wire_put_u64(message, profile->version_count);
	for (i = 0; i < profile->version_count; i++)
		put_version(message, &profile->versions[i]);
	wire_put_u64(message, profile->file_count);
	for (i = 0; i < profile->file_count; i++) {
		wire_put_text(message, profile->files[i].workspace);
		wire_put_u32(message, (uint32_t)profile->files[i].version);
		wire_put_text(message, profile->files[i].file);
	}
	wire_put_u32(message, foreign);
}

static int
malformed(struct error *err)
{
	return error_set(
		err, REASON_INTERNAL, 0, "the parser's answer about the manifest is malformed");
}

/* Fills OUT, whose parts the caller releases whatever happens. */
static int
get_version(
	struct wire_message *message, bool pinned, struct profile_version *out, struct error *err)
{
	size_t count, i;

	wire_copy_text(message, out->ref.org, sizeof(out->ref.org));
	wire_copy_text(message, out->ref.team, sizeof(out->ref.team));
	wire_copy_text(message, out->ref.model, sizeof(out->ref.model));
	wire_copy_text(message, out->ref.version, sizeof(out->ref.version));
	count = wire_get_count(message, LIMIT_PROFILE_FILES);
	if (message->failed || pinned != (count > 0) || !ngc_ref_is_valid(&out->ref))
		return malformed(err);
	out->files = calloc(count + 1, sizeof(*out->files));
	if (!out->files)
		return error_no_memory(err);
	for (i = 0; i < count; i++) {
		out->files[i] = wire_get_text(message, LIMIT_NAME_BYTES - 1);
		if (!out->files[i])
			return malformed(err);
		out->file_count++;
		if (!text_is_canonical_path(out->files[i]) ||
			(i && strcmp(out->files[i - 1], out->files[i]) >= 0))
			return malformed(err);
	}
	return 0;
}

/* True if one of the first COUNT versions has the same reference as the one behind them. */
static bool
is_repeated(const struct profile_version *versions, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (ngc_ref_equal(&versions[i].ref, &versions[count].ref))
			return true;
	return false;
}

/* The map: sorted by workspace path, and each file one of its version's. */
static int
get_map(struct wire_message *message, struct profile *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_PROFILE_FILES), i;

	out->files = calloc(count + 1, sizeof(*out->files));
	if (!out->files)
		return error_no_memory(err);
	for (i = 0; i < count; i++) {
		struct profile_file *file = &out->files[out->file_count++];

		file->workspace = wire_get_text(message, LIMIT_NAME_BYTES - 1);
		file->version = wire_get_u32(message);
		file->file = wire_get_text(message, LIMIT_NAME_BYTES - 1);
		if (!file->workspace || !file->file || file->version >= out->version_count)
			return malformed(err);
		if (!text_is_canonical_path(file->workspace) ||
			!text_is_canonical_path(file->file) ||
			(i && strcmp(file[-1].workspace, file->workspace) >= 0))
			return malformed(err);
	}
	return 0;
}

int
plan_get(struct wire_message *message, const char *pin, struct plan *out, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	struct profile *profile = &plan.profile;
	size_t count, i;

	wire_copy_text(message, profile->id, sizeof(profile->id));
	count = wire_get_count(message, LIMIT_PROFILE_VERSIONS);
	if (message->failed || count == 0 || strcmp(profile->id, pin) != 0)
		return malformed(err);
	profile->versions = calloc(count, sizeof(*profile->versions));
	if (!profile->versions)
		return error_no_memory(err);
	for (i = 0; i < count; i++) {
		profile->version_count++;
		if (get_version(message, pin[0] != '\0', &profile->versions[i], err))
			return -1;
		if (is_repeated(profile->versions, i))
			return malformed(err);
	}
	if (get_map(message, profile, err))
		return -1;
	plan.foreign = wire_get_u32(message) != 0;
	if (!wire_is_whole(message) || (pin[0] != '\0') != (profile->file_count > 0) ||
		(plan.foreign && pin[0]))
		return malformed(err);
	*out = plan;
	plan = (struct plan){ 0 };
	return 0;
}

void
plan_release(struct plan *plan)
{
	profile_release(&plan->profile);
}
