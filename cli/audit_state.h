/*
 * What nimgate-audit.service found last, in /run/nimgate/audit, root's alone: for nimgate metrics,
 * and for the next audit, which need not find in the log again what it has found once. A decision
 * may so be rotated out while its container runs on.
 *
 *     nimgate-audit 1
 *     time 1795596475
 *     containers 3
 *     alerts 1
 *     admitted 4711 5123456 1795590000 none
 *
 * The last kind of line: process, its birth in ticks since boot (base/birth.h), when it was
 * admitted, and the reason that spoke against it. What lies in /run ends with the boot.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct writer;

#define AUDIT_STATE_PATH "/run/nimgate/audit"

enum {
	AUDIT_STATE_REASON_BYTES = 24,
	AUDIT_STATE_ROWS = 16384, /* containers of one machine: kubelets stop at some hundreds */
};

/* A process that was admitted. */
struct audit_state_row {
	pid_t pid;
	uint64_t ticks;
	int64_t decided_s;
	char reason[AUDIT_STATE_REASON_BYTES]; /* "none": nothing spoke against it */
};

struct audit_state {
	int64_t time_s; /* of the audit; 0: there was none */
	uint64_t containers;
	uint64_t alerts;
	struct audit_state_row *rows; /* owned */
	size_t count;
};

/* Parses LENGTH bytes. Returns 0 (caller: audit_state_release()), or -1 (OUT zeroed) for anything
 * that is not exactly as above, and where memory is short. */
int audit_state_parse(const char *bytes, size_t length, struct audit_state *out)
	__attribute__((nonnull));

/* Writes it as above. */
void audit_state_format(const struct audit_state *state, struct writer *writer)
	__attribute__((nonnull));

/* Reads the file at PATH. Returns 0 (caller: audit_state_release()), or -1 with REASON_CONFIG: not
 * there (os_errno is ENOENT), others can write it, or it is not understood. */
int audit_state_read(const char *path, struct audit_state *out, struct error *err)
	__attribute__((nonnull));

/* Writes AUDIT_STATE_PATH in one step. Returns 0, or -1 with REASON_IO or REASON_INTERNAL. */
int audit_state_write(const struct audit_state *state, struct error *err) __attribute__((nonnull));

void audit_state_release(struct audit_state *state) __attribute__((nonnull));
