#include "oci/view_check.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tree.h"
#include "oci/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

/* The names of one place, in their order. */
struct range {
	const struct view_name *names;
	size_t count;
};

static int
refuse(struct error *err, const char *path, const char *name, const char *what)
{
	return error_set(err, REASON_UNSEEN, 0, "the view at %s: %s: %s", TEXT_QUOTE(path),
		TEXT_QUOTE(name), what);
}

static int
by_place_and_name(const void *a, const void *b)
{
	const struct view_name *left = a, *right = b;

	if (left->place != right->place)
		return left->place < right->place ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int
by_name(const void *name, const void *element)
{
	return strcmp(name, ((const struct view_name *)element)->name);
}

static const struct view_name *
find(const struct range *range, const char *name)
{
	return range->count
		       ? bsearch(name, range->names, range->count, sizeof(*range->names), by_name)
		       : NULL;
}

/* What is foreign is not walked into. */
static bool
is_foreign(const char *name, void *context)
{
	const struct view_name *found = find(context, name);

	return found && found->kind == VIEW_NAME_FOREIGN;
}

static bool
is_readonly(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_flags & ST_RDONLY);
}

/* The same of NAME below TREE. To one who may do everything a read-only mount says so itself; where
 * the file's own mode is in the way as well, it is opened. */
static bool
is_protected(int tree, const char *name)
{
	cleanup_fd int fd = -1;

	if (faccessat(tree, name, W_OK, 0) == 0)
		return false;
	if (errno == EROFS)
		return true;
	fd = file_openat2(tree, name, O_PATH | O_NOFOLLOW,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	return fd >= 0 && is_readonly(fd);
}

/* One file of a tree, whose own file system has the number DEVICE; FOUND there, or NULL. */
static int
check_name(const struct view_place *place, const struct view_name *wanted,
	const struct tree_entry *found, int tree, dev_t device, struct error *err)
{
	if (!found || found->kind != TREE_FILE)
		return refuse(err, place->path, wanted->name, "no file is there");
	if (!is_protected(tree, wanted->name))
		return refuse(err, place->path, wanted->name, "can be written");
	if (wanted->kind == VIEW_NAME_FILE &&
		(found->device != wanted->device || found->inode != wanted->inode))
		return refuse(err, place->path, wanted->name, "not the file that was verified");
	if (wanted->kind == VIEW_NAME_TEXT && found->device != device)
		return refuse(err, place->path, wanted->name, "not the file that was made");
	return 0;
}

/* All that is there is wanted, and all that is wanted is there. */
static int
check_tree(const struct view_place *place, struct range *range, int tree, struct error *err)
{
	const struct tree_options options = { .entries_max = LIMIT_MODEL_FILES,
		.skip = is_foreign,
		.context = range,
		.cross_mounts = true };
	cleanup_tree struct tree found = { 0 };
	struct statfs fs;
	struct stat st;
	size_t i, cursor = 0;

	if (fstatfs(tree, &fs) || fs.f_type != TMPFS_MAGIC || fstat(tree, &st))
		return refuse(err, place->path, ".", "not the file system that was built");
	if (tree_read(tree, &options, &found, err))
		return error_wrap(err, "the view at %s", TEXT_QUOTE(place->path));
	for (i = 0; i < found.count; i++)
		if (!find(range, found.entries[i].name))
			return refuse(err, place->path, found.entries[i].name,
				"there, although nobody put it there");
	for (i = 0; i < range->count; i++) {
		const struct view_name *wanted = &range->names[i];

		if (wanted->kind != VIEW_NAME_FOREIGN &&
			check_name(place, wanted, tree_find_next(&found, wanted->name, &cursor),
				tree, st.st_dev, err))
			return -1;
	}
	return 0;
}

/* The file alone: it has the one name of its place. */
static int
check_single(const struct view_place *place, const struct range *range, int fd, struct error *err)
{
	struct stat st;

	if (range->count != 1 || fstat(fd, &st) || st.st_dev != range->names[0].device ||
		st.st_ino != range->names[0].inode)
		return refuse(err, place->path, ".", "not the file that was verified");
	return 0;
}

/* The copy shows what was there. */
static int
check_copy(const struct view_place *place, int fd, struct error *err)
{
	struct stat before, now;

	if (fstat(place->target, &before) || fstat(fd, &now) || before.st_dev != now.st_dev ||
		before.st_ino != now.st_ino)
		return refuse(err, place->path, ".", "not what was verified");
	return 0;
}

static int
check_place(const struct view *view, const struct view_place *place, struct range *range,
	struct error *err)
{
	cleanup_fd int fd = rootfs_open_path(view->rootfs, place->path, O_PATH);
	struct statx before, now;

	if (fd < 0 || statx(place->target, "", AT_EMPTY_PATH, STATX_MNT_ID, &before) ||
		statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &now))
		return refuse(err, place->path, ".", "cannot be examined");
	if (before.stx_mnt_id == now.stx_mnt_id)
		return refuse(err, place->path, ".", "what was there is still there");
	if (!is_readonly(fd))
		return refuse(err, place->path, ".", "can be written");
	switch (place->kind) {
	case VIEW_TREE: return check_tree(place, range, fd, err);
	case VIEW_SINGLE: return check_single(place, range, fd, err);
	default: return check_copy(place, fd, err);
	}
}

int
view_check_places(struct view *view, struct error *err)
{
	struct range range = { 0 };
	size_t place, next = 0;

	if (view->name_count)
		qsort(view->names, view->name_count, sizeof(*view->names), by_place_and_name);
	for (place = 0; place < view->place_count; place++) {
		range.names = view->names + next;
		range.count = 0;
		while (next < view->name_count && view->names[next].place == place) {
			range.count++;
			next++;
		}
		if (check_place(view, &view->places[place], &range, err))
			return -1;
	}
	return 0;
}
