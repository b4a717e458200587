/*
 * Which models one start can load, each with its signature: the versions in the cache, model
 * stores, and the customer's own sources.
 */
#pragma once

struct admission;
struct error;

/*
 * Reads the signature of each version of the plan that counts: not of those that policy excepts,
 * nor of those that are not there and need not be. Returns 0, or -1 with the reasons of
 * signatures_open() and parser_bundle(), REASON_POLICY (versions may be downloaded after the
 * verdict) or REASON_NOT_CACHED.
 */
int models_read_signatures(struct admission *admission, struct error *err) __attribute__((nonnull));

/*
 * Opens every model that the start can load and adds it to the verification. Returns 0, or -1 with
 * REASON_NOT_CACHED, REASON_LINK, REASON_EXTRA, REASON_UNSEEN, and the reasons of a source's
 * signature.
 */
int models_open(struct admission *admission, struct error *err) __attribute__((nonnull));
