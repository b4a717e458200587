/*
 * One container start, from the state on standard input to the verdict.
 */
#pragma once

#include "base/error.h"
#include "gate/plan.h"
#include "gate/policy.h"
#include "gate/start.h"
#include "gate/verification.h"
#include "oci/rootfs.h"
#include "oci/state.h"

#include <stdbool.h>

struct admit_options {
	const char *policy_path;
	bool explain; /* print each step on standard error */
};

/* What is known of the start so far; zeroed parts are not known yet. All owned by the admission. */
struct admission {
	const struct admit_options *options; /* borrowed */
	struct policy policy;
	bool policy_loaded;
	bool nim;    /* the container is one, and the policy is in force */
	bool hashed; /* every file was hashed and equal */
	struct state state;
	struct start start;
	struct rootfs rootfs;
	int manifest; /* the container's manifest, open for reading; -1 */
	struct plan plan;
	struct verification verification;
};

/*
 * Decides about the start whose state is on standard input. Returns 0 to admit it: it is no NIM,
 * its model was proved, or the policy is off. Returns -1 otherwise, with the reason. ADMISSION
 * tells how far it came (caller: admit_release()).
 */
int admit(const struct admit_options *options, struct admission *admission, struct error *err)
	__attribute__((nonnull));

/* Loads the policy unless it is loaded. Returns 0, or -1 with REASON_CONFIG. */
int admit_load_policy(struct admission *admission, struct error *err) __attribute__((nonnull));

/* Frees everything. */
void admit_release(struct admission *admission) __attribute__((nonnull));
