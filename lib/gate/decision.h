/*
 * The answer to one container start: the verdict, what it rests on, and why; and its line in the
 * decision log.
 */
#pragma once

#include "base/birth.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stdint.h>

struct decision_file;
struct error;
struct notes;
struct state;
struct verification;

/* Zero refuses. */
enum decision_verdict {
	DECISION_REFUSE,
	DECISION_ADMIT,
};

/* What it rests on, in fixed words (DESIGN section 1). */
enum decision_evidence {
	DECISION_EVIDENCE_NONE,    /* something was not verified */
	DECISION_EVIDENCE_RECEIPT, /* every byte was hashed on this host, some of them before this
				      start */
	DECISION_EVIDENCE_HASHED,  /* every byte was hashed in this start */
};

/* What a decision took, in milliseconds. */
struct decision_times {
	int64_t whole_ms;
	int64_t contents_ms; /* of it, for the contents */
};

struct decision {
	enum decision_verdict verdict;
	enum decision_evidence evidence;
	enum policy_protection protection; /* what holds from now on */
	struct digest policy;  /* policy_digest_compute(); DIGEST_NONE where none was read */
	enum policy_mode mode; /* POLICY_MODE_NONE where no policy was needed or found */
	const char *id;        /* borrowed: the container's; NULL before the state was read */
	const char *bundle;    /* borrowed: its OCI bundle; NULL likewise */
	struct birth process;  /* its first process; zeroed where that is not known */
	struct decision_times times;
	const char *profile;                     /* borrowed; NULL before the manifest was read */
	const struct verification *verification; /* borrowed; NULL before there was one */
	const struct notes *notes;               /* borrowed; NULL: none */
	const char *rule;            /* borrowed; the policy's rule that applied; NULL: none */
	const struct error *refusal; /* borrowed; why it was or would have been refused; NULL where
					nothing was wrong */
};

/* The words for logs: "admit", "refuse"; "hashed", "receipt", "none"; "none", "readonly", "view".
 * Static storage. */
const char *decision_verdict_word(enum decision_verdict verdict);
const char *decision_evidence_word(enum decision_evidence evidence);
const char *decision_protection_word(enum policy_protection protection);

/* "enforce", "warn", "off"; NULL for POLICY_MODE_NONE. Static storage. */
const char *decision_mode_word(enum policy_mode mode);

/*
 * Appends one line of JSON to the log FILE: docs/decision-log.md describes the members. Returns 0,
 * or -1 with REASON_IO; a log that cannot be written changes no verdict.
 */
int decision_log(const struct decision *decision, const struct decision_file *file,
	struct error *err) __attribute__((nonnull));
