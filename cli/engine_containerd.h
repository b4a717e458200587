/*
 * containerd: nimgate-runtime as the default handler of its CRI plugin.
 *
 * Where no file says anything of CRI, and with files of version 3 (containerd 2 adds them up), by a
 * drop-in of our own. Where config.toml has CRI's section, within that: containerd 1 takes a
 * section from one file alone. Files of version 2 are read by containerd 1 and 2, those of version
 * 3 by 2 alone; a drop-in has the version of config.toml, so that it need not be known which one
 * will read them.
 */
#pragma once

#include "cli/engine_change.h"

/* The plan; see engine_plan_make(). REASON_CONFIG where none of these is certain to be right. */
int engine_containerd_plan(struct engine_plan *plan, bool enable,
	const struct engine_options *options, struct error *err) __attribute__((nonnull));
