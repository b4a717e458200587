/*
 * One run of `nimgate verify`: the signature first, then names, then contents. What was found is
 * printed on the way, on standard error, each file as soon as it is known; the verdict is the
 * caller's to print.
 */
#pragma once

#include "cli/ignore.h"
#include "cli/source.h"
#include "gate/verification.h"
#include "oms/signers.h"
#include "oms/trust.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct verify_options {
	struct source_options source;
	const char *signature;
	struct option_list chains;
	const char *public_key;
	struct option_list subjects, spkis, fingerprints; /* of signers */
	bool ignore_unsigned;
	bool log_fingerprints;
	const char *at;
	const char *output;
};

struct verify {
	struct verify_options options;
	enum trust_method method;
	bool json;              /* the answer is an object, not text */
	const char *path;       /* of the model, borrowed */
	int64_t at;             /* the time that counts as now */
	struct signers signers; /* who may sign */
	struct ignore ignore;
	struct verification verification;
	bool trusted;    /* the signature counts: the item's signed_model says what it says */
	char **warnings; /* owned */
	size_t warning_count;
	size_t warning_capacity;
};

/* What a signature that counts says, or NULL. */
const struct signed_model *verify_signed_model(const struct verify *verify)
	__attribute__((nonnull));

/* Who made the signature, where it is genuine and leads to an anchor, whether or not it counts
 * (REASON_SIGNER); or NULL. */
const struct chain_signer *verify_signer(const struct verify *verify) __attribute__((nonnull));

/*
 * Verifies. Returns 0 when the model is the one that was signed, else -1 with the reason; VERIFY
 * keeps what was found in both cases (caller: verify_release()).
 */
int verify_run(struct verify *verify, struct error *err) __attribute__((nonnull));

/* Frees everything; a zeroed one is fine. */
void verify_release(struct verify *verify);
