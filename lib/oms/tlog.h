/*
 * What a bundle may carry beside the signature: entries of a transparency log and timestamps. The
 * methods certificate and key do not use them; they are checked for their form so that a bundle
 * means the same to every verifier (facts: oms, section 2), and then forgotten.
 */
#pragma once

struct error;
struct node;

/* Checks the list tlogEntries (NULL: absent, fine). Returns 0, or -1 with REASON_BUNDLE. */
int tlog_check_entries(const struct node *entries, struct error *err) __attribute__((nonnull(2)));

/* Checks timestampVerificationData (NULL: absent, fine). Returns 0, or -1 with REASON_BUNDLE. */
int tlog_check_timestamps(const struct node *data, struct error *err) __attribute__((nonnull(2)));
