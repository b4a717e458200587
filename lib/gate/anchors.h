/*
 * Whom one signature must come from: trust files as the parser needs them, bytes that were read,
 * not understood; and the signers that count.
 */
#pragma once

#include "base/file.h"
#include "base/limits.h"
#include "oms/trust.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct policy_paths;
struct signers;

struct anchors {
	enum trust_method method;
	bool allow_legacy;
	int64_t at;                    /* the time that counts as now, in seconds since 1970 UTC */
	const struct signers *signers; /* borrowed; who may sign; NULL: whoever they vouch for */
	struct {
		char *path; /* owned */
		struct file_bytes pem;
	} files[LIMIT_POLICY_PATHS];
	size_t count;
};

/*
 * Reads the PEM file PATH. With TRUSTED only root can have written it (base/file.h); without, it is
 * the caller's own word. Returns 0 (caller: anchors_release()), or -1 with REASON_CONFIG.
 */
int anchors_add(struct anchors *anchors, const char *path, bool trusted, struct error *err)
	__attribute__((nonnull));

/*
 * Reads the files PATHS of a policy, which only root can have written, for METHOD and SIGNERS as of
 * now. OUT borrows SIGNERS. Returns 0 (caller: anchors_release()), or -1 with REASON_CONFIG.
 */
int anchors_read(enum trust_method method, const struct policy_paths *paths,
	const struct signers *signers, struct anchors *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; a zeroed one is fine. */
void anchors_release(struct anchors *anchors);

#define cleanup_anchors __attribute__((cleanup(anchors_release)))
