#include "base/tree.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct walk {
	const struct tree_options *options;
	struct tree tree;
	size_t capacity;
	size_t directories;          /* opened so far, the first one too */
	size_t depth;                /* directories that are open now */
	char path[LIMIT_NAME_BYTES]; /* of the directory being read, with a slash at its end unless
					it is the first */
};

static int read_directory(struct walk *walk, int parent, const char *name, struct error *err);

void
tree_release(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->count; i++)
		free(tree->entries[i].name);
	free(tree->entries);
	*tree = (struct tree){ 0 };
}

static enum tree_kind
kind_of(mode_t mode)
{
	return S_ISREG(mode) ? TREE_FILE : S_ISLNK(mode) ? TREE_LINK : TREE_SPECIAL;
}

static int
add_entry(struct walk *walk, const char *path, const struct statx *stx, struct error *err)
{
	struct tree *tree = &walk->tree;
	char *name;

	if (tree->count >= walk->options->entries_max)
		return error_set(err, REASON_EXTRA, 0, "holds more than %zu files",
			walk->options->entries_max);
	if (mem_grow((void **)&tree->entries, tree->count, &walk->capacity, sizeof(*tree->entries)))
		return error_no_memory(err);
	name = strdup(path);
	if (!name)
		return error_no_memory(err);
	tree->entries[tree->count++] = (struct tree_entry){
		.name = name,
		.kind = kind_of(stx->stx_mode),
		.size = S_ISREG(stx->stx_mode) ? stx->stx_size : 0,
		.device = makedev(stx->stx_dev_major, stx->stx_dev_minor),
		.inode = stx->stx_ino,
	};
	return 0;
}

/* The path for messages. */
static const char *
shown(const struct walk *walk)
{
	return walk->path[0] ? walk->path : ".";
}

/* A file or directory that is the root of another mount. */
static int
refuse_mount(const struct walk *walk, struct error *err)
{
	return error_set(
		err, REASON_LINK, EXDEV, "%s: another mount lies there", TEXT_QUOTE(shown(walk)));
}

/* One name of the directory that is being read. */
static int
visit(struct walk *walk, int dir, const char *name, struct error *err)
{
	size_t used = strlen(walk->path), length = strlen(name);
	struct statx stx;
	int result;

	if (used + length + 2 > sizeof(walk->path))
		return error_set(err, REASON_EXTRA, 0, "%s: path longer than %d bytes",
			TEXT_QUOTE(shown(walk)), LIMIT_NAME_BYTES);
	memcpy(walk->path + used, name, length + 1);
	if (walk->options->skip && walk->options->skip(walk->path, walk->options->context))
		result = 0;
	else if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			 STATX_TYPE | STATX_SIZE | STATX_INO, &stx))
		result = error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(shown(walk)));
	else if (!walk->options->cross_mounts && (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		result = refuse_mount(walk, err);
	else if (S_ISDIR(stx.stx_mode))
		result = read_directory(walk, dir, name, err);
	else
		result = add_entry(walk, walk->path, &stx, err);
	walk->path[used] = '\0';
	return result;
}

static int
read_names(struct walk *walk, DIR *stream, struct error *err)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(stream);
		if (!entry && errno)
			return error_set_os(err, REASON_IO, errno, "%s: cannot be listed",
				TEXT_QUOTE(shown(walk)));
		if (!entry)
			return 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (visit(walk, dirfd(stream), entry->d_name, err))
			return -1;
	}
}

/* Reads the directory NAME in PARENT, which is the one at walk->path. */
static int
read_directory(struct walk *walk, int parent, const char *name, struct error *err)
{
	uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	size_t used = strlen(walk->path);
	DIR *stream;
	int fd, result;

	if (walk->depth > LIMIT_TREE_DEPTH)
		return error_set(err, REASON_EXTRA, 0, "%s: directories nested deeper than %d",
			TEXT_QUOTE(shown(walk)), LIMIT_TREE_DEPTH);
	/* Empty directories are no entries, but they cost time all the same. */
	if (walk->directories++ > walk->options->entries_max)
		return error_set(err, REASON_EXTRA, 0, "holds more than %zu directories",
			walk->options->entries_max);
	if (!walk->options->cross_mounts)
		resolve |= RESOLVE_NO_XDEV;
	fd = file_openat2(parent, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK, resolve);
	if (fd < 0 && errno == EXDEV)
		return refuse_mount(walk, err);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "directory %s", TEXT_QUOTE(shown(walk)));
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return error_no_memory(err);
	}
	if (used) {
		walk->path[used] = '/';
		walk->path[used + 1] = '\0';
	}
	walk->depth++;
	result = read_names(walk, stream, err);
	walk->depth--;
	walk->path[used] = '\0';
	closedir(stream);
	return result;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct tree_entry *)a)->name, ((const struct tree_entry *)b)->name);
}

int
tree_read(int dir, const struct tree_options *options, struct tree *out, struct error *err)
{
	struct walk walk = { .options = options };

	if (read_directory(&walk, dir, ".", err)) {
		tree_release(&walk.tree);
		return -1;
	}
	if (walk.tree.count)
		qsort(walk.tree.entries, walk.tree.count, sizeof(*walk.tree.entries), by_name);
	*out = walk.tree;
	return 0;
}

const struct tree_entry *
tree_find(const struct tree *tree, const char *name)
{
	const struct tree_entry wanted = { .name = (char *)(uintptr_t)name };

	if (!tree->count)
		return NULL;
	return bsearch(&wanted, tree->entries, tree->count, sizeof(wanted), by_name);
}

const struct tree_entry *
tree_find_next(const struct tree *tree, const char *name, size_t *cursor)
{
	const struct tree_entry *found;

	if (*cursor < tree->count && strcmp(tree->entries[*cursor].name, name) == 0)
		return &tree->entries[(*cursor)++];
	found = tree_find(tree, name);
	if (found)
		*cursor = (size_t)(found - tree->entries) + 1;
	return found;
}
