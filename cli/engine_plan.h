/*
 * What has to change on a machine so that an engine starts every container through the gate, or no
 * longer does: files with their bytes before and after, and what is left to people. Nothing here
 * writes.
 */
#pragma once

#include "base/prefix.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Where the package puts things, and engines look for them; below --root. */
#define ENGINE_PLAN_RUNTIME NIMGATE_PREFIX "/bin/nimgate-runtime"
#define ENGINE_PLAN_HOOKS   "/usr/share/containers/oci/hooks.d/nimgate-hook.json"
#define ENGINE_PLAN_DOCKER  "/etc/docker/daemon.json"

enum { ENGINE_PLAN_CHANGES = 2 };

struct engine_change {
	char *path;   /* owned; with the root before it */
	char *before; /* owned; NULL: not there */
	char *after;  /* owned; NULL: is taken away */
};

struct engine_plan {
	struct engine_change changes[ENGINE_PLAN_CHANGES];
	size_t count;
	const char *drop_in; /* a file of the engine's own configuration, for people to install;
				NULL: none. Static storage. */
	bool by_hand;        /* the advice counts even where no file changes */
	const char *advice;  /* what is left to do, whole lines. Static storage. */
};

struct engine_options {
	const char *root;    /* what stands before every path; "" for this machine */
	const char *runtime; /* the real runtime for nimgate-runtime, or NULL: as it is found */
};

/*
 * Plans for the engine called NAME: docker, podman, containerd or crio. Returns 0 (caller:
 * engine_plan_release()), or -1: REASON_USAGE for a name that is not known; REASON_CONFIG for
 * configuration that is not understood, which is left as it is, and where a hook that an engine
 * would skip is not installed.
 */
int engine_plan_make(const char *name, bool enable, const struct engine_options *options,
	struct engine_plan *out, struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed plan is fine. */
void engine_plan_release(struct engine_plan *plan);
