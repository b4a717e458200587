#include "oms/statement.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "oms/envelope.h"
#include "oms/member.h"
#include "oms/predicate.h"

#include <string.h>

/* Unknown members are ignored: in-toto and OMS 1.0 say so. */
static const struct member_table statement_table = {
	.reason = REASON_STATEMENT,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "_type", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "predicateType", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "subject", MEMBER_LIST, MEMBER_REQUIRED },
			{ "predicate", MEMBER_MAP, MEMBER_REQUIRED },
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
			{ 0 },
		},
};

/* A root digest is compared as text by the reference, so that its case counts. */
static int
parse_root_digest(const struct node *digests, struct digest *out, struct error *err)
{
	const char *text = node_text(node_member(digests, "sha256"));
	struct digest parsed = { .algorithm = DIGEST_SHA256 };

	if (!text)
		return error_set(err, REASON_STATEMENT, 0, "no root digest of the kind 'sha256'");
	if (strpbrk(text, "ABCDEF") ||
		text_parse_hex(text, strlen(text), parsed.bytes, digest_size(DIGEST_SHA256)))
		return error_set(err, REASON_STATEMENT, 0,
			"the root digest must be 64 lower-case hexadecimal digits, is %s",
			TEXT_QUOTE(text));
	*out = parsed;
	return 0;
}

static int
parse_subject(const struct node *list, struct statement *out, struct error *err)
{
	const char *name;

	if (list->count != 1)
		return error_set(
			err, REASON_STATEMENT, 0, "needs exactly one entry, has %zu", list->count);
	if (member_check(list->first, &subject_table, err))
		return -1;
	name = node_text(node_member(list->first, "name"));
	if (name[0] == '\0')
		return error_set(err, REASON_STATEMENT, 0, "the name is empty");
	out->subject = strdup(name);
	if (!out->subject)
		return error_no_memory(err);
	return parse_root_digest(node_member(list->first, "digest"), &out->root_digest, err);
}

static int
parse_current(const struct node *root, struct statement *out, struct error *err)
{
	struct digest computed = { 0 };

	if (parse_subject(node_member(root, "subject"), out, err))
		return error_wrap(err, "subject");
	if (predicate_parse(node_member(root, "predicate"), out, &computed, err))
		return -1;
	if (!digest_equal(&computed, &out->root_digest))
		return error_set(err, REASON_STATEMENT, 0,
			"the root digest is %s, but the resources give %s",
			digest_format(&out->root_digest).text, digest_format(&computed).text);
	return 0;
}

static int
parse_legacy(const struct node *root, struct statement *out, struct error *err)
{
	out->legacy = true;
	out->subject = strdup("");
	if (!out->subject)
		return error_no_memory(err);
	return predicate_parse_legacy(node_member(root, "subject"), out, err);
}

/* The wrong encoding of release 0.2.0 counts for statements of that release alone: everything newer
 * was never signed that way. */
static int
parse_root(const struct node *root, const struct payload *payload, bool allow_legacy,
	struct statement *out, struct error *err)
{
	const char *predicate;
	bool legacy;

	if (member_check(root, &statement_table, err) ||
		member_check_text(root, "_type", STATEMENT_TYPE, REASON_STATEMENT, err))
		return -1;
	predicate = node_text(node_member(root, "predicateType"));
	legacy = strcmp(predicate, STATEMENT_PREDICATE_LEGACY) == 0;
	if (legacy && !allow_legacy)
		return error_set(err, REASON_STATEMENT, 0,
			"made by release 0.2.0 (predicateType %s); such legacy signatures are not "
			"allowed here",
			TEXT_QUOTE(predicate));
	if (legacy)
		return parse_legacy(root, out, err);
	if (payload->legacy_encoding)
		return error_set(err, REASON_STATEMENT, 0,
			"signed in the encoding of release 0.2.0, which counts only for "
			"predicateType '" STATEMENT_PREDICATE_LEGACY "', not for %s",
			TEXT_QUOTE(predicate));
	if (member_check_text(root, "predicateType", STATEMENT_PREDICATE, REASON_STATEMENT, err))
		return -1;
	return parse_current(root, out, err);
}

int
statement_parse(
	const struct payload *payload, bool allow_legacy, struct statement *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_statement struct statement parsed = { 0 };

	if (json_parse((const char *)payload->bytes, payload->length, REASON_STATEMENT, &document,
		    err) ||
		parse_root(node_root(document), payload, allow_legacy, &parsed, err) ||
		resource_sort(parsed.resources, parsed.resource_count, err))
		return error_wrap(err, "signed statement");
	*out = parsed;
	parsed = (struct statement){ 0 };
	return 0;
}

void
statement_release(struct statement *statement)
{
	for (size_t i = 0; i < statement->resource_count; i++)
		resource_release(&statement->resources[i]);
	for (size_t i = 0; i < statement->ignore_count; i++)
		free(statement->ignore_paths[i]);
	free(statement->resources);
	free(statement->ignore_paths);
	free(statement->subject);
	*statement = (struct statement){ 0 };
}

/* The digests of one file or of its shards. */
static int
add_digests(struct digest_context *context, const struct resource *resource, struct error *err)
{
	for (size_t i = 0; i < resource_digest_count(resource); i++) {
		const struct digest *digest = resource_digest(resource, i);

		if (digest_update(context, digest->bytes, digest_size(digest->algorithm), err))
			return -1;
	}
	return 0;
}

int
statement_root_digest(
	const struct resource *resources, size_t count, struct digest *out, struct error *err)
{
	struct digest_context *context = digest_open(DIGEST_SHA256, err);
	int result = context ? 0 : -1;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add_digests(context, &resources[i], err);
	if (result == 0)
		result = digest_finish(context, out, err);
	digest_close(context);
	return result;
}
