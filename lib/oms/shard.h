/*
 * Records of shards, each a byte range of a file under the name "path:start:end", and how they
 * become files (facts: oms, section 7).
 */
#pragma once

#include "border/digest.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct resource;

struct shard {
	char *path;     /* owned */
	uint64_t start; /* bytes */
	uint64_t end;   /* behind the last byte */
	struct digest digest;
};

/*
 * Takes a record's name apart at its last two colons: the path obeys the rules of
 * resource_check_name(), the numbers are decimal without sign or leading zero. Fills all of OUT but
 * the digest. Returns 0 (caller: shard_release()), or -1 with REASON_STATEMENT, or REASON_INTERNAL.
 */
int shard_parse(const char *name, struct shard *out, struct error *err) __attribute__((nonnull));

/* How many shards of SHARD_SIZE bytes (not 0) a file of SIZE bytes has: none if it is empty. */
size_t shard_count(uint64_t size, uint64_t shard_size);

/*
 * Divides the file RESOURCE of SIZE bytes (not 0) into shards of SHARD_SIZE bytes (not 0), each
 * with a digest of the kind ALGORITHM that is still to be computed. Returns 0, or -1 with
 * REASON_STATEMENT (more than LIMIT_RESOURCES shards, which no signature holds), or
 * REASON_INTERNAL.
 */
int shard_divide(struct resource *resource, uint64_t size, uint64_t shard_size,
	enum digest_algorithm algorithm, struct error *err) __attribute__((nonnull));

/* Where shard INDEX of a file begins, and where it ends: bytes from the file's beginning. */
uint64_t shard_start(const struct resource *resource, size_t index) __attribute__((nonnull));
uint64_t shard_end(const struct resource *resource, size_t index) __attribute__((nonnull));

/*
 * Makes one resource of all shards of a path. They may come in any order, and must cover the file
 * from 0 on without a gap or overlap, each but the last exactly SHARD_SIZE bytes long, the last not
 * longer and not empty. Sorts SHARDS; *out gets *out_count resources, sorted by name. Returns 0
 * (caller: resource_release() each, free() *out; also after an error), or -1 with REASON_STATEMENT,
 * or REASON_INTERNAL.
 */
int shard_join(struct shard *shards, size_t count, uint64_t shard_size, struct resource **out,
	size_t *out_count, struct error *err) __attribute__((nonnull));

/* Frees the contents; a zeroed shard is fine. */
void shard_release(struct shard *shard);
