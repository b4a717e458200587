/*
 * The models that words on a command line name: a version in a NIM cache, a folder of one, a whole
 * cache, or any directory or file.
 */
#pragma once

#include "nim/ngc_ref.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct model;

struct target {
	char *path;  /* owned; absolute; of the model, or of its models--... folder */
	char *below; /* owned; "", or "snapshots/<version>" */
	char *label; /* owned; printable; the NGC version, or the path */
	bool is_version;
	struct ngc_ref ref; /* of a version */
};

struct target_list {
	struct target *items; /* owned */
	size_t count;
	size_t capacity;
};

#define cleanup_targets __attribute__((cleanup(target_release)))

/*
 * Adds what WORD names to a zeroed or initialised list: org/team/model:version below the cache root
 * CACHE (NULL: there is none); one snapshot of a cache; a models--... folder with all its
 * snapshots; a cache root with all its models; else that very directory or file. Returns 0 (caller:
 * target_release()), or -1 with REASON_USAGE, REASON_NOT_CACHED where a cache holds no version, or
 * REASON_IO.
 */
int target_add(struct target_list *list, const char *word, const char *cache, struct error *err)
	__attribute__((nonnull(1, 2, 4)));

/* Opens it. Returns 0 (caller: model_close()), or -1 with the reasons of model_open_snapshot() and
 * model_open_path(). */
int target_open(const struct target *target, struct model *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed list is fine. */
void target_release(struct target_list *list);
