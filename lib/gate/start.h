/*
 * What a container is about to do, in the values that decide about its model: made in the parser
 * from state, config.json and environment, carried over the wire. Values, never a verdict.
 */
#pragma once

#include "base/limits.h"
#include "nim/environment.h"

#include <stdbool.h>

struct config;
struct error;
struct wire_message;

struct start {
	char root_path[LIMIT_NAME_BYTES];  /* root.path as written */
	char cache_root[LIMIT_NAME_BYTES]; /* NIM_CACHE_PATH, or NIM's default */
	char pin[LIMIT_NAME_BYTES]; /* the profile that the container names; "" where it names none
				     */
	bool nim;                   /* a variable is there that only a NIM start sets */
	enum environment_class refused; /* ENVIRONMENT_NONE, or the class of a setting that brings
					   something else */
	char refused_name[LIMIT_NAME_BYTES]; /* that setting */
};

/* Makes a start from a container's configuration. Returns 0, or -1 with REASON_POLICY. */
int start_read(const struct config *config, struct start *out, struct error *err)
	__attribute__((nonnull));

/* Puts the start into a message, and gets it back; what a child sends is checked. start_get()
 * returns 0, or -1 with REASON_INTERNAL. */
void start_put(struct wire_message *message, const struct start *start) __attribute__((nonnull));
int start_get(struct wire_message *message, struct start *out, struct error *err)
	__attribute__((nonnull));
