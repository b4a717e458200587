/*
 * What a container is about to do, in the values that decide about its model: made in the parser
 * from state, config.json and environment, carried over the wire. Values, never a verdict.
 */
#pragma once

#include "base/limits.h"
#include "hash/gpu.h"
#include "nim/arguments.h"
#include "nim/environment.h"

#include <stdbool.h>
#include <stddef.h>

struct config;
struct error;
struct wire_message;

struct start {
	char root_path[LIMIT_NAME_BYTES];  /* root.path as written */
	char cache_root[LIMIT_NAME_BYTES]; /* NIM_CACHE_PATH, or NIM's default */
	char pin[LIMIT_NAME_BYTES]; /* the profile that the container names; "" where it names none
				     */
	char require[LIMIT_REQUIRE_BYTES + 1]; /* the annotation nimgate.dev/require; "" where there
						  is none */
	char mount_label[LIMIT_MOUNT_LABEL_BYTES + 1]; /* linux.mountLabel; "" where there is none
							*/
	bool nim;       /* a variable is there that only a NIM start sets */
	bool sys_admin; /* the container may have CAP_SYS_ADMIN, with which it undoes mounts */
	bool download_disabled; /* NIM_DISABLE_MODEL_DOWNLOAD */
	enum arguments_kind arguments;
	struct environment_setting *settings; /* owned; what policy decides about, variables first,
						 in the process's order */
	size_t setting_count;                 /* at most LIMIT_SETTINGS */
	struct gpu_request gpus;              /* that the container gets: for speed alone */
	struct gpu_request gpus_most; /* that it may get: bounds the profiles that it may choose */
	bool spread; /* something says how many GPUs a profile is spread over, beside its tags */
};

/* Makes a start from a container's configuration. Returns 0 (caller: start_release()), or -1 with
 * REASON_POLICY. */
int start_read(const struct config *config, struct start *out, struct error *err)
	__attribute__((nonnull));

/* Puts the start into a message, and gets it back; what a child sends is checked. start_get()
 * returns 0 (caller: start_release()), or -1 with REASON_INTERNAL. */
void start_put(struct wire_message *message, const struct start *start) __attribute__((nonnull));
int start_get(struct wire_message *message, struct start *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed start is fine. */
void start_release(struct start *start);

#define cleanup_start __attribute__((cleanup(start_release)))
