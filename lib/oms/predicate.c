#include "oms/predicate.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/text.h"
#include "oms/member.h"
#include "oms/statement.h"

#include <stdlib.h>
#include <string.h>

#define ONLY_FILES "this release verifies sha256 over files"

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
			{ "ignore_paths", MEMBER_LIST, MEMBER_OPTIONAL },
			{ 0 },
		},
};
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

/* Reads one element of the list that holds the resources. */
typedef int resource_reader(
	const struct node *node, bool alone, struct resource *out, struct error *err);

static int
parse_resources(
	const struct node *list, resource_reader *reader, struct statement *out, struct error *err)
{
	const struct node *node;

	if (list->count == 0)
		return error_set(err, REASON_STATEMENT, 0, "the list of signed files is empty");
	if (list->count > LIMIT_RESOURCES)
		return error_set(err, REASON_STATEMENT, 0,
			"%zu signed files, at most %d are allowed", list->count, LIMIT_RESOURCES);
	out->resources = calloc(list->count, sizeof(*out->resources));
	if (!out->resources)
		return error_no_memory(err);
	for (node = list->first; node; node = node->next) {
		if (reader(node, list->count == 1, &out->resources[out->resource_count], err))
			return error_wrap(err, "[%zu]", out->resource_count);
		out->resource_count++;
	}
	return 0;
}

static int
read_resource(const struct node *node, bool alone, struct resource *out, struct error *err)
{
	const char *name, *algorithm;

	if (member_check(node, &resource_table, err))
		return -1;
	name = node_text(node_member(node, "name"));
	algorithm = node_text(node_member(node, "algorithm"));
	if (strcmp(algorithm, "sha256") != 0)
		return error_set(err, REASON_STATEMENT, 0,
			"the algorithm of %s is %s, but hash_type is 'sha256'", TEXT_QUOTE(name),
			TEXT_QUOTE(algorithm));
	return resource_make(name, node_text(node_member(node, "digest")), alone, out, err);
}

static int
read_subject(const struct node *node, bool alone, struct resource *out, struct error *err)
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
			"actual_hash_algorithm is %s, not 'file-sha256': " ONLY_FILES,
			node_text(annotation) ? TEXT_QUOTE(annotation->text)
					      : node_kind_words(annotation));
	return resource_make(node_text(node_member(node, "name")),
		node_text(node_member(digest, "sha256")), alone, out, err);
}

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

/* What we do not do is refused by its name, before the rest of the object is looked at. */
static int
check_supported(const struct node *map, const char *name, const char *wanted, struct error *err)
{
	const char *text = node_text(node_member(map, name));

	if (text && strcmp(text, wanted) != 0)
		return error_set(
			err, REASON_STATEMENT, 0, "%s is %s: " ONLY_FILES, name, TEXT_QUOTE(text));
	return 0;
}

static int
parse_serialization(const struct node *map, struct statement *out, struct error *err)
{
	if (check_supported(map, "method", "files", err) ||
		check_supported(map, "hash_type", "sha256", err) ||
		member_check(map, &serialization_table, err))
		return -1;
	out->allow_symlinks = node_member(map, "allow_symlinks")->boolean;
	return parse_ignore_paths(node_member(map, "ignore_paths"), out, err);
}

int
predicate_parse(const struct node *predicate, struct statement *out, struct error *err)
{
	if (member_check(predicate, &predicate_table, err))
		return error_wrap(err, "predicate");
	if (parse_serialization(node_member(predicate, "serialization"), out, err))
		return error_wrap(err, "predicate.serialization");
	if (parse_resources(node_member(predicate, "resources"), read_resource, out, err))
		return error_wrap(err, "predicate.resources");
	return 0;
}

int
predicate_parse_legacy(const struct node *subjects, struct statement *out, struct error *err)
{
	if (!subjects || subjects->kind != NODE_LIST)
		return error_set(err, REASON_STATEMENT, 0, "'subject' must be a list, is %s",
			node_kind_words(subjects));
	if (parse_resources(subjects, read_subject, out, err))
		return error_wrap(err, "subject");
	return 0;
}
