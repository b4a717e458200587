#include "oms/predicate.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"
#include "oms/member.h"
#include "oms/record.h"
#include "oms/statement.h"

#include <stdlib.h>
#include <string.h>

/* The specification lets all but the serialization grow: unknown members are ignored. */
static const struct member_table predicate_table = {
	.reason = REASON_STATEMENT,
	.open = true,
	.rules =
		(const struct member_rule[]){
			{ "serialization", MEMBER_MAP, MEMBER_REQUIRED },
			{ "resources", MEMBER_LIST, MEMBER_REQUIRED },
			{ 0 },
		},
};
/* A member that we do not know may change what is covered. */
static const struct member_table serialization_table = {
	.reason = REASON_STATEMENT,
	.rules =
		(const struct member_rule[]){
			{ "method", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "hash_type", MEMBER_TEXT, MEMBER_REQUIRED },
			{ "allow_symlinks", MEMBER_BOOL, MEMBER_REQUIRED },
			{ "shard_size", MEMBER_NUMBER, MEMBER_OPTIONAL },
			{ "ignore_paths", MEMBER_LIST, MEMBER_OPTIONAL },
			{ 0 },
		},
};
static int
parse_ignore_paths(const struct node *list, struct statement *out, struct error *err)
{
	const struct node *path;
	const char *text;

	if (!list || list->count == 0)
		return 0;
	if (list->count > LIMIT_IGNORE_PATHS)
		return error_set(err, REASON_STATEMENT, 0,
			"ignore_paths: %zu paths, at most %d are allowed", list->count,
			LIMIT_IGNORE_PATHS);
	out->ignore_paths = calloc(list->count, sizeof(*out->ignore_paths));
	if (!out->ignore_paths)
		return error_no_memory(err);
	for (path = list->first; path; path = path->next) {
		text = node_text(path);
		if (!text)
			return error_set(err, REASON_STATEMENT, 0,
				"ignore_paths: a path must be a text, is %s",
				node_kind_words(path));
		if (path->length > LIMIT_NAME_BYTES || !text_is_canonical_path(text))
			return error_set(err, REASON_STATEMENT, 0,
				"ignore_paths: %s is not a canonical path below the model (OMS 1.0 "
				"section 6.4)",
				TEXT_QUOTE(text));
		out->ignore_paths[out->ignore_count] = strdup(text);
		if (!out->ignore_paths[out->ignore_count])
			return error_no_memory(err);
		out->ignore_count++;
	}
	return 0;
}

/* What we do not know is refused by its name, before the rest of the object is looked at. */
static int
parse_method(const struct node *map, bool *shards, struct statement *out, struct error *err)
{
	const char *method = node_text(node_member(map, "method"));
	const char *hash = node_text(node_member(map, "hash_type"));

	*shards = method && strcmp(method, "shards") == 0;
	if (method && !*shards && strcmp(method, "files") != 0)
		return error_set(err, REASON_STATEMENT, 0,
			"method is %s, expected 'files' or 'shards'", TEXT_QUOTE(method));
	out->hash = hash ? digest_of_files(hash) : DIGEST_NONE;
	if (hash && out->hash == DIGEST_NONE)
		return error_set(err, REASON_STATEMENT, 0,
			"hash_type is %s, expected 'sha256', 'blake2b' or 'blake3'",
			TEXT_QUOTE(hash));
	return 0;
}

/* Release 1.1 of the reference writes the whole number as a fraction: 1000000000.0. */
static int
parse_shard_size(const struct node *number, bool shards, struct statement *out, struct error *err)
{
	if (!shards && number)
		return error_set(
			err, REASON_STATEMENT, 0, "'shard_size' stands beside the method 'files'");
	if (!shards)
		return 0;
	if (!number)
		return error_set(err, REASON_STATEMENT, 0,
			"the member 'shard_size' is missing, which the method 'shards' needs");
	if (text_parse_whole(number->text, &out->shard_size) || out->shard_size == 0)
		return error_set(err, REASON_STATEMENT, 0,
			"shard_size is %s, expected a whole number from 1 to 2^63 - 1",
			TEXT_QUOTE(number->text));
	return 0;
}

static int
parse_serialization(const struct node *map, struct statement *out, struct error *err)
{
	bool shards;

	if (parse_method(map, &shards, out, err) || member_check(map, &serialization_table, err) ||
		parse_shard_size(node_member(map, "shard_size"), shards, out, err))
		return -1;
	out->allow_symlinks = node_member(map, "allow_symlinks")->boolean;
	return parse_ignore_paths(node_member(map, "ignore_paths"), out, err);
}

int
predicate_parse(
	const struct node *predicate, struct statement *out, struct digest *root, struct error *err)
{
	if (member_check(predicate, &predicate_table, err))
		return error_wrap(err, "predicate");
	if (parse_serialization(node_member(predicate, "serialization"), out, err))
		return error_wrap(err, "predicate.serialization");
	if (record_parse(node_member(predicate, "resources"), out, root, err))
		return error_wrap(err, "predicate.resources");
	return 0;
}

int
predicate_parse_legacy(const struct node *subjects, struct statement *out, struct error *err)
{
	if (!subjects || subjects->kind != NODE_LIST)
		return error_set(err, REASON_STATEMENT, 0, "'subject' must be a list, is %s",
			node_kind_words(subjects));
	if (record_parse_legacy(subjects, out, err))
		return error_wrap(err, "subject");
	return 0;
}
