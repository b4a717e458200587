/*
 * What has to change on a machine so that an engine starts every container through the gate, or no
 * longer does. Nothing here writes.
 */
#pragma once

#include "cli/engine_change.h"

/*
 * Plans for the engine called NAME: docker, podman, containerd or crio. Returns 0, or -1:
 * REASON_USAGE for a name that is not known; REASON_CONFIG for configuration that is not
 * understood, or that people have to change (out->lines then says how), and where a hook that an
 * engine would skip is not installed. Caller, in every case: engine_change_release().
 */
int engine_plan_make(const char *name, bool enable, const struct engine_options *options,
	struct engine_plan *out, struct error *err) __attribute__((nonnull));
