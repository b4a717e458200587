#include "policy/policy_value.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "nim/profile.h"
#include "policy/policy.h"

#include <string.h>

int
policy_value_refuse(const struct node *node, struct error *err, const char *what)
{
	return error_set(
		err, REASON_CONFIG, 0, "line %u, column %u: %s", node->line, node->column, what);
}

int
policy_value_refuse_key(const struct node *member, struct error *err)
{
	return error_set(err, REASON_CONFIG, 0, "line %u, column %u: unknown key %s",
		member->key_line, member->key_column, TEXT_QUOTE(member->key));
}

/* The words of a closed set, for messages: 'a', 'b' or 'c'. */
static void
list_words(const char *const words[], char out[static TEXT_QUOTED_MAX])
{
	size_t used = 0, i;

	out[0] = '\0';
	for (i = 0; words[i] && used < TEXT_QUOTED_MAX; i++)
		used += (size_t)snprintf(out + used, TEXT_QUOTED_MAX - used, "%s'%s'",
			i == 0         ? ""
			: words[i + 1] ? ", "
				       : " or ",
			words[i]);
}

int
policy_value_word(const struct node *node, const char *const words[], int *out, struct error *err)
{
	const char *text = node_text(node);
	char expected[TEXT_QUOTED_MAX];
	int i;

	for (i = 0; text && words[i]; i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return 0;
		}
	}
	list_words(words, expected);
	return error_set(err, REASON_CONFIG, 0, "line %u, column %u: %s: found %s, expected %s",
		node->line, node->column, node->key,
		text ? TEXT_QUOTE(text) : node_kind_words(node), expected);
}

/* A text for *out, which is released first. */
static int
replace_text(const char *text, char **out, struct error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return error_no_memory(err);
	free(*out);
	*out = copy;
	return 0;
}

int
policy_value_text(const struct node *node, char **out, struct error *err)
{
	const char *text = node_text(node);

	if (!text || text[0] == '\0' || strlen(text) >= LIMIT_NAME_BYTES)
		return policy_value_refuse(node, err, "expected a text");
	return replace_text(text, out, err);
}

int
policy_value_path(const struct node *node, char **out, struct error *err)
{
	const char *text = node_text(node);

	if (!text || text[0] != '/' || !text_is_canonical_path(text + 1) ||
		strlen(text) >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_CONFIG, 0,
			"line %u, column %u: found %s, expected an absolute path without '.', '..' or '//'",
			node->line, node->column, text ? TEXT_QUOTE(text) : node_kind_words(node));
	return replace_text(text, out, err);
}

/* A name below a directory: a relative path, or a word. */
int
policy_value_name(const struct node *node, char **out, struct error *err)
{
	const char *text = node_text(node);

	if (!text || !text_is_canonical_path(text) || strlen(text) >= LIMIT_NAME_BYTES)
		return policy_value_refuse(
			node, err, "expected a name, or a relative path without '.', '..' or '//'");
	return replace_text(text, out, err);
}

void
policy_value_release(struct policy_paths *paths)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths->paths); i++)
		free(paths->paths[i]);
	*paths = (struct policy_paths){ 0 };
}

int
policy_value_profile(const struct node *node, char **out, struct error *err)
{
	if (!node_text(node) || !profile_is_full_id(node->text))
		return policy_value_refuse(node, err,
			"expected the full id of a profile, as list-model-profiles prints it");
	return policy_value_text(node, out, err);
}

/* A list, each item by READ, in place of what *out held. */
int
policy_value_list(const struct node *node,
	int (*read)(const struct node *node, char **out, struct error *err),
	struct policy_paths *out, struct error *err)
{
	const struct node *item;

	if (node->kind != NODE_LIST || node->count == 0)
		return policy_value_refuse(node, err, "expected a list of at least one entry");
	if (node->count > ARRAY_SIZE(out->paths))
		return policy_value_refuse(node, err, "more entries than allowed");
	policy_value_release(out);
	for (item = node->first; item; item = item->next) {
		if (read(item, &out->paths[out->count], err))
			return -1;
		out->count++;
	}
	return 0;
}

int
policy_value_method(const struct node *node, enum trust_method *out, struct error *err)
{
	static const char *const words[] = { "certificate", "key", NULL };
	int value;

	if (policy_value_word(node, words, &value, err))
		return -1;
	*out = (enum trust_method)(value + TRUST_METHOD_CERTIFICATE);
	return 0;
}

int
policy_value_check_members(
	const struct node *map, const char *const names[], const char *optional, struct error *err)
{
	const struct node *member;
	size_t i;

	if (map->kind != NODE_MAP)
		return policy_value_refuse(map, err, "expected a map of keys");
	for (member = map->first; member; member = member->next) {
		for (i = 0; names[i] && strcmp(names[i], member->key) != 0; i++)
			;
		if (!names[i] && (!optional || strcmp(optional, member->key) != 0))
			return policy_value_refuse_key(member, err);
	}
	for (i = 0; names[i]; i++)
		if (!node_member(map, names[i]))
			return error_set(err, REASON_CONFIG, 0,
				"line %u, column %u: the key '%s' is missing", map->line,
				map->column, names[i]);
	return 0;
}

int
policy_value_check_list(const struct node *node, size_t max, struct error *err)
{
	if (node->kind != NODE_LIST || node->count == 0)
		return policy_value_refuse(node, err, "expected a list of at least one entry");
	if (node->count > max)
		return policy_value_refuse(node, err, "more entries than allowed");
	return 0;
}
