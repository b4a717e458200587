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

#define CONTAINERD_CONFIG_FILE    "/etc/containerd/config.toml"
#define CONTAINERD_CONFIG_DROP_IN "/etc/containerd/conf.d/nimgate.toml"

/* The plugin that starts containers, in files of version 2 and of version 3. */
#define CONTAINERD_CONFIG_CRI     "io.containerd.grpc.v1.cri"
#define CONTAINERD_CONFIG_CRI_TWO "io.containerd.cri.v1.runtime"

enum { CONTAINERD_CONFIG_HANDLERS = 64 };

/* One handler of the CRI plugin. */
struct containerd_handler {
	char name[LIMIT_ERROR_TEXT];
	char type[LIMIT_NAME_BYTES];   /* runtime_type; "": containerd's own default */
	char binary[LIMIT_NAME_BYTES]; /* "": containerd's own default */
	char spec[LIMIT_NAME_BYTES];   /* base_runtime_spec; "": none */
	char from[LIMIT_NAME_BYTES];   /* the last file that says something of it */
};

struct containerd_config {
	struct containerd_handler handlers[CONTAINERD_CONFIG_HANDLERS];
	size_t count;
	char standard[LIMIT_NAME_BYTES]; /* default_runtime_name; "": containerd's own */
	char named_by[LIMIT_NAME_BYTES]; /* the file that says so; "": none */
	char section[LIMIT_NAME_BYTES];  /* the last file that says anything of CRI in the words of
					    version 2; "": none */
	char hidden[LIMIT_NAME_BYTES]; /* the one before it, of which containerd 1 reads nothing of
					  CRI; "": none */
	char last[LIMIT_NAME_BYTES];   /* the last, where it took handlers or the default's name
					  from those before it; "": it took none */
	char odd[LIMIT_NAME_BYTES]; /* a file that says something of CRI in a form, or under a name,
				       that is not looked into; "": none */
	int version;                /* config.toml's; 0: it says none */
	bool settings;              /* config.toml says anything at all */
	bool imports;               /* config.toml imports files */
	bool imports_ours;          /* CONTAINERD_CONFIG_DROP_IN would be among them */
	bool off;                   /* the plugin */
	bool too_many;              /* handlers */
};

/*
 * Reads config.toml below the report's root, and what it imports, into *out, which is zeroed.
 * Returns 0, or -1 where a file cannot be read, others can write it, or a drop-in imports more:
 * that is added to the report as a hole.
 */
int containerd_config_read(struct doctor_report *report, struct containerd_config *out)
	__attribute__((nonnull));

/* The handler of that name, borrowed; NULL where no file has it. */
const struct containerd_handler *containerd_config_handler(
	const struct containerd_config *config, const char *name) __attribute__((nonnull));
