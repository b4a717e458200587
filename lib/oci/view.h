/*
 * The verified view: what a container sees in place of its cache, made of the very files that were
 * hashed (facts: security, section 6).
 *
 * A view is one or more places of the container. A tree is a bounded file system in memory,
 * read-only once built, in which each verified file is bound read-only from the descriptor that was
 * hashed; a single file is such a file alone; a copy is what was there, read-only. The viewer
 * builds them outside of the container's root and moves each over its place in one step; then this
 * side looks at all of them again through the container's root.
 *
 * Until view_move() whatever fails leaves the container as it was, and the viewer's failures come
 * out at view_ask(). From view_move() on a failure must refuse the start.
 */
#pragma once

#include "guard/spawn.h"
#include "guard/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct error;
struct rootfs;

struct view_place;
struct view_name;

enum {
	VIEW_BATCH = 16, /* files that travel together: until then they stay open */
};

struct view {
	const struct rootfs *rootfs; /* borrowed */
	struct spawn_child child;
	struct view_place *places; /* owned */
	size_t place_count;
	size_t place_capacity;
	struct view_name *names; /* owned; what must be there in the end */
	size_t name_count;
	size_t name_capacity;
	struct wire_message batch; /* owned; files that the viewer does not know of yet */
	int batch_fds[VIEW_BATCH]; /* owned */
	size_t batch_count;
};

enum view_kind {
	VIEW_TREE,
	VIEW_SINGLE,
	VIEW_COPY,
};

/*
 * Starts the viewer in the container's mount namespace. What it makes in memory gets the SELinux
 * LABEL, "" for none. Returns 0 (caller: view_end()), or -1 with REASON_INTERNAL or REASON_UNSEEN.
 */
int view_start(const struct rootfs *rootfs, const char *label, struct view *out, struct error *err)
	__attribute__((nonnull));

/* Ends the viewer and frees the contents; a zeroed view is fine. What was not moved is gone. */
void view_end(struct view *view);

/*
 * Adds the place PATH, absolute in the container, which must be there: a directory, or for
 * VIEW_SINGLE a regular file. INODES bounds a tree. *index is its number. Returns 0, or -1 with
 * REASON_UNSEEN (also where mounts made there would appear elsewhere), REASON_BUSY (it is not there
 * any more) or REASON_INTERNAL.
 */
int view_add_place(struct view *view, enum view_kind kind, const char *path, uint64_t inodes,
	size_t *index, struct error *err) __attribute__((nonnull));

/* Whether a tree could be added there; changes nothing. Returns 0, or -1 as view_add_place(). */
int view_try_place(const struct view *view, const char *path, struct error *err)
	__attribute__((nonnull));

/* What can be put into a tree, under a canonical relative NAME that nothing else has or lies below.
 * Each returns 0, or -1 with REASON_INTERNAL. */

/* An empty folder that everybody can write, of the owner of what the tree covers. */
int view_add_folder(struct view *view, size_t place, const char *name, struct error *err)
	__attribute__((nonnull));

/* What the tree covers has under NAME: it is shown as it is. Where that is not there, or is a link
 * or no file or directory, nothing is added. *added tells. */
int view_show(struct view *view, size_t place, const char *name, bool *added, struct error *err)
	__attribute__((nonnull));

/* A file that holds TEXT. */
int view_add_text(struct view *view, size_t place, const char *name, const char *text,
	struct error *err) __attribute__((nonnull));

/* The verified file that FD (borrowed) holds, ST its stat; NAME is not used for a single file. */
int view_bind(struct view *view, size_t place, const char *name, int fd, const struct stat *st,
	struct error *err) __attribute__((nonnull));

/* Waits until all of the above is done. Returns 0, or -1 with what failed: REASON_BUSY where a file
 * was replaced after it was hashed, else REASON_INTERNAL. */
int view_ask(struct view *view, struct error *err) __attribute__((nonnull));

/*
 * Moves the view over its places and looks at them: a tree is a read-only file system in memory
 * that holds the files that were bound, and nothing else. Returns 0, or -1 with the reasons of
 * view_ask(), or with REASON_UNSEEN where something else is there: then the container must not
 * start.
 */
int view_move(struct view *view, struct error *err) __attribute__((nonnull));
