#include "hook/models.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/anchors.h"
#include "gate/store.h"
#include "hook/accept.h"
#include "hook/admit.h"
#include "hook/bundles.h"
#include "nim/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

/* A list of no names: nothing is needed, while NULL would mean every signed file. */
static const char *const nothing[1];

bool
models_is_pinned(const struct admission *admission)
{
	return admission->plan.profile.id[0] != '\0';
}

bool
models_may_download(const struct admission *admission)
{
	return admission->policy.download == POLICY_ALLOW && !admission->start.download_disabled;
}

/* The model folder of the version in the container's cache, as O_PATH. Returns a descriptor, or -1
 * with os_errno ENOENT where there is none. */
static int
open_folder(const struct admission *admission, const struct ngc_ref *ref, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	int fd;

	if (cache_model_path(admission->start.cache_root, ref, path, err))
		return -1;
	fd = rootfs_open_path(&admission->rootfs, path, O_PATH | O_DIRECTORY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR) &&
		rootfs_is_absent(&admission->rootfs, path))
		return error_set(err, REASON_NOT_CACHED, ENOENT,
			"%s: the cache has no %s; fill it with download-to-cache",
			NGC_REF_TEXT(ref), TEXT_QUOTE(path));
	if (fd < 0 && errno == ENOENT)
		return error_set(err, REASON_UNSEEN, 0,
			"%s in the container: there is a link on the way that leads nowhere here",
			TEXT_QUOTE(path));
	if (fd < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "%s in the container", TEXT_QUOTE(path));
	return fd;
}

int
models_look_for(const struct admission *admission, const struct ngc_ref *ref, bool *cached,
	struct error *err)
{
	char below[LIMIT_NAME_BYTES];
	cleanup_fd int folder = open_folder(admission, ref, err), snapshot = -1;

	*cached = false;
	if (folder < 0)
		return err->os_errno == ENOENT ? 0 : -1;
	cache_snapshot_name(ref, below);
	/* Whatever stands there counts as cached, a link on the way, too, which may lead to
	 * something in the container alone: model_open_snapshot() is stricter. */
	snapshot = file_openat2(folder, below, O_PATH | O_NOFOLLOW,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	*cached = snapshot >= 0 || (errno != ENOENT && errno != ENOTDIR);
	return 0;
}

/* An unpinned start may choose a profile whose files of this version are not all there: then the
 * rest would come after the verdict. */
static int
check_complete(
	const struct admission *admission, const struct verification_item *item, struct error *err)
{
	const struct statement *statement = &item->signed_model.statement;
	size_t absent = 0, i;

	if (models_is_pinned(admission) || admission->start.download_disabled ||
		models_may_download(admission))
		return 0;
	for (i = 0; i < statement->resource_count; i++)
		absent += tree_find(&item->model.tree, statement->resources[i].name) == NULL;
	if (absent == 0)
		return 0;
	return error_set(err, REASON_POLICY, 0,
		"%s: %zu signed files are not cached and may be downloaded after the verdict: pin a profile, set NIM_DISABLE_MODEL_DOWNLOAD=1, or allow it in the policy (download)",
		item->model.label, absent);
}

/* One more model to verify, which lies at PATH in the container. */
static int
add_item(struct admission *admission, const char *path, struct verification_item *item,
	struct error *err)
{
	if (verification_add(&admission->verification, item, err))
		return -1;
	return layout_add(&admission->protection.layout, path, err);
}

static int
add_snapshot(struct admission *admission, size_t index, struct error *err)
{
	const struct profile_version *version = &admission->plan.profile.versions[index];
	struct verification_item item = { .model = MODEL_CLOSED };
	char below[LIMIT_NAME_BYTES], folder[LIMIT_NAME_BYTES], path[2 * LIMIT_NAME_BYTES];
	int base = open_folder(admission, &version->ref, err);

	if (base < 0)
		return -1;
	cache_snapshot_name(&version->ref, below);
	if (cache_model_path(admission->start.cache_root, &version->ref, folder, err)) {
		close(base);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, below);
	if (model_open_snapshot(base, below, NGC_REF_TEXT(&version->ref), &item.model, err))
		return -1;
	/* An unpinned start needs nothing certain; what is there must be signed all the same. */
	if (settings_find(&admission->settings, SETTINGS_STORE) || version->file_count == 0)
		item.needed = nothing;
	else
		item.needed = (const char *const *)version->files;
	item.needed_count = item.needed == nothing ? 0 : version->file_count;
	item.all_signed_needed = admission->policy.coverage == POLICY_COVERAGE_EXACT;
	item.allow_missing = models_may_download(admission);
	item.ignored = &admission->policy.ignored_files;
	item.signed_model = admission->signed_models[index];
	admission->signed_models[index] = (struct signed_model){ 0 };
	if (check_complete(admission, &item, err) || add_item(admission, path, &item, err)) {
		verification_release_item(&item);
		return -1;
	}
	return 0;
}

/* Adds what PATH in the container holds, with the signed model that it must be, which is handed on.
 */
static int
add_path(struct admission *admission, const char *path, struct signed_model *signed_model,
	bool all_needed, struct error *err)
{
	struct verification_item item = { .model = MODEL_CLOSED, .signed_model = *signed_model };
	int base = rootfs_open_path(&admission->rootfs, path, O_PATH), result = -1;

	*signed_model = (struct signed_model){ 0 };
	if (base < 0)
		error_set_os(err, errno == ENOENT ? REASON_NOT_CACHED : REASON_UNSEEN, errno,
			"%s in the container", TEXT_QUOTE(path));
	else if (model_open_descriptor(base, path, &item.model, err) == 0)
		result = 0;
	if (!all_needed)
		item.needed = nothing;
	if (result == 0)
		result = add_item(admission, path, &item, err);
	if (result)
		verification_release_item(&item);
	return result;
}

/* A model store, or a workspace that holds files already: by the manifest's map. */
static int
add_store(struct admission *admission, const char *path, bool all_needed, struct error *err)
{
	cleanup_signed_model struct signed_model composed = { 0 };

	if (!models_is_pinned(admission))
		return error_set(err, REASON_UNPINNED, 0,
			"%s can be verified only with a pinned profile: set NIM_MODEL_PROFILE to a full profile id",
			TEXT_QUOTE(path));
	if (store_compose(&admission->plan.profile, admission->signed_models, &composed, err))
		return error_wrap(err, "model store %s", TEXT_QUOTE(path));
	admit_explain(admission, "model store %s: %zu paths by the manifest's map",
		TEXT_QUOTE(path), composed.statement.resource_count);
	return add_path(admission, path, &composed, all_needed, err);
}

/* True if the directory PATH is there and holds anything. */
static bool
is_filled(const struct admission *admission, const char *path)
{
	static const struct tree_options options = { .entries_max = LIMIT_MODEL_FILES };
	cleanup_tree struct tree tree = { 0 };
	struct error ignored;
	cleanup_fd int fd = rootfs_open_path(&admission->rootfs, path, O_PATH | O_DIRECTORY);

	/* What cannot be opened or listed is not empty: then the model says why. */
	if (fd < 0)
		return !rootfs_is_absent(&admission->rootfs, path);
	return tree_read(fd, &options, &tree, &ignored) || tree.count > 0;
}

/* The customer's own model: by its own signature and anchors. */
static int
add_source(struct admission *admission, const struct settings_item *item, struct error *err)
{
	const struct policy_source *source = item->source;
	cleanup_anchors struct anchors anchors = { 0 };
	cleanup_signed_model struct signed_model signed_model = { 0 };
	cleanup_fd int fd = -1;

	if (anchors_read(source->method, &source->anchors, &source->signers, &anchors, err))
		return -1;
	fd = file_open_trusted(source->signature, err);
	if (fd < 0 && err->os_errno == ENOENT)
		return error_set(err, REASON_NOT_SIGNED, ENOENT, "%s %s: no signature at %s",
			item->name, TEXT_QUOTE(item->path), source->signature);
	if (fd < 0 || bundles_read_one(fd, &anchors, item->path, &signed_model, err) ||
		accept_signature(admission, NULL, &signed_model, false, err))
		return -1;
	admit_explain(admission, "%s %s: %zu files signed by %s", item->name,
		TEXT_QUOTE(item->path), signed_model.statement.resource_count,
		TEXT_QUOTE(signed_model.signer.subject));
	return add_path(admission, item->path, &signed_model, true, err);
}

static int
add_settings(struct admission *admission, struct error *err)
{
	const struct settings *settings = &admission->settings;
	size_t i;

	for (i = 0; i < settings->count; i++) {
		const struct settings_item *item = &settings->items[i];

		if (item->action == SETTINGS_ALLOW)
			notes_add(&admission->notes, "the setting %s is allowed by policy",
				TEXT_QUOTE(item->name));
		if (item->action == SETTINGS_STORE && add_store(admission, item->path, true, err))
			return -1;
		if (item->action == SETTINGS_SOURCE && add_source(admission, item, err))
			return -1;
	}
	return 0;
}

/*
 * The version's snapshot. A start from a model store does not need the cache, but an image that
 * does not know the setting reads it all the same: then what is there must be signed.
 */
static int
add_cached(struct admission *admission, size_t index, struct error *err)
{
	bool cached = true;

	if (settings_find(&admission->settings, SETTINGS_STORE) &&
		models_look_for(
			admission, &admission->plan.profile.versions[index].ref, &cached, err))
		return -1;
	return cached ? add_snapshot(admission, index, err) : 0;
}

int
models_open(struct admission *admission, struct error *err)
{
	size_t i;

	if (add_settings(admission, err))
		return -1;
	if (is_filled(admission, CACHE_WORKSPACE) &&
		add_store(admission, CACHE_WORKSPACE, false, err))
		return -1;
	for (i = 0; i < admission->plan.profile.version_count; i++)
		if (admission->signed_models[i].statement.resource_count &&
			add_cached(admission, i, err))
			return -1;
	return 0;
}
