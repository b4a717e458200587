/*
 * What containerd's configuration says of the programs that start a pod's containers: config.toml
 * and the drop-ins that it imports, read as the containerd reads them that forgets most.
 *
 * containerd 1.6 and 1.7 take all that is said of CRI from the last file that says something of it;
 * 2 adds the files up. Which one will read the files they do not tell, so the last file has to be
 * enough.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

struct doctor_report;

enum { CONTAINERD_CONFIG_HANDLERS = 64 };

/* One handler of the CRI plugin. */
struct containerd_handler {
	char name[LIMIT_ERROR_TEXT];
	char binary[LIMIT_NAME_BYTES]; /* "": containerd's own default */
	char spec[LIMIT_NAME_BYTES];   /* base_runtime_spec; "": none */
};

struct containerd_config {
	struct containerd_handler handlers[CONTAINERD_CONFIG_HANDLERS];
	size_t count;
	char standard[LIMIT_NAME_BYTES]; /* default_runtime_name; "": containerd's own */
	char last[LIMIT_NAME_BYTES];     /* the file that took all of it from those before it; "":
					    none did */
	bool off;                        /* the plugin */
	bool too_many;                   /* handlers */
};

/*
 * Reads config.toml below the report's root, and what it imports, into *out, which is zeroed.
 * Returns 0, or -1 where a file cannot be read, others can write it, or a drop-in imports more:
 * that is added to the report as a hole.
 */
int containerd_config_read(struct doctor_report *report, struct containerd_config *out)
	__attribute__((nonnull));
