/*
 * What nimgate doctor found: for each engine, each way to start a container, and whether it leads
 * through the gate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

enum doctor_state {
	DOCTOR_HOLE, /* a start that the gate does not see */
	DOCTOR_NOTE, /* one that configuration cannot close (docs/known-holes.md) */
	DOCTOR_OK,
};

struct doctor_finding {
	const char *engine; /* static storage */
	const char *check;  /* static storage; one word */
	enum doctor_state state;
	char text[LIMIT_ERROR_TEXT + 1];
};

struct doctor_report {
	struct doctor_finding *findings; /* owned */
	size_t count, capacity;
	bool failed;      /* no memory: asked once at the end */
	const char *root; /* borrowed; what stands before every path */
};

/* Adds a finding; foreign strings are quoted by the caller. */
void doctor_report_add(struct doctor_report *report, const char *engine, const char *check,
	enum doctor_state state, const char *format, ...)
	__attribute__((format(printf, 5, 6), nonnull));

/* Frees the findings. */
void doctor_report_release(struct doctor_report *report) __attribute__((nonnull));

/* True where nothing is a hole. */
bool doctor_report_covered(const struct doctor_report *report) __attribute__((nonnull));

/* The finding that the file at PATH (below the root) is a program that only root can have put
 * there: OK, or a hole. Returns whether it is. */
bool doctor_report_program(struct doctor_report *report, const char *engine, const char *check,
	const char *path) __attribute__((nonnull));

/* True if the file at PATH below the root is there. */
bool doctor_report_exists(const struct doctor_report *report, const char *path)
	__attribute__((nonnull));

/*
 * The bytes of the file at PATH below the root, which only root can write; *out NULL where it is
 * not there, owned by the caller else. Returns 0, or -1 where it cannot be read or others can write
 * it, which is added as a hole.
 */
int doctor_report_read(struct doctor_report *report, const char *engine, const char *check,
	const char *path, char **out) __attribute__((nonnull));

/* The last component of a path, borrowed; and whether it is NAME. */
const char *doctor_report_name(const char *path) __attribute__((nonnull));
bool doctor_report_is(const char *path, const char *name) __attribute__((nonnull));
