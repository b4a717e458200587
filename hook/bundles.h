/*
 * The signatures of one start: each in a parser of its own, as many at a time as there are CPUs.
 */
#pragma once

struct admission;
struct anchors;
struct error;
struct policy;
struct signed_model;

/* Does once what each parser of signatures would do itself: to be called while somebody else works.
 * What fails fails again where it is needed. */
void bundles_warm_up(const struct policy *policy) __attribute__((nonnull));

/*
 * Reads the signature of each version of the plan that counts: not of those that policy excepts,
 * nor of those that are not there and need not be. Returns 0, or -1 with the reasons of
 * signatures_open() and parser_bundle(), REASON_POLICY (versions may be downloaded after the
 * verdict) or REASON_NOT_CACHED.
 */
int bundles_read(struct admission *admission, struct error *err) __attribute__((nonnull));

/* One signature, FD (borrowed), of what the caller calls LABEL. Returns 0 (caller:
 * signed_model_release()), or -1 with the reasons of parser_bundle(). */
int bundles_read_one(int fd, const struct anchors *anchors, const char *label,
	struct signed_model *out, struct error *err) __attribute__((nonnull));
