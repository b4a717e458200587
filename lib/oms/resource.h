/*
 * One signed file: its name and its digest, or those of its shards, and the rules that names obey
 * (facts: oms, sections 5 to 7).
 */
#pragma once

#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct resource {
	char *name; /* owned; canonical relative path; "." only where it is the only file (a
		       single-file model) */
	struct digest digest;  /* of the file as a whole; DIGEST_NONE where shards are signed */
	struct digest *shards; /* owned; one for each shard, in the file's order; else NULL */
	size_t shard_count;
	uint64_t shard_size; /* bytes of each shard but the last; 0: signed as a whole */
	uint64_t size;       /* of a file in shards: bytes they cover, from 0 on */
};

/*
 * Refuses a name that is not UTF-8, not canonical or longer than LIMIT_NAME_BYTES; "." passes.
 * Returns 0, or -1 with REASON_STATEMENT.
 */
int resource_check_name(const char *name, struct error *err) __attribute__((nonnull));

/*
 * The digest of NAME as a record gives it: hexadecimal digits of either case, as many as ALGORITHM
 * has. Returns 0, or -1 with REASON_STATEMENT.
 */
int resource_parse_digest(const char *name, const char *digits, enum digest_algorithm algorithm,
	struct digest *out, struct error *err) __attribute__((nonnull));

/* A file with a checked name that is signed as a whole. Returns 0 (caller: resource_release()), or
 * -1 with REASON_STATEMENT, or REASON_INTERNAL. */
int resource_make(const char *name, const struct digest *digest, struct resource *out,
	struct error *err) __attribute__((nonnull));

/* Digests that the file was signed with: one, or one for each shard. */
size_t resource_digest_count(const struct resource *resource) __attribute__((nonnull));

/* The digest of the file (INDEX 0) or of shard INDEX. Borrowed. */
const struct digest *resource_digest(const struct resource *resource, size_t index)
	__attribute__((nonnull));

/* Refuses names that are not ascending as bytes, so that none occurs twice, and a "." beside
 * others. Returns 0, or -1 with REASON_STATEMENT. */
int resource_check_order(const struct resource *resources, size_t count, struct error *err)
	__attribute__((nonnull(3)));

/* Sorts by name as bytes; refuses what resource_check_order() refuses then. */
int resource_sort(struct resource *resources, size_t count, struct error *err)
	__attribute__((nonnull));

/* A copy under another name (copied, not checked). Returns 0 (caller: resource_release()), or -1
 * with REASON_INTERNAL. */
int resource_copy(const struct resource *resource, const char *name, struct resource *out,
	struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed resource is fine. */
void resource_release(struct resource *resource);
