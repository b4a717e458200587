/*
 * The viewer: the contained child that builds a view in the container's mount namespace. One
 * thread; mount calls and new files in memory only; parses nothing.
 *
 * Requests come over its socket, one message each, and are carried out in their order; the first
 * that fails stops the rest. Only VIEWER_ASK and VIEWER_MOVE are answered. What is built stands at
 * the bench, a directory outside of the container's root, until VIEWER_MOVE: a container that is
 * refused, and one whose view cannot be had, never sees any of it.
 */
#pragma once

#include <stdint.h>

struct error;
struct spawn_child;

enum viewer_request {
	VIEWER_ENTER = 1, /* label; descriptors: mount namespace, bench */
	VIEWER_TREE,      /* u32 separate, u64 KiB, u64 inodes; descriptor: what it will cover */
	VIEWER_SINGLE,    /* u32 separate; descriptor: the file that a file will cover */
	VIEWER_COPY,      /* u32 separate; descriptor: what becomes read-only */
	VIEWER_FOLDER,    /* u32 place, name, u64 KiB, u64 inodes, u32 owner, u32 group */
	VIEWER_SHOW,      /* u32 place, name, u32 is a directory; descriptor: what is shown there */
	VIEWER_TEXT,      /* u32 place, name, text */
	VIEWER_FILE,      /* u32 place, name; descriptor: the verified file; as often as there are
			     descriptors */
	VIEWER_ASK,
	VIEWER_MOVE,
	VIEWER_ANSWER, /* u32 failed, u32 errno, text */
};

enum {
	VIEWER_PLACES = 64, /* what one start covers: its cache and its settings' paths */
};

/* Starts the viewer. Returns 0 (caller: spawn_end()), or -1 with REASON_INTERNAL. */
int viewer_start(struct spawn_child *out, struct error *err) __attribute__((nonnull));
