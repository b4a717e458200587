/*
 * The clerk: a contained child (guard/spawn.h) that reads what servers answer: NGC's JSON, and
 * certificates. Bytes go in as a sealed file, a flat, checked struct comes out.
 */
#pragma once

#include "guard/spawn.h"
#include "supply/ngc_answer.h"

#include <stddef.h>

struct chain_signer;
struct error;
struct file_bytes;

struct clerk {
	struct spawn_child child;
};

/* Starts a clerk; the caller has one thread. Returns 0 (caller: clerk_end()), or -1 with
 * REASON_INTERNAL. */
int clerk_start(struct clerk *out, struct error *err) __attribute__((nonnull));

/* Ends it; an ended or zeroed one is fine. */
void clerk_end(struct clerk *clerk);

#define cleanup_clerk __attribute__((cleanup(clerk_end)))

/* As the functions of supply/ngc_answer.h, in the child; also -1 with REASON_INTERNAL. */
int clerk_version(struct clerk *clerk, const struct file_bytes *answer, enum ngc_answer_signed *out,
	struct error *err) __attribute__((nonnull));
int clerk_url(struct clerk *clerk, const struct file_bytes *answer, char **out, struct error *err)
	__attribute__((nonnull));
int clerk_token(struct clerk *clerk, const struct file_bytes *answer, struct ngc_answer_token *out,
	struct error *err) __attribute__((nonnull));

/* What each certificate of a PEM file says of itself (border/chain_describe.h): *count of them, at
 * least one, in *out (owned by the caller, free()). Returns 0, or -1 with REASON_CONFIG. */
int clerk_certificates(struct clerk *clerk, const struct file_bytes *pem, struct chain_signer **out,
	size_t *count, struct error *err) __attribute__((nonnull));
