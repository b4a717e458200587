/*
 * What policy says to each setting of a container that brings a manifest, weights or code from
 * elsewhere.
 *
 * A setting is verified where it can be: by the customer's own signature (policy: sources), or
 * through the manifest's map where it names a model store. Else it is allowed by name, or refused.
 */
#pragma once

#include "base/limits.h"

#include <stddef.h>

struct error;
struct policy;
struct policy_source;
struct start;

/* Zero refuses. */
enum settings_action {
	SETTINGS_REFUSE,
	SETTINGS_ALLOW,    /* policy names it: admitted as it is, and said */
	SETTINGS_MANIFEST, /* its value is the manifest that counts */
	SETTINGS_SOURCE,   /* verify the path by the policy's source */
	SETTINGS_STORE,    /* verify the path through the manifest's map */
};

struct settings_item {
	enum settings_action action;
	const char *name; /* borrowed from the start */
	const char *path; /* borrowed from the start; of SETTINGS_MANIFEST, _SOURCE and _STORE */
	const struct policy_source *source; /* borrowed from the policy; of SETTINGS_SOURCE */
};

struct settings {
	struct settings_item items[LIMIT_SETTINGS];
	size_t count;
};

/*
 * Decides about all settings of START. OUT borrows from START and POLICY. Returns 0, or -1 with
 * REASON_POLICY for the first that is refused; the text names it and the policy key that would
 * allow it.
 */
int settings_decide(const struct start *start, const struct policy *policy, struct settings *out,
	struct error *err) __attribute__((nonnull));

/* The first item of that action, or NULL. Borrowed. */
const struct settings_item *settings_find(
	const struct settings *settings, enum settings_action action) __attribute__((nonnull));
