/*
 * models.lock: which payload is accepted for each NGC version. A signature says what was signed,
 * not that it is the model that was meant, nor the newest (facts: security, section 2, T9, T10).
 *
 * A text that people read, compare and keep in version control: one line a version, sorted.
 */
#pragma once

#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct ngc_ref;
struct writer;

#define LOCK_PATH_DEFAULT "/etc/nimgate/models.lock"

/* What is accepted for one version. */
struct lock_entry {
	char *version;         /* owned by the lock; "org/team/model:version" */
	char *signer;          /* likewise; printable; who had signed it then: for people; "" */
	struct digest payload; /* SHA-256 of the signed bytes */
	int64_t locked_s;      /* seconds since 1970 UTC: when its signature was verified */
};

struct lock {
	struct lock_entry *entries; /* owned; sorted by version, unique */
	size_t count;
	size_t capacity;
};

#define cleanup_lock __attribute__((cleanup(lock_release)))

/* Parses LENGTH bytes. Returns 0 (caller: lock_release()), or -1 with REASON_CONFIG, line and
 * cause: a line that is none, a version twice, another release's format, too much. */
int lock_parse(const char *bytes, size_t length, struct lock *out, struct error *err)
	__attribute__((nonnull));

/* Reads the file PATH, which only root can have written. Returns as lock_parse(); os_errno is
 * ENOENT where it is not there. */
int lock_read(const char *path, struct lock *out, struct error *err) __attribute__((nonnull));

/* The text of LOCK, as lock_parse() reads it. */
void lock_write(const struct lock *lock, struct writer *writer) __attribute__((nonnull));

/* The entry of that version, or NULL. Borrowed. */
const struct lock_entry *lock_find(const struct lock *lock, const struct ngc_ref *ref)
	__attribute__((nonnull));

/* Puts a copy of ENTRY in, in the place of that version's, if there is one; *replaced is true then.
 * Returns 0, or -1 with REASON_INTERNAL or REASON_CONFIG (too many). */
int lock_put(struct lock *lock, const struct lock_entry *entry, bool *replaced, struct error *err)
	__attribute__((nonnull));

/* Takes the entry of that version out. Returns whether there was one. */
bool lock_remove(struct lock *lock, const struct ngc_ref *ref) __attribute__((nonnull));

/* Refuses PAYLOAD, of the verified signature of REF, unless LOCK accepts just that. Returns 0, or
 * -1 with REASON_LOCK. */
int lock_check(const struct lock *lock, const struct ngc_ref *ref, const struct digest *payload,
	struct error *err) __attribute__((nonnull));

/* Frees the entries; a zeroed lock is fine. */
void lock_release(struct lock *lock);
