/*
 * What a plan for an engine is made of: files with their bytes before and after. Nothing here
 * writes.
 */
#pragma once

#include "base/prefix.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Where the package puts things, and engines look for them; below --root. */
#define ENGINE_CHANGE_RUNTIME NIMGATE_PREFIX "/bin/nimgate-runtime"
#define ENGINE_CHANGE_HOOKS   "/usr/share/containers/oci/hooks.d/nimgate-hook.json"
#define ENGINE_CHANGE_DOCKER  "/etc/docker/daemon.json"

enum { ENGINE_CHANGES = 3 };

struct engine_change {
	char *path;   /* owned; with the root before it */
	char *before; /* owned; NULL: not there */
	char *after;  /* owned; NULL: is taken away */
};

struct engine_plan {
	struct engine_change
		changes[ENGINE_CHANGES]; /* in the order in which they are to be made */
	size_t count;
	char *lines;      /* owned; what people can add where we do not; NULL: nothing */
	const char *note; /* one line on why there is nothing to do; NULL: none. Static storage. */
	const char *advice; /* what is left to do, whole lines. Static storage. */
};

struct engine_options {
	const char *root;    /* what stands before every path; "" for this machine */
	const char *runtime; /* the real runtime for nimgate-runtime, or NULL: as it is found */
};

/* Begins a change of the file at PATH below the root: its bytes before are read. Returns it, or
 * NULL: it cannot be read, or others can write it. */
struct engine_change *engine_change_begin(struct engine_plan *plan,
	const struct engine_options *options, const char *path, struct error *err)
	__attribute__((nonnull));

/* The file shall have these bytes; NULL: not be there. Returns 0, or -1 as above. */
int engine_change_file(struct engine_plan *plan, const struct engine_options *options,
	const char *path, const char *bytes, struct error *err)
	__attribute__((nonnull(1, 2, 3, 5)));

/* The settings of nimgate-runtime, unless the administrator has written them. Returns 0, or -1:
 * as above, or REASON_CONFIG where no runtime is found. */
int engine_change_settings(struct engine_plan *plan, const struct engine_options *options,
	struct error *err) __attribute__((nonnull));

/* The JSON for hooks.d, or (not ENABLE) that it goes. Returns 0, or -1: as above, or REASON_CONFIG
 * where the program that it names is not installed: podman and CRI-O skip such a hook. */
int engine_change_hooks(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err) __attribute__((nonnull));

/* True if the file has its bytes already. */
bool engine_change_is_done(const struct engine_change *change) __attribute__((nonnull));

/* True if a file of the plan has not. */
bool engine_change_is_open(const struct engine_plan *plan) __attribute__((nonnull));

/* Frees the contents; a zeroed plan is fine. */
void engine_change_release(struct engine_plan *plan);
