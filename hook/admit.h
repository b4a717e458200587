/*
 * One container start, from the state on standard input to the verdict.
 */
#pragma once

#include "base/error.h"
#include "gate/lock.h"
#include "gate/notes.h"
#include "gate/parser.h"
#include "gate/plan.h"
#include "gate/protection.h"
#include "gate/recognition.h"
#include "gate/settings.h"
#include "gate/start.h"
#include "gate/verification.h"
#include "hash/placement.h"
#include "oci/rootfs.h"
#include "oci/state.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	ADMIT_PARSERS = 8, /* of signatures, at one time: each may use as much memory as a child
			      may */
};

struct admit_options {
	const char *policy_path;
	const char *rule; /* the policy's rule that the administrator chose in the hook's arguments;
			     NULL: none */
	bool explain;     /* print each step on standard error */
};

/* What is known of the start so far; zeroed parts are not known yet. All owned by the admission. */
struct admission {
	const struct admit_options *options; /* borrowed */
	struct policy policy;
	bool policy_loaded;
	pid_t runtime;       /* that started the hook: its parent */
	int64_t began_ms;    /* on CLOCK_MONOTONIC */
	int64_t contents_ms; /* that the contents took */
	int64_t deadline_ms; /* likewise: of the whole start; 0: no policy yet */
	bool may_download;   /* something that was not there may arrive after the verdict */
	bool narrowed; /* not all versions that the manifest names are verified (hook/narrow.h):
			  no others may be seen */
	bool excepted; /* an exception of the policy was used */
	bool proved;   /* every file was hashed, in this start or before, and equal */
	struct state state;
	struct start start;
	struct rootfs rootfs;
	struct recognition recognition;
	struct placement placement;
	struct settings settings;
	struct lock lock; /* what is accepted; empty where policy does not ask */
	struct plan plan;
	struct parser parsers[ADMIT_PARSERS]; /* of signatures; killed when they are done, waited
						 for in the end */
	struct signed_model *signed_models; /* one for each version of the plan; zeroed where it is
					       not read, or handed on */
	struct verification verification;
	struct protection protection;
	struct notes notes;
};

/*
 * Decides about the start whose state is on standard input. Returns 0 to admit it: it is no NIM,
 * its model was proved, it only fills or lists, or the policy is off. Returns -1 otherwise, with
 * the reason. ADMISSION tells how far it came (caller: admit_release()).
 */
int admit(const struct admit_options *options, struct admission *admission, struct error *err)
	__attribute__((nonnull));

/* Loads the policy unless it is loaded. Returns 0, or -1 with REASON_CONFIG or REASON_POLICY. */
int admit_load_policy(struct admission *admission, struct error *err) __attribute__((nonnull));

/* With --explain, prints one line about a step. */
void admit_explain(const struct admission *admission, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* Frees everything. */
void admit_release(struct admission *admission) __attribute__((nonnull));
