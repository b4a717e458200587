/*
 * Step 8 of a start: the contents of its models, by receipts or by hashing, within the deadline.
 * What does not fit becomes a request for later (DESIGN section 8).
 */
#pragma once

struct admission;
struct error;

/*
 * Proves the contents of the admission's verification. Returns 0, with or without findings; or -1
 * with REASON_PENDING: a request was left, or another verification of the model goes on;
 * REASON_DEADLINE, also when the runtime has died; or REASON_INTERNAL.
 */
int prove_contents(struct admission *admission, struct error *err) __attribute__((nonnull));
