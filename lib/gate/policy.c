#include "gate/policy.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/yaml.h"

#include <string.h>

static int
refuse(const struct node *node, struct error *err, const char *what)
{
	return error_set(
		err, REASON_CONFIG, 0, "line %u, column %u: %s", node->line, node->column, what);
}

/* One word of a closed set; its position in WORDS, from 1, is the value. */
static int
read_word(const struct node *node, const char *const words[], int *out, struct error *err)
{
	const char *text = node_text(node);
	int i;

	for (i = 0; text && words[i]; i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i + 1;
			return 0;
		}
	}
	return error_set(err, REASON_CONFIG, 0,
		"line %u, column %u: %s: found %s, expected '%s', '%s'%s%s%s", node->line,
		node->column, node->key, text ? TEXT_QUOTE(text) : node_kind_words(node), words[0],
		words[1], words[2] ? " or '" : "", words[2] ? words[2] : "", words[2] ? "'" : "");
}

static int
read_path(const struct node *node, char **out, struct error *err)
{
	const char *text = node_text(node);

	if (!text || text[0] != '/' || !text_is_canonical_path(text + 1) ||
		strlen(text) >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_CONFIG, 0,
			"line %u, column %u: found %s, expected an absolute path without '.', '..' or '//'",
			node->line, node->column, text ? TEXT_QUOTE(text) : node_kind_words(node));
	*out = strdup(text);
	return *out ? 0 : error_no_memory(err);
}

static int
read_paths(const struct node *node, struct policy_paths *out, struct error *err)
{
	const struct node *item;

	if (node->kind != NODE_LIST || node->count == 0)
		return refuse(node, err, "expected a list of at least one absolute path");
	if (node->count > ARRAY_SIZE(out->paths))
		return refuse(node, err, "more paths than allowed");
	for (item = node->first; item; item = item->next) {
		if (read_path(item, &out->paths[out->count], err))
			return -1;
		out->count++;
	}
	return 0;
}

static int read_mode(const struct node *node, struct policy *policy, struct error *err);
static int read_trust(const struct node *node, struct policy *policy, struct error *err);
static int read_signatures(const struct node *node, struct policy *policy, struct error *err);
static int read_log(const struct node *node, struct policy *policy, struct error *err);
static int read_method(const struct node *node, struct policy *policy, struct error *err);
static int read_anchors(const struct node *node, struct policy *policy, struct error *err);

struct key_row {
	const char *name;
	int (*read)(const struct node *node, struct policy *policy, struct error *err);
	bool required;
};

static const struct key_row policy_keys[] = {
	{ "mode", read_mode, true },
	{ "trust", read_trust, true },
	{ "signatures", read_signatures, true },
	{ "log", read_log, false },
	{ NULL, NULL, false },
};

static const struct key_row trust_keys[] = {
	{ "method", read_method, true },
	{ "anchors", read_anchors, true },
	{ NULL, NULL, false },
};

/* Reads each member of MAP by its row; what has no row, and what is required and not there, is
 * refused. */
static int
read_map(const struct node *map, const struct key_row *rows, struct policy *policy,
	struct error *err)
{
	const struct key_row *row;
	const struct node *member;

	if (map->kind != NODE_MAP)
		return refuse(map, err, "expected a map of keys");
	for (member = map->first; member; member = member->next) {
		for (row = rows; row->name && strcmp(row->name, member->key) != 0; row++)
			;
		if (!row->name)
			return error_set(err, REASON_CONFIG, 0,
				"line %u, column %u: unknown key %s", member->key_line,
				member->key_column, TEXT_QUOTE(member->key));
		if (row->read(member, policy, err))
			return -1;
	}
	for (row = rows; row->name; row++)
		if (row->required && !node_member(map, row->name))
			return error_set(err, REASON_CONFIG, 0,
				"line %u, column %u: the key '%s' is missing", map->line,
				map->column, row->name);
	return 0;
}

static int
read_mode(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "enforce", "warn", "off", NULL };
	int value;

	if (read_word(node, words, &value, err))
		return -1;
	policy->mode = (enum policy_mode)value;
	return 0;
}

static int
read_method(const struct node *node, struct policy *policy, struct error *err)
{
	static const char *const words[] = { "certificate", "key", NULL };
	int value;

	if (read_word(node, words, &value, err))
		return -1;
	policy->method = (enum trust_method)value;
	return 0;
}

static int
read_trust(const struct node *node, struct policy *policy, struct error *err)
{
	return read_map(node, trust_keys, policy, err);
}

static int
read_anchors(const struct node *node, struct policy *policy, struct error *err)
{
	return read_paths(node, &policy->anchors, err);
}

static int
read_signatures(const struct node *node, struct policy *policy, struct error *err)
{
	return read_paths(node, &policy->signatures, err);
}

static int
read_log(const struct node *node, struct policy *policy, struct error *err)
{
	return read_path(node, &policy->log, err);
}

int
policy_parse(const char *bytes, size_t length, struct policy *out, struct error *err)
{
	static const struct yaml_options options = { .local_tags = false };
	cleanup_document struct node_document *document = NULL;
	struct policy policy = { 0 };

	if (yaml_parse(bytes, length, &options, REASON_CONFIG, &document, err))
		return -1;
	if (read_map(node_root(document), policy_keys, &policy, err)) {
		policy_release(&policy);
		return -1;
	}
	*out = policy;
	return 0;
}

int
policy_load(const char *path, struct policy *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int fd = file_open_trusted(path, err);

	if (fd < 0)
		return error_wrap(err, "policy");
	if (file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(path), &file, err)) {
		err->reason = REASON_CONFIG;
		return error_wrap(err, "policy");
	}
	if (policy_parse(file.bytes, file.length, out, err))
		return error_wrap(err, "policy %s", TEXT_QUOTE(path));
	return 0;
}

static void
release_paths(struct policy_paths *paths)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths->paths); i++)
		free(paths->paths[i]);
}

void
policy_release(struct policy *policy)
{
	release_paths(&policy->anchors);
	release_paths(&policy->signatures);
	free(policy->log);
	*policy = (struct policy){ 0 };
}
