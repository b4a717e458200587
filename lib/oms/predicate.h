/*
 * The two predicates of signed statements: which files, and how they were made into digests.
 */
#pragma once

struct digest;
struct error;
struct node;
struct statement;

/*
 * The predicate of signature/v1.0 (facts: oms, section 5): fills hash, shard_size, resources (whole
 * files in the payload's order, files of shards sorted by name), ignore_paths and allow_symlinks of
 * OUT. *root gets the digest that the records have (OMS 1.0 section 6.5: SHA-256 over their raw
 * digests, in the payload's order). Returns 0, or -1 with REASON_STATEMENT or REASON_INTERNAL; what
 * OUT holds by then is the caller's to release either way.
 */
int predicate_parse(const struct node *predicate, struct statement *out, struct digest *root,
	struct error *err) __attribute__((nonnull(2, 3, 4)));

/*
 * The statement of release 0.2.0 (facts: oms, section 13), which lists the files as SUBJECTS and
 * has nothing in its predicate: fills hash and resources of OUT. Returns as predicate_parse().
 */
int predicate_parse_legacy(const struct node *subjects, struct statement *out, struct error *err)
	__attribute__((nonnull(2, 3)));
