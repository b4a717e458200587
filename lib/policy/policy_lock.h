/*
 * The keys of a policy about which signed models count: the lock file, and what is denied.
 */
#pragma once

#include "border/digest.h"
#include "policy/policy.h"

#include <stdint.h>

struct chain_signer;
struct error;
struct node;

/* The keys "lock", "lock_file", "lock_expired" and "deny". Each returns 0, or -1 with
 * REASON_CONFIG. Denials add up: what one file or rule denies no other allows. */
int policy_lock_read(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_lock_read_file(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_lock_read_expired(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_lock_read_deny(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));

/* Refuses the NGC version (or what else the model is called) VERSION if it is denied. Returns 0, or
 * -1 with REASON_LOCK. */
int policy_lock_check_version(const struct policy *policy, const char *version, struct error *err)
	__attribute__((nonnull));

/* Refuses a signature whose PAYLOAD or SIGNER is denied. Returns 0, or -1 with REASON_LOCK. */
int policy_lock_check_signature(const struct policy *policy, const struct digest *payload,
	const struct chain_signer *signer, struct error *err) __attribute__((nonnull));

/* Frees the denials. */
void policy_lock_release(struct policy *policy) __attribute__((nonnull));
