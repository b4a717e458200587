/*
 * The container's config.json, as far as it decides what the container loads (runtime-spec:
 * Configuration).
 */
#pragma once

#include "base/limits.h"
#include "hash/gpu.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* The one annotation that counts: what its container asks for on top of the policy. */
#define CONFIG_REQUIRE "nimgate.dev/require"

struct config {
	char root_path[LIMIT_NAME_BYTES]; /* root.path as written; may be relative to the oci_bundle
					   */
	char **environment;               /* owned; process.env: "NAME=value" */
	size_t environment_count;
	char **arguments; /* owned; process.args */
	size_t argument_count;
	char *mount_label; /* owned; linux.mountLabel, SELinux's of file systems in memory; NULL
			      where it is absent */
	bool sys_admin;    /* some set of process.capabilities has CAP_SYS_ADMIN */
	char *require;     /* owned; the annotation CONFIG_REQUIRE; NULL where it is absent */
	struct gpu_request gpus;      /* that the container gets, as far as one source says */
	struct gpu_request gpus_most; /* that it may get */
};

/*
 * Parses config.json. Unknown members are ignored, as the specification asks. No process is fine:
 * then there is nothing to start yet. Returns 0 (caller: config_release()), or -1 with
 * REASON_CONFIG.
 */
int config_parse(const char *bytes, size_t length, struct config *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed config is fine. */
void config_release(struct config *config);

#define cleanup_config __attribute__((cleanup(config_release)))
