#include "gate/model.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

#define BLOBS "blobs/"

void
model_close(struct model *model)
{
	free(model->label);
	free(model->below);
	mem_close_fd(&model->base);
	mem_close_fd(&model->dir);
	tree_release(&model->tree);
	*model = (struct model)MODEL_CLOSED;
}

/* How names below base are resolved: never out of it, never through a link that we did not read
 * ourselves. */
static uint64_t
resolution(const struct model *model)
{
	return RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
	       (model->cross_mounts ? 0 : RESOLVE_NO_XDEV);
}

/* Path from base of the file NAME. */
static int
path_below(const struct model *model, const char *name, char out[static LIMIT_NAME_BYTES],
	struct error *err)
{
	int length = snprintf(
		out, LIMIT_NAME_BYTES, "%s%s%s", model->below, model->below[0] ? "/" : "", name);

	if (length < 0 || length >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_EXTRA, ENAMETOOLONG, "path longer than %d bytes",
			LIMIT_NAME_BYTES);
	return 0;
}

/* A failed openat2 in the words of what it means here. */
static int
refuse_open(int os_errno, struct error *err)
{
	if (os_errno == ENOENT)
		return error_set(err, REASON_MISSING, os_errno, "missing");
	if (os_errno == ELOOP)
		return error_set(err, REASON_LINK, os_errno, "a link where none is allowed");
	if (os_errno == EXDEV)
		return error_set(err, REASON_LINK, os_errno,
			"leads out of the model's directory, or onto another mount");
	return error_set_os(err, REASON_IO, os_errno, "cannot be opened");
}

int
model_open_snapshot(
	int base, const char *below, const char *label, struct model *out, struct error *err)
{
	struct model model = { .base = base, .dir = -1, .links = MODEL_LINKS_BLOBS };
	const struct tree_options options = { .entries_max = LIMIT_MODEL_FILES };
	int result = -1;

	model.label = strdup(label);
	model.below = strdup(below);
	if (!model.label || !model.below) {
		error_no_memory(err);
		goto close;
	}
	model.dir = file_openat2(base, below, O_PATH | O_DIRECTORY, resolution(&model));
	if (model.dir < 0 && errno == ENOENT) {
		error_set(err, REASON_NOT_CACHED, ENOENT, "%s: not in the cache", label);
		goto close;
	}
	if (model.dir < 0) {
		refuse_open(errno, err);
		error_wrap(err, "%s: %s", label, TEXT_QUOTE(below));
		goto close;
	}
	if (tree_read(model.dir, &options, &model.tree, err)) {
		error_wrap(err, "%s", label);
		goto close;
	}
	*out = model;
	model = (struct model)MODEL_CLOSED;
	result = 0;
close:
	model_close(&model);
	return result;
}

/* A single file becomes a tree of one entry under the reference's name for it. */
static int
single_entry(struct model *model, const struct stat *st, struct error *err)
{
	model->single = true;
	model->tree.entries = calloc(1, sizeof(*model->tree.entries));
	if (!model->tree.entries)
		return error_no_memory(err);
	model->tree.entries[0].kind = TREE_FILE;
	model->tree.entries[0].size = (uint64_t)st->st_size;
	model->tree.entries[0].name = strdup(".");
	if (!model->tree.entries[0].name)
		return error_no_memory(err);
	model->tree.count = 1;
	return 0;
}

/* What base holds: a directory, whose names are read, or one regular file. */
static int
read_base(struct model *model, const struct tree_options *options, struct error *err)
{
	struct stat st;

	if (fstat(model->base, &st))
		return error_set_os(err, REASON_IO, errno, "model %s", TEXT_QUOTE(model->label));
	if (S_ISLNK(st.st_mode))
		return error_set(err, REASON_LINK, 0,
			"model %s: a link; --allow-symlinks follows it", TEXT_QUOTE(model->label));
	if (S_ISREG(st.st_mode))
		return single_entry(model, &st, err);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, REASON_SPECIAL, 0,
			"model %s: neither a directory nor a regular file",
			TEXT_QUOTE(model->label));
	if (tree_read(model->base, options, &model->tree, err))
		return error_wrap(err, "model %s", TEXT_QUOTE(model->label));
	return 0;
}

int
model_open_descriptor(int base, const char *label, struct model *out, struct error *err)
{
	const struct tree_options options = { .entries_max = LIMIT_MODEL_FILES };
	struct model model = { .base = base, .dir = -1, .links = MODEL_LINKS_REFUSE };
	int result = -1;

	model.label = strdup(label);
	model.below = strdup("");
	if (!model.label || !model.below)
		error_no_memory(err);
	else
		result = read_base(&model, &options, err);
	if (result) {
		model_close(&model);
		return -1;
	}
	*out = model;
	return 0;
}

static int
read_path(const char *path, const struct tree_options *options, struct model *model,
	struct error *err)
{
	uint64_t flags = O_PATH | (model->links == MODEL_LINKS_FOLLOW ? 0 : O_NOFOLLOW);

	model->label = strdup(path);
	model->below = strdup("");
	if (!model->label || !model->below)
		return error_no_memory(err);
	model->base = open(path, (int)flags | O_CLOEXEC);
	if (model->base < 0)
		return error_set_os(err, REASON_USAGE, errno, "model %s", TEXT_QUOTE(path));
	return read_base(model, options, err);
}

/* Cuts "/" and "/." off the end: with them the system would follow a link that we have to see. */
static void
cut_end(char *path)
{
	size_t length = strlen(path);

	while (length > 1) {
		if (path[length - 1] == '/')
			length--;
		else if (length > 2 && path[length - 1] == '.' && path[length - 2] == '/')
			length -= 2;
		else
			break;
	}
	path[length] = '\0';
}

int
model_open_path(const char *path, enum model_links links,
	bool (*skip)(const char *name, void *context), void *context, struct model *out,
	struct error *err)
{
	const struct tree_options options = { .entries_max = LIMIT_MODEL_FILES,
		.skip = skip,
		.context = context,
		.cross_mounts = true };
	struct model model = { .base = -1, .dir = -1, .links = links, .cross_mounts = true };
	cleanup_free char *plain = strdup(path);

	if (!plain)
		return error_no_memory(err);
	cut_end(plain);
	if (read_path(plain, &options, &model, err)) {
		model_close(&model);
		return -1;
	}
	*out = model;
	return 0;
}

/*
 * The name in blobs/ that a snapshot's link leads to, or NULL. TARGET is its text, PATH the link's
 * place below the model folder: as many "../" as PATH has directories, then "blobs/" and one name
 * (facts: nim, section 4). All else leads elsewhere.
 */
static const char *
blob_of(const char *target, const char *path)
{
	const char *slash;

	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		if (strncmp(target, "../", 3) != 0)
			return NULL;
		target += 3;
	}
	if (strncmp(target, BLOBS, strlen(BLOBS)) != 0 || strchr(target + strlen(BLOBS), '/') ||
		!text_is_canonical_path(target))
		return NULL;
	return target;
}

/* Opens what the snapshot's link PATH leads to, by its text of LENGTH bytes, as O_PATH. */
static int
open_blob(const struct model *model, const char *path, char target[static LIMIT_NAME_BYTES],
	ssize_t length, struct error *err)
{
	const char *blob;
	int fd;

	target[length] = '\0';
	blob = blob_of(target, path);
	if (!blob)
		return error_set(err, REASON_LINK, 0,
			"a link to %s, expected one into blobs/ of the same model",
			TEXT_QUOTE(target));
	fd = file_openat2(model->base, blob, O_PATH | O_NOFOLLOW, resolution(model));
	if (fd < 0)
		return errno == ENOENT
			       ? error_set(err, REASON_MISSING, ENOENT,
					 "missing: its link leads to %s", TEXT_QUOTE(target))
			       : refuse_open(errno, err);
	return fd;
}

/*
 * Opens what NAME is, or in a snapshot what its link leads to, as O_PATH. Most names there are
 * links at the top: in the directory that we hold no path leads astray, and the link need not be
 * opened.
 */
static int
open_name(const struct model *model, const char *name, struct error *err)
{
	const uint64_t resolve = RESOLVE_NO_MAGICLINKS |
				 (model->links == MODEL_LINKS_FOLLOW ? 0 : resolution(model));
	const uint64_t flags = O_PATH | (model->links == MODEL_LINKS_FOLLOW ? 0 : O_NOFOLLOW);
	char path[LIMIT_NAME_BYTES], target[LIMIT_NAME_BYTES];
	cleanup_fd int fd = -1;
	ssize_t length = -1;

	if (path_below(model, name, path, err))
		return -1;
	if (model->dir >= 0 && !strchr(name, '/'))
		length = readlinkat(model->dir, name, target, sizeof(target) - 1);
	if (length > 0)
		return open_blob(model, path, target, length, err);
	fd = model->single ? dup(model->base) : file_openat2(model->base, path, flags, resolve);
	if (fd < 0)
		return refuse_open(errno, err);
	if (model->links == MODEL_LINKS_BLOBS)
		length = readlinkat(fd, "", target, sizeof(target) - 1);
	return length > 0 ? open_blob(model, path, target, length, err) : take_fd(&fd);
}

/* O_PATH descriptor of the regular file that NAME is or, by the model's rule for links, leads to.
 */
static int
resolve(const struct model *model, const char *name, struct stat *st, struct error *err)
{
	cleanup_fd int fd = open_name(model, name, err);

	if (fd < 0)
		return -1;
	if (fstat(fd, st))
		return error_set_os(err, REASON_IO, errno, "cannot be examined");
	if (S_ISLNK(st->st_mode))
		return error_set(err, REASON_LINK, 0, "a link where none is allowed");
	if (S_ISDIR(st->st_mode))
		return error_set(err, REASON_LINK, 0, "a link to a directory");
	if (!S_ISREG(st->st_mode))
		return error_set(err, REASON_SPECIAL, 0, "not a regular file");
	return take_fd(&fd);
}

/* A large file that is mostly holes costs its writer nothing and us everything. */
static bool
is_sparse(const struct stat *st)
{
	return st->st_size > (off_t)LIMIT_SPARSE_MIB << 20 && st->st_blocks < st->st_size / 512 / 2;
}

/* In two steps: what lies at a name may have become a device since it was listed, which a hook must
 * not open for somebody who could not. */
int
model_open_file(const struct model *model, const char *name, bool empty_unopened,
	struct model_file *out, struct error *err)
{
	struct model_file file;
	cleanup_fd int path_fd = resolve(model, name, &file.st, err);

	if (path_fd < 0)
		return -1;
	if (is_sparse(&file.st))
		return error_set(err, REASON_SPECIAL, 0,
			"%lld bytes, of which only %lld are stored: a file of holes",
			(long long)file.st.st_size, (long long)file.st.st_blocks * 512);
	file.fd = -1;
	if (empty_unopened && file.st.st_size == 0 && file_is_on_disk(path_fd)) {
		*out = file;
		return 0;
	}
	file.fd = file_reopen_regular(path_fd);
	if (file.fd < 0 && errno == EAGAIN)
		return error_set(err, REASON_BUSY, errno, "somebody holds a lease on it");
	if (file.fd < 0)
		return error_set_os(err, REASON_IO, errno, "cannot be opened");
	*out = file;
	return 0;
}

uint64_t
model_file_size(const struct model *model, const struct tree_entry *entry)
{
	struct error ignored;
	struct stat st;
	cleanup_fd int fd = -1;

	if (entry->kind != TREE_LINK)
		return entry->size;
	fd = resolve(model, entry->name, &st, &ignored);
	return fd < 0 ? 0 : (uint64_t)st.st_size;
}
