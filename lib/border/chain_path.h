/*
 * One certificate on its way to an anchor, at more than one time. What was proved of a chain once,
 * its signatures above all, holds at any time and is not proved again of the very same chain; the
 * chain is found anew for each time, as another one may be valid then. Used by chain.c alone.
 */
#pragma once

#include <stdint.h>

struct digest;
struct error;
struct stack_st_X509;
struct x509_st;
struct x509_store_st;

struct chain_path {
	struct x509_store_st *store;   /* owned; the anchors */
	struct x509_st *leaf;          /* borrowed */
	struct stack_st_X509 *helpers; /* borrowed; may stand between leaf and anchor */
	struct stack_st_X509 *proved;  /* owned; the chain that the last check found; NULL: none */
};

/*
 * Is there a chain from the leaf to an anchor at TIME (WHEN: in words), and may all in it issue to
 * signers of code? Returns 0 with the fingerprint of the leaf's *ISSUER, of the leaf itself where
 * it is the anchor; or -1 with the reasons of certificate_refuse() and certificate_check_issuer().
 */
int chain_path_check(struct chain_path *path, int64_t time, const char *when, struct digest *issuer,
	struct error *err) __attribute__((nonnull));

void chain_path_release(struct chain_path *path);

#define cleanup_chain_path __attribute__((cleanup(chain_path_release)))
