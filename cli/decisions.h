/*
 * The decision log as commands read it: the newest decision first, also from the files that made
 * room for newer ones (gate/decision_file.h).
 */
#pragma once

#include <stdbool.h>

struct error;
struct node;

/*
 * Where the log is: GIVEN, or as the policy at POLICY (NULL: the usual place) says. Returns 0 with
 * *out (caller: free()), or -1 with REASON_CONFIG.
 */
int decisions_find(const char *given, const char *policy, char **out, struct error *err)
	__attribute__((nonnull(3, 4)));

/* Whose files are believed. */
enum decisions_trust {
	DECISIONS_ANYBODY,
	DECISIONS_ROOT, /* those alone that only root, or the caller's own user, can write */
};

/*
 * Shows VISIT the decisions of the log at PATH, until it returns true. A line that was cut is none.
 * Returns 1 where it did, 0 where it never did, or -1: REASON_IO, there is no log, or it cannot be
 * read; REASON_CONFIG, others can write it.
 */
int decisions_visit(const char *path, enum decisions_trust trust,
	bool (*visit)(void *context, const struct node *decision), void *context, struct error *err)
	__attribute__((nonnull(1, 3, 5)));
