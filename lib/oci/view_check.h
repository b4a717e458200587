/*
 * Whether the places of a view, looked at through the container's root, are what was built: the
 * last step of view_move().
 */
#pragma once

#include "oci/view.h"

#include <stdint.h>
#include <sys/types.h>

struct error;

/* One place of the container that the view covers. */
struct view_place {
	enum view_kind kind;
	char *path; /* owned; absolute in the container */
	int target; /* owned; O_PATH: what was there before */
	uint32_t owner;
	uint32_t group;
};

/* What must be at a name. */
enum view_name_kind {
	VIEW_NAME_FILE,    /* the file with this device and inode */
	VIEW_NAME_TEXT,    /* a file of the tree's own file system */
	VIEW_NAME_FOREIGN, /* a writable folder, or what is shown: not looked into */
};

struct view_name {
	enum view_name_kind kind;
	size_t place;
	char *name; /* owned; below the place */
	dev_t device;
	ino_t inode;
};

/* Sorts the names. Returns 0, or -1 with REASON_UNSEEN (something else is there), REASON_IO or
 * REASON_INTERNAL. */
int view_check_places(struct view *view, struct error *err) __attribute__((nonnull));
