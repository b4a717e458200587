/*
 * The versions whose signatures lie in a policy's folders, beside those in a lock file: what
 * "nimgate lock" compares.
 */
#pragma once

#include "gate/anchors.h"
#include "gate/lock.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

/* What is open while they are compared. */
struct locked {
	struct policy policy;
	struct anchors anchors;
	struct lock lock;
	const char *path;     /* borrowed, or of the policy: the lock file */
	struct ngc_ref *refs; /* owned; of the signatures that lie in the folders; sorted, unique */
	size_t count;
	size_t capacity;
	int folder; /* owned; of the lock file, which nobody else changes meanwhile; -1: not held */
};

#define cleanup_locked __attribute__((cleanup(locked_close)))

/*
 * Opens the policy POLICY_PATH, its anchors, and the lock file LOCK_PATH (NULL: the policy's); one
 * that is not there is empty. TO_CHANGE: waits until no other command changes it. Returns 0
 * (caller: locked_close(), also after -1), or -1 with REASON_CONFIG.
 */
int locked_open(const char *policy_path, const char *lock_path, bool to_change, struct locked *out,
	struct error *err) __attribute__((nonnull(1, 4, 5)));

/* Finds the signatures in nimgate's own layout; the NGC CLI's does not say whose they are. Returns
 * 0, or -1 with REASON_IO or REASON_CONFIG. */
int locked_find_signatures(struct locked *locked, struct error *err) __attribute__((nonnull));

/*
 * What the signature of REF, which is verified by the policy, would be in the lock file; deny lists
 * are obeyed. ENTRY's texts are owned by the caller (free()). Returns 0, or -1 with the reasons of
 * a start.
 */
int locked_verify(const struct locked *locked, const struct ngc_ref *ref, struct lock_entry *entry,
	struct error *err) __attribute__((nonnull));

/* Writes the lock file in one step. Returns 0, or -1 with REASON_IO. */
int locked_save(const struct locked *locked, struct error *err) __attribute__((nonnull));

void locked_close(struct locked *locked);
