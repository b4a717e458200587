/*
 * What the verified view of one start is made of: which verified model lies where, what is shown
 * beside them, and what is writable.
 *
 * The cache root is one tree: below it only the snapshots that are verified, a ref of its own name
 * for each, what policy names (cache.entries, cache.mounts), and empty writable folders
 * (cache.writable). A model store, workspace or source elsewhere is a tree or a file of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct notes;
struct policy;
struct stat;
struct verification;
struct view;

/* Where one model of the verification lies. */
struct layout_item {
	char *path; /* owned; absolute in the container */
	size_t place;
	const char
		*below; /* borrowed from path: its name below the place; "" for the place itself */
};

struct layout {
	struct layout_item *items; /* owned; in the order of the verification's */
	size_t count;
	size_t capacity;
};

/* Notes that the next model of the verification lies at PATH. Returns 0, or -1 with
 * REASON_INTERNAL. */
int layout_add(struct layout *layout, const char *path, struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed layout is fine. */
void layout_release(struct layout *layout);

struct layout_options {
	const struct policy *policy;
	const char *cache_root; /* absolute in the container */
	const struct verification *verification;
	struct notes *notes; /* told what is shown unverified */
};

/*
 * Requests the places of a view, and all that is in them but the verified files. Returns 0, or -1
 * with the reasons of view_add_place(), or with REASON_INTERNAL where two models lie in each other.
 */
int layout_build(struct layout *layout, const struct layout_options *options, struct view *view,
	struct error *err) __attribute__((nonnull));

/* Whether the cache could be a place of the view; changes nothing. Returns 0, or -1 with the
 * reasons of layout_build(). */
int layout_try(const char *cache_root, const struct view *view, struct error *err)
	__attribute__((nonnull));

/* Requests read-only copies of the same places. Returns 0, or -1 with the reasons of
 * view_add_place(). */
int layout_copy(struct layout *layout, const char *cache_root, struct view *view, struct error *err)
	__attribute__((nonnull));

/* Binds the verified file FD (borrowed) as NAME of the model INDEX. Returns 0, or -1 with
 * REASON_INTERNAL. */
int layout_bind(const struct layout *layout, size_t index, const char *name, int fd,
	const struct stat *st, struct view *view, struct error *err) __attribute__((nonnull));
