/*
 * The records of a signed statement, which say what each file or shard holds, and how they become
 * resources (facts: oms, sections 5 to 7 and 13).
 */
#pragma once

struct digest;
struct error;
struct node;
struct statement;

/*
 * The LIST predicate.resources by the hash and shard_size that OUT has: fills resources, whole
 * files in the payload's order, files of shards sorted by name. *root gets the digest that the
 * records have (OMS 1.0 section 6.5: SHA-256 over their raw digests, in the payload's order).
 * Returns 0, or -1 with REASON_STATEMENT or REASON_INTERNAL; what OUT holds by then is the caller's
 * to release either way.
 */
int record_parse(const struct node *list, struct statement *out, struct digest *root,
	struct error *err) __attribute__((nonnull));

/* The LIST of subjects of release 0.2.0, whose files are whole and hashed with SHA-256: fills hash
 * and resources of OUT, otherwise as record_parse(). */
int record_parse_legacy(const struct node *list, struct statement *out, struct error *err)
	__attribute__((nonnull));
