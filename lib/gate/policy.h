/*
 * The administrator's policy: whether the gate is in force, whom it trusts, and where signatures
 * lie.
 *
 * A YAML file that only root can have written (base/file.h). Unknown and duplicate keys, wrong
 * types and empty lists are refused with line and column; a policy that cannot be read is no
 * policy, and refuses. docs/policy.md describes every key.
 */
#pragma once

#include "base/limits.h"
#include "oms/trust.h"

#include <stddef.h>

struct error;

#define POLICY_PATH_DEFAULT "/etc/nimgate/policy.yaml"

enum policy_mode {
	POLICY_MODE_NONE,
	POLICY_MODE_ENFORCE, /* refuse what is not proved */
	POLICY_MODE_WARN,    /* verify, say and log what would be refused, and admit */
	POLICY_MODE_OFF,     /* admit everything unseen */
};

struct policy_paths {
	char *paths[LIMIT_POLICY_PATHS]; /* owned; absolute */
	size_t count;
};

struct policy {
	enum policy_mode mode;
	enum trust_method method;
	struct policy_paths anchors;    /* PEM files: certificates or public keys, by the method */
	struct policy_paths signatures; /* folders with signature files */
	char *log;                      /* owned; the decision log; NULL: none */
};

/* Parses the LENGTH bytes of a policy. Returns 0 (caller: policy_release()), or -1 with
 * REASON_CONFIG. */
int policy_parse(const char *bytes, size_t length, struct policy *out, struct error *err)
	__attribute__((nonnull));

/* Opens PATH as a trusted file and parses it. Returns 0, or -1 with REASON_CONFIG. */
int policy_load(const char *path, struct policy *out, struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed policy is fine. */
void policy_release(struct policy *policy);
