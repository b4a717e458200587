#include "oms/record.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "oms/member.h"
#include "oms/shard.h"
#include "oms/statement.h"

#include <stdlib.h>
#include <string.h>

static const struct member_table resource_table = {
	.reason = REASON_STATEMENT,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "name", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "digest", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "algorithm", MEMBER_TEXT, MEMBER_REQUIRED },
			{ 0 },
		},
};
static const struct member_table subject_table = {
	.reason = REASON_STATEMENT,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "name", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "digest", MEMBER_MAP, MEMBER_REQUIRED },
			{ "annotations", MEMBER_MAP, MEMBER_OPTIONAL },
			{ 0 },
		},
};
static const struct member_table subject_digest_table = {
	.reason = REASON_STATEMENT,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "sha256", MEMBER_TEXT, MEMBER_REQUIRED },
			{ 0 },
		},
};

/* Reads the name and digest of one element of the list that holds the records. */
typedef int record_reader(const struct node *node, const struct statement *statement,
	const char **name, struct digest *digest, struct error *err);

/* "sha256"; of shards also "sha256-sharded-1000", as the reference writes it. */
static bool
is_algorithm(const char *text, const struct statement *statement)
{
	static const char infix[] = "-sharded-";
	const char *hash = digest_name(statement->hash);
	size_t length = strlen(hash);
	uint64_t size;

	if (strncmp(text, hash, length) != 0)
		return false;
	text += length;
	if (*text == '\0')
		return true;
	length = strlen(infix);
	return statement->shard_size && strncmp(text, infix, length) == 0 &&
	       text_parse_count(text + length, strlen(text + length), &size) == 0 &&
	       size == statement->shard_size;
}

static int
read_resource(const struct node *node, const struct statement *statement, const char **name,
	struct digest *digest, struct error *err)
{
	const char *algorithm;

	if (member_check(node, &resource_table, err))
		return -1;
	*name = node_text(node_member(node, "name"));
	algorithm = node_text(node_member(node, "algorithm"));
	if (!is_algorithm(algorithm, statement))
		return error_set(err, REASON_STATEMENT, 0,
			"the algorithm of %s is %s, which does not fit hash_type '%s'%s",
			TEXT_QUOTE(*name), TEXT_QUOTE(algorithm), digest_name(statement->hash),
			statement->shard_size ? " and shard_size" : "");
	return resource_parse_digest(
		*name, node_text(node_member(node, "digest")), statement->hash, digest, err);
}

static int
read_subject(const struct node *node, const struct statement *statement, const char **name,
	struct digest *out, struct error *err)
{
	const struct node *digest, *annotation;

	if (member_check(node, &subject_table, err))
		return -1;
	digest = node_member(node, "digest");
	if (member_check(digest, &subject_digest_table, err))
		return error_wrap(err, "digest");
	annotation = node_member(node_member(node, "annotations"), "actual_hash_algorithm");
	if (annotation && (!node_text(annotation) || strcmp(annotation->text, "file-sha256") != 0))
		return error_set(err, REASON_STATEMENT, 0,
			"actual_hash_algorithm is %s, not 'file-sha256'",
			node_text(annotation) ? TEXT_QUOTE(annotation->text)
					      : node_kind_words(annotation));
	*name = node_text(node_member(node, "name"));
	return resource_parse_digest(
		*name, node_text(node_member(digest, "sha256")), statement->hash, out, err);
}

/* Whole files, in the payload's order. */
static int
parse_files(const struct node *list, record_reader *reader, struct digest_context *root,
	struct statement *out, struct error *err)
{
	const struct node *node;
	struct digest digest;
	const char *name;

	out->resources = calloc(list->count, sizeof(*out->resources));
	if (!out->resources)
		return error_no_memory(err);
	for (node = list->first; node; node = node->next) {
		if (reader(node, out, &name, &digest, err) ||
			resource_make(name, &digest, &out->resources[out->resource_count], err))
			return error_wrap(err, "[%zu]", out->resource_count);
		out->resource_count++;
		if (digest_update(root, digest.bytes, digest_size(digest.algorithm), err))
			return -1;
	}
	return 0;
}

/* Fills SHARDS, in the payload's order, as far as it comes. */
static int
read_shards(const struct node *list, struct digest_context *root, const struct statement *statement,
	struct shard *shards, struct error *err)
{
	const struct node *node;
	struct digest digest;
	const char *name;
	size_t i = 0;

	for (node = list->first; node; node = node->next, i++) {
		if (read_resource(node, statement, &name, &digest, err) ||
			shard_parse(name, &shards[i], err))
			return error_wrap(err, "[%zu]", i);
		shards[i].digest = digest;
		if (digest_update(root, digest.bytes, digest_size(digest.algorithm), err))
			return -1;
	}
	return 0;
}

static int
parse_shards(const struct node *list, struct digest_context *root, struct statement *out,
	struct error *err)
{
	cleanup_free struct shard *shards = calloc(list->count, sizeof(*shards));
	int result;

	if (!shards)
		return error_no_memory(err);
	result = read_shards(list, root, out, shards, err);
	if (result == 0)
		result = shard_join(shards, list->count, out->shard_size, &out->resources,
			&out->resource_count, err);
	for (size_t i = 0; i < list->count; i++)
		shard_release(&shards[i]);
	return result;
}

/* Fills resources, and *root with the digest over all records' digests. */
static int
parse(const struct node *list, record_reader *reader, struct statement *out, struct digest *root,
	struct error *err)
{
	struct digest_context *context;
	int result;

	if (list->count == 0)
		return error_set(err, REASON_STATEMENT, 0, "the list of signed files is empty");
	if (list->count > LIMIT_RESOURCES)
		return error_set(err, REASON_STATEMENT, 0,
			"%zu signed files or shards, at most %d are allowed", list->count,
			LIMIT_RESOURCES);
	context = digest_open(DIGEST_SHA256, err);
	if (!context)
		return -1;
	result = out->shard_size ? parse_shards(list, context, out, err)
				 : parse_files(list, reader, context, out, err);
	if (result == 0)
		result = digest_finish(context, root, err);
	digest_close(context);
	return result;
}

int
record_parse(const struct node *list, struct statement *out, struct digest *root, struct error *err)
{
	return parse(list, read_resource, out, root, err);
}

int
record_parse_legacy(const struct node *list, struct statement *out, struct error *err)
{
	struct digest ignored;

	out->hash = DIGEST_SHA256;
	return parse(list, read_subject, out, &ignored, err);
}
