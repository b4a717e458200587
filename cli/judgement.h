/*
 * What the decision log says about the containers that run.
 *
 * A decision is about one process: the container's first (base/birth.h), which no other container
 * has, whatever its id. A line that names no process is matched by id and time.
 */
#pragma once

#include "cli/audit_state.h"

#include <stdbool.h>

struct container;
struct containers;
struct error;

/* About one container. */
struct judgement {
	const struct container *container; /* borrowed */
	enum {
		JUDGEMENT_NONE,  /* no decision */
		JUDGEMENT_OTHER, /* about another start with this id */
		JUDGEMENT_FOUND, /* about this very process, or by a line that names none */
	} match;
	bool admitted;
	bool named;     /* of JUDGEMENT_OTHER and JUDGEMENT_FOUND: the line names a process */
	pid_t pid;      /* the process that it names */
	uint64_t ticks; /* likewise */
	int64_t decided_s;
	char reason[AUDIT_STATE_REASON_BYTES]; /* that spoke against it; "": none */
	const char *alert;                     /* static storage; NULL: none */
};

struct judgements {
	struct judgement *items; /* owned */
	size_t count;
	size_t alerts;
};

/*
 * Judges each container by what an earlier audit knew (KNOWN; none: zeroed), and by the log at
 * PATH, whose files must be root's alone. A log that is not there yet has no decision. Returns 0
 * (caller: judgement_release()), or -1 with REASON_IO, REASON_CONFIG or REASON_INTERNAL.
 */
int judgement_find(const struct containers *containers, const struct audit_state *known,
	const char *path, struct judgements *out, struct error *err) __attribute__((nonnull));

/* For the next audit: the numbers, and who was admitted. Returns 0 (caller: audit_state_release()),
 * or -1 with REASON_INTERNAL. */
int judgement_remember(const struct judgements *judgements, struct audit_state *out,
	struct error *err) __attribute__((nonnull));

void judgement_release(struct judgements *judgements) __attribute__((nonnull));
