/*
 * Which policy it was: a digest over the files that it was read from, so that a decision tells
 * whether two of them had the same, and a fleet, whether all hosts have.
 */
#pragma once

struct digest;
struct error;
struct file_bytes;
struct policy;

/* Keeps the bytes of the file at PATH, which go from BYTES to the policy. Returns 0, or -1 with
 * REASON_INTERNAL; room for it is the caller's business (POLICY_FILES_MAX). */
int policy_digest_keep(struct policy *policy, const char *path, struct file_bytes *bytes,
	struct error *err) __attribute__((nonnull));

/*
 * SHA-256 of the lines "DIGEST  PATH" that sha256sum prints for its files, in the order in which
 * they count; DIGEST_NONE for a policy that was read from no file. Returns 0, or -1 with
 * REASON_INTERNAL.
 */
int policy_digest_compute(const struct policy *policy, struct digest *out, struct error *err)
	__attribute__((nonnull));

void policy_digest_release(struct policy *policy) __attribute__((nonnull));
