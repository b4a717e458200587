/*
 * What was signed: an in-toto statement with the OMS predicate, taken apart and checked.
 * statement_parse() is the only maker of a struct statement, and takes nothing but a payload.
 *
 * Implements OMS 1.0 sections 6 and 7 by the strict columns of facts: oms, sections 4 to 6:
 * canonical unique names in any order, shards that cover each file exactly, digests that fit the
 * serialization, a root digest that is recomputed. The methods "files" and "shards" with sha256,
 * blake2b and blake3; others are refused by name.
 */
#pragma once

#include "border/digest.h"
#include "oms/resource.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct payload;

#define STATEMENT_TYPE             "https://in-toto.io/Statement/v1"
#define STATEMENT_PREDICATE        "https://model_signing/signature/v1.0"
#define STATEMENT_PREDICATE_LEGACY "https://model_signing/Digests/v0.1"

struct statement {
	char *subject;              /* owned; informational, never an identity; "" if legacy */
	struct digest root_digest;  /* SHA-256 over the raw digests in the payload's order; zeroed
				       if legacy */
	enum digest_algorithm hash; /* of all resources */
	uint64_t shard_size;        /* bytes; 0: the files are signed as a whole, method "files" */
	struct resource *resources; /* owned; at least one; sorted by name as bytes */
	size_t resource_count;
	char **ignore_paths; /* owned; canonical relative paths, in the payload's order */
	size_t ignore_count;
	bool allow_symlinks; /* as the signer wrote it; opens nothing by itself */
	bool legacy;         /* of release 0.2.0: no serialization, no root digest */
};

/*
 * Parses the payload. Returns 0 (caller: statement_release()), or -1 with REASON_STATEMENT; the
 * text names the member, the rule and what was found.
 */
int statement_parse(const struct payload *payload, bool allow_legacy, struct statement *out,
	struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed statement is fine. */
void statement_release(struct statement *statement);

#define cleanup_statement __attribute__((cleanup(statement_release)))

/*
 * The root digest: SHA-256 over the concatenated raw digests of the files or their shards, in the
 * order given (OMS 1.0 section 6.5). Returns 0, or -1 with REASON_INTERNAL.
 */
int statement_root_digest(const struct resource *resources, size_t count, struct digest *out,
	struct error *err) __attribute__((nonnull));
