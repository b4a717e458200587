/*
 * What `nimgate verify` prints on standard output: the verdict and what it rests on, for people or
 * as one JSON object (docs/output.md).
 */
#pragma once

struct error;
struct verify;

/* Lines for people. REFUSAL is NULL when the model was verified. */
void verify_output_text(const struct verify *verify, const struct error *refusal)
	__attribute__((nonnull(1)));

/* The JSON object. REFUSAL as above. Returns 0, or -1 with REASON_INTERNAL. */
int verify_output_json(const struct verify *verify, const struct error *refusal, struct error *err)
	__attribute__((nonnull(1, 3)));

/* The reference's --log-fingerprints, of the signer. */
void verify_output_fingerprint(const struct verify *verify) __attribute__((nonnull));
