/*
 * Everything below one directory, held by descriptor: names and kinds, sorted, nothing opened for
 * reading.
 *
 * The walk never follows a link and never leaves the mount it started on. Whatever cannot be listed
 * is an error: a directory that was skipped would be a place to hide files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

enum tree_kind {
	TREE_NONE,
	TREE_FILE,
	TREE_LINK,    /* symbolic link, not followed */
	TREE_SPECIAL, /* FIFO, socket or device */
};

struct tree_entry {
	char *name; /* owned; path below the directory, without leading slash; any bytes but NUL */
	enum tree_kind kind;
	uint64_t size; /* of TREE_FILE: bytes when it was listed */
	dev_t device;  /* what lay there then */
	ino_t inode;
};

struct tree {
	struct tree_entry *
		entries; /* owned; sorted by name as bytes; directories themselves are not listed */
	size_t count;
};

struct tree_options {
	size_t entries_max;
	/* NULL, or tells which paths are left out with all that is below them. */
	bool (*skip)(const char *name, void *context);
	void *context;     /* borrowed */
	bool cross_mounts; /* walk into mounts below the directory instead of refusing them */
};

/*
 * Walks what is below DIR (any descriptor of a directory, O_PATH too).
 * Returns 0 (caller: tree_release()), or -1 with REASON_IO, or REASON_LINK where a mount lies
 * inside, or REASON_EXTRA beyond the bounds.
 */
int tree_read(int dir, const struct tree_options *options, struct tree *out, struct error *err)
	__attribute__((nonnull));

/* Frees the entries; a zeroed tree is fine. */
void tree_release(struct tree *tree);

#define cleanup_tree __attribute__((cleanup(tree_release)))

/* The entry of that exact name, or NULL. Borrowed. */
const struct tree_entry *tree_find(const struct tree *tree, const char *name)
	__attribute__((nonnull));

/* As tree_find(), at once for names that come in ascending order: *cursor, 0 at first, remembers
 * the place. */
const struct tree_entry *tree_find_next(const struct tree *tree, const char *name, size_t *cursor)
	__attribute__((nonnull));
