/*
 * CRI-O: the JSON in hooks.d, and a drop-in that names its directory.
 */
#pragma once

#include "cli/engine_change.h"

#define ENGINE_CRIO_DROP_IN "/etc/crio/crio.conf.d/50-nimgate.conf"

/*
 * The plan; see engine_plan_make(). REASON_CONFIG where a file of CRI-O's names hooks_dir without
 * the directory that the JSON lies in: the list is its administrator's.
 */
int engine_crio_plan(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err) __attribute__((nonnull));
