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

static int
by_bytes(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* The file by its index, which needs no check of its text. */
static void
put_file(struct wire_message *message, const struct profile *profile,
	const struct profile_file *file)
{
	const struct profile_version *version = &profile->versions[file->version];
	char *const *found = bsearch(&file->file, version->files, version->file_count,
		sizeof(version->files[0]), by_bytes);

	wire_put_text(message, file->workspace);
	wire_put_u64(message, file->version);
	wire_put_u64(message, found ? (uint64_t)(found - version->files) : UINT64_MAX);
}

void
plan_put(struct wire_message *message, const struct profile *profile, bool foreign)
{
	size_t i;

	wire_put_text(message, profile->id);
	wire_put_u32(message, foreign);
	wire_put_u64(message, profile->version_count);
	for (i = 0; i < profile->version_count; i++)
		put_version(message, &profile->versions[i]);
	wire_put_u64(message, profile->file_count);
	for (i = 0; i < profile->file_count; i++)
		put_file(message, profile, &profile->files[i]);
}

static int
malformed(struct error *err)
{
	return error_set(
		err, REASON_INTERNAL, 0, "the parser's answer about the manifest is malformed");
}

/* Fills OUT, whose parts the caller releases whatever happens. */
static int
get_files(
	struct wire_message *message, struct profile_version *out, size_t count, struct error *err)
{
	size_t i;

	out->files = calloc(count, sizeof(*out->files));
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

/* As get_files(), for one version; ALL: of a union. */
static int
get_version(struct wire_message *message, bool all, struct profile_version *out, struct error *err)
{
	size_t count;

	wire_copy_text(message, out->ref.org, sizeof(out->ref.org));
	wire_copy_text(message, out->ref.team, sizeof(out->ref.team));
	wire_copy_text(message, out->ref.model, sizeof(out->ref.model));
	wire_copy_text(message, out->ref.version, sizeof(out->ref.version));
	count = wire_get_count(message, LIMIT_PROFILE_FILES);
	if (message->failed || all != (count == 0) || !ngc_ref_is_valid(&out->ref))
		return malformed(err);
	return all ? 0 : get_files(message, out, count, err);
}

static int
by_ref(const void *a, const void *b)
{
	const struct ngc_ref *const *left = a, *const *right = b;
	int order = strcmp((*left)->version, (*right)->version);

	if (order == 0)
		order = strcmp((*left)->model, (*right)->model);
	if (order == 0)
		order = strcmp((*left)->team, (*right)->team);
	return order ? order : strcmp((*left)->org, (*right)->org);
}

static int
refuse_repeated(const struct profile *profile, struct error *err)
{
	size_t count = profile->version_count, i;
	cleanup_free const struct ngc_ref **sorted = calloc(count, sizeof(*sorted));

	if (!sorted)
		return error_no_memory(err);
	for (i = 0; i < count; i++)
		sorted[i] = &profile->versions[i].ref;
	qsort(sorted, count, sizeof(*sorted), by_ref);
	for (i = 1; i < count; i++)
		if (by_ref(&sorted[i - 1], &sorted[i]) == 0)
			return malformed(err);
	return 0;
}

/* Fills OUT, whose parts the caller releases whatever happens. */
static int
get_versions(struct wire_message *message, bool all, struct profile *out, struct error *err)
{
	size_t count =
		wire_get_count(message, all ? LIMIT_MANIFEST_VERSIONS : LIMIT_PROFILE_VERSIONS);

	if (message->failed || count == 0)
		return malformed(err);
	out->versions = calloc(count, sizeof(*out->versions));
	if (!out->versions)
		return error_no_memory(err);
	while (out->version_count < count)
		if (get_version(message, all, &out->versions[out->version_count++], err))
			return -1;
	return refuse_repeated(out, err);
}

/* One place of the map, behind LAST. */
static int
get_place(struct wire_message *message, const struct profile *profile, const char *last,
	struct profile_file *out, struct error *err)
{
	uint64_t version, file;

	out->workspace = wire_get_text(message, LIMIT_NAME_BYTES - 1);
	version = wire_get_u64(message);
	file = wire_get_u64(message);
	if (!out->workspace || message->failed || !text_is_canonical_path(out->workspace) ||
		strcmp(last, out->workspace) >= 0 || version >= profile->version_count ||
		file >= profile->versions[version].file_count)
		return malformed(err);
	out->version = version;
	out->file = profile->versions[version].files[file];
	return 0;
}

/* As get_versions(), for the map. */
static int
get_map(struct wire_message *message, bool all, struct profile *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_PROFILE_FILES);
	const char *last = "";

	if (message->failed || all != (count == 0))
		return malformed(err);
	if (all)
		return 0;
	out->files = calloc(count, sizeof(*out->files));
	if (!out->files)
		return error_no_memory(err);
	while (out->file_count < count) {
		struct profile_file *file = &out->files[out->file_count++];

		if (get_place(message, out, last, file, err))
			return -1;
		last = file->workspace;
	}
	return 0;
}

int
plan_get(struct wire_message *message, const char *pin, struct plan *out, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	bool all = pin[0] == '\0';
	uint32_t foreign;

	wire_copy_text(message, plan.profile.id, sizeof(plan.profile.id));
	foreign = wire_get_u32(message);
	/* Of one profile nothing is foreign: manifest_find() refuses it. */
	if (message->failed || strcmp(plan.profile.id, pin) != 0 || foreign > (all ? 1 : 0))
		return malformed(err);
	if (get_versions(message, all, &plan.profile, err) ||
		get_map(message, all, &plan.profile, err))
		return -1;
	if (!wire_is_whole(message))
		return malformed(err);
	plan.foreign = foreign != 0;
	*out = plan;
	plan = (struct plan){ 0 };
	return 0;
}

void
plan_release(struct plan *plan)
{
	profile_release(&plan->profile);
}
