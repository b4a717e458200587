#include "gate/layout.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/notes.h"
#include "gate/verification.h"
#include "oci/rootfs.h"
#include "oci/view.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <string.h>

#define SNAPSHOTS "/snapshots/"
#define HUB       "ngc/hub"
#define MODELS    HUB "/models--"

enum {
	NO_PLACE = -1,
	INODES_BESIDE = 1024, /* of a tree, beside the files and their directories: for what policy
				 names */
};

/* What NIM and the hub library under it write in a cache that is filled; they go on where they
 * cannot, but say so (facts: nim, section 4). */
static const char *const writable_default[] = { "ngc/hub/tmp", "ngc/hub/.locks", "local_cache",
	"huggingface", "tmp" };

int
layout_add(struct layout *layout, const char *path, struct error *err)
{
	struct layout_item item = { .path = strdup(path) };

	if (!item.path || mem_grow((void **)&layout->items, layout->count, &layout->capacity,
				  sizeof(*layout->items))) {
		free(item.path);
		return error_no_memory(err);
	}
	layout->items[layout->count++] = item;
	return 0;
}

void
layout_release(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		free(layout->items[i].path);
	free(layout->items);
	*layout = (struct layout){ 0 };
}

/* What PATH is below ROOT, "" where they are equal; NULL where it is not below. */
static const char *
below(const char *path, const char *root)
{
	size_t length = strlen(root);

	if (strncmp(path, root, length) != 0)
		return NULL;
	return path[length] == '/'    ? path + length + 1
	       : path[length] == '\0' ? path + length
				      : NULL;
}

static bool
overlap(const char *a, const char *b)
{
	return below(a, b) || below(b, a);
}

/* The cache root without slashes at its end. */
static int
plain_root(const char *root, char out[static LIMIT_NAME_BYTES], struct error *err)
{
	size_t length = strlen(root);

	while (length > 1 && root[length - 1] == '/')
		length--;
	if (length == 1)
		return error_set(err, REASON_INTERNAL, 0, "the cache is the container's root");
	snprintf(out, LIMIT_NAME_BYTES, "%.*s", (int)length, root);
	return 0;
}

/* Whether the cache ROOT has a place of its own: a start from elsewhere may have none. */
static bool
has_cache(const struct layout *layout, const char *root, const struct view *view)
{
	cleanup_fd int fd = rootfs_open_path(view->rootfs, root, O_PATH | O_DIRECTORY);

	for (size_t i = 0; i < layout->count; i++)
		if (below(layout->items[i].path, root))
			return true;
	return fd >= 0;
}

/* Files and directories of a model, at most. */
static uint64_t
count_inodes(const struct verification_item *item)
{
	const struct tree *tree = &item->model.tree;
	uint64_t count = INODES_BESIDE;
	const char *slash;

	for (size_t i = 0; i < tree->count; i++) {
		count++;
		for (slash = tree->entries[i].name; (slash = strchr(slash, '/')); slash++)
			count++;
	}
	return count;
}

/* Two models in one place: which file counts would depend on the order. */
static int
check_apart(const struct layout *layout, const char *root, struct error *err)
{
	for (size_t i = 0; i < layout->count; i++) {
		const char *path = layout->items[i].path;

		if (below(root, path))
			return error_set(
				err, REASON_INTERNAL, 0, "%s holds the cache", TEXT_QUOTE(path));
		for (size_t j = 0; j < i; j++)
			if (overlap(path, layout->items[j].path))
				return error_set(err, REASON_INTERNAL, 0,
					"%s is verified more than once", TEXT_QUOTE(path));
	}
	return 0;
}

/* Gives each model its place; those below the cache root share one, if it is there. */
static int
add_places(struct layout *layout, const struct layout_options *options, const char *root,
	struct view *view, size_t *cache, struct error *err)
{
	const struct verification_item *items = options->verification->items;
	uint64_t inodes = INODES_BESIDE;

	for (size_t i = 0; i < layout->count; i++)
		if (below(layout->items[i].path, root))
			inodes += count_inodes(&items[i]);
	*cache = (size_t)NO_PLACE;
	if (has_cache(layout, root, view) &&
		view_add_place(view, VIEW_TREE, root, inodes, cache, err))
		return -1;
	for (size_t i = 0; i < layout->count; i++) {
		struct layout_item *item = &layout->items[i];
		enum view_kind kind = items[i].model.single ? VIEW_SINGLE : VIEW_TREE;

		item->place = *cache;
		item->below = below(item->path, root);
		if (item->below)
			continue;
		item->below = "";
		if (view_add_place(
			    view, kind, item->path, count_inodes(&items[i]), &item->place, err))
			return -1;
	}
	return 0;
}

/* True if NAME below the cache root lies in a model or holds one. */
static bool
touches_model(const struct layout *layout, size_t cache, const char *name)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->items[i].place == cache && overlap(layout->items[i].below, name))
			return true;
	return false;
}

/* True if NAME is a model folder of the cache, lies in one or holds them all. */
static bool
is_for_models(const char *name)
{
	return strncmp(name, MODELS, strlen(MODELS)) == 0 || below(HUB, name);
}

/* True if one of the first COUNT names overlaps with NAME. */
static bool
is_taken(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (overlap(names[i], name))
			return true;
	return false;
}

/* What is in the cache's tree beside the models. */
struct beside {
	size_t cache;
	const char *names[3 * LIMIT_POLICY_PATHS]; /* borrowed; that are taken */
	size_t count;
};

static int
show(const struct layout *layout, const struct layout_options *options, const char *name,
	struct view *view, struct beside *beside, struct error *err)
{
	bool added;

	/* Models are shown by being verified alone: one that is left out of the verification
	   (hook/narrow.h) is not there. */
	if (is_for_models(name) || touches_model(layout, beside->cache, name) ||
		is_taken(beside->names, beside->count, name))
		return 0;
	if (view_show(view, beside->cache, name, &added, err))
		return -1;
	if (!added)
		return 0;
	beside->names[beside->count++] = name;
	notes_add(options->notes, "%s of the cache is shown unverified, as policy names it",
		TEXT_QUOTE(name));
	return 0;
}

/* Policy's own entries and mounts, as they are. */
static int
show_named(const struct layout *layout, const struct layout_options *options, const char *root,
	struct view *view, struct beside *beside, struct error *err)
{
	const struct policy_paths *entries = &options->policy->cache_entries;
	const struct policy_paths *mounts = &options->policy->cache_mounts;

	for (size_t i = 0; i < entries->count; i++)
		if (show(layout, options, entries->paths[i], view, beside, err))
			return -1;
	for (size_t i = 0; i < mounts->count; i++) {
		const char *name = below(mounts->paths[i], root);

		if (name && name[0] && show(layout, options, name, view, beside, err))
			return -1;
	}
	return 0;
}

static int
add_writable(const struct layout *layout, const struct policy *policy, struct view *view,
	struct beside *beside, struct error *err)
{
	const struct policy_paths *named = &policy->cache_writable;
	const char *const *names =
		named->count ? (const char *const *)named->paths : writable_default;
	size_t count = named->count ? named->count : ARRAY_SIZE(writable_default);

	for (size_t i = 0; i < count; i++) {
		if (touches_model(layout, beside->cache, names[i]) ||
			is_taken(beside->names, beside->count, names[i]))
			continue;
		if (view_add_folder(view, beside->cache, names[i], err))
			return -1;
		beside->names[beside->count++] = names[i];
	}
	return 0;
}

/*
 * The hub library finds a version's snapshot by the text of refs/VERSION, which nobody signs; in
 * NIM's cache the snapshot has the version's name. A text of ours can name no other.
 */
static int
add_ref(const struct layout_item *item, struct view *view, struct error *err)
{
	const char *snapshots = strstr(item->below, SNAPSHOTS);
	const char *version = snapshots ? snapshots + strlen(SNAPSHOTS) : NULL;
	char name[LIMIT_NAME_BYTES];

	if (!version)
		return 0;
	snprintf(name, sizeof(name), "%.*s/refs/%s", (int)(snapshots - item->below), item->below,
		version);
	return view_add_text(view, item->place, name, version, err);
}

int
layout_build(struct layout *layout, const struct layout_options *options, struct view *view,
	struct error *err)
{
	struct beside beside = { .count = 0 };
	char root[LIMIT_NAME_BYTES];

	if (plain_root(options->cache_root, root, err) || check_apart(layout, root, err) ||
		add_places(layout, options, root, view, &beside.cache, err))
		return -1;
	if (beside.cache == (size_t)NO_PLACE)
		return 0;
	if (show_named(layout, options, root, view, &beside, err) ||
		add_writable(layout, options->policy, view, &beside, err))
		return -1;
	for (size_t i = 0; i < layout->count; i++)
		if (options->verification->items[i].model.links == MODEL_LINKS_BLOBS &&
			add_ref(&layout->items[i], view, err))
			return -1;
	return 0;
}

int
layout_try(const char *cache_root, const struct view *view, struct error *err)
{
	static const struct layout empty = { .count = 0 };
	char root[LIMIT_NAME_BYTES];

	if (plain_root(cache_root, root, err))
		return -1;
	return has_cache(&empty, root, view) ? view_try_place(view, root, err) : 0;
}

int
layout_copy(struct layout *layout, const char *cache_root, struct view *view, struct error *err)
{
	char root[LIMIT_NAME_BYTES];
	size_t ignored;

	if (plain_root(cache_root, root, err))
		return -1;
	if (has_cache(layout, root, view) &&
		view_add_place(view, VIEW_COPY, root, 0, &ignored, err))
		return -1;
	for (size_t i = 0; i < layout->count; i++)
		if (!below(layout->items[i].path, root) &&
			view_add_place(view, VIEW_COPY, layout->items[i].path, 0, &ignored, err))
			return -1;
	return 0;
}

int
layout_bind(const struct layout *layout, size_t index, const char *name, int fd,
	const struct stat *st, struct view *view, struct error *err)
{
	const struct layout_item *item = &layout->items[index];
	char path[LIMIT_NAME_BYTES];

	if (snprintf(path, sizeof(path), "%s%s%s", item->below, item->below[0] ? "/" : "", name) >=
		(int)sizeof(path))
		return error_set(
			err, REASON_INTERNAL, 0, "%s: its path is too long", TEXT_QUOTE(name));
	return view_bind(view, item->place, path, fd, st, err);
}
