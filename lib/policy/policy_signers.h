/*
 * The key "signers" of a policy, under trust and sources: who may sign.
 */
#pragma once

#include "oms/trust.h"

struct error;
struct node;
struct signers;

/*
 * Reads the list NODE, NULL where the policy has none, in place of what *out held: each entry a map
 * of subject, spki and fingerprint, at least one. With METHOD key only spki can match anybody, and
 * the others are refused. Returns 0 (caller: signers_release()), or -1 with REASON_CONFIG; the text
 * starts with line and column.
 */
int policy_signers_read(const struct node *node, enum trust_method method, struct signers *out,
	struct error *err) __attribute__((nonnull(3, 4)));
