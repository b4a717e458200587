#include "oci/config.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "oci/gpus.h"

#include <ctype.h>
#include <string.h>

void
config_release(struct config *config)
{
	for (size_t i = 0; i < config->environment_count; i++)
		free(config->environment[i]);
	for (size_t i = 0; i < config->argument_count; i++)
		free(config->arguments[i]);
	free(config->environment);
	free(config->arguments);
	free(config->require);
	*config = (struct config){ 0 };
}

/*
 * True where runc, written in Go, takes KEY for NAME: without regard to case, and the long s for an
 * s (U+017F; the Kelvin sign does not matter, no name of ours has a k).
 */
static bool
looks_like(const char *key, const char *name)
{
	for (; *name; name++) {
		if (*name == 's' && strncmp(key, "\xc5\xbf", 2) == 0)
			key++;
		else if (tolower((unsigned char)*key) != *name)
			return false;
		key++;
	}
	return *key == '\0';
}

/*
 * The member NAME of MAP in *out, or NULL where it is absent. A second spelling is refused: runc
 * would let it replace the first, crun would not.
 */
static int
find_member(const struct node *map, const char *name, const struct node **out, struct error *err)
{
	const struct node *member;

	for (member = map->first; member; member = member->next)
		if (strcmp(member->key, name) != 0 && looks_like(member->key, name))
			return error_set(err, REASON_CONFIG, 0,
				"%s is a misspelling of %s that some runtimes take for it",
				TEXT_QUOTE(member->key), name);
	*out = node_member(map, name);
	return 0;
}

/* Like find_member() for a member that must be a map where it is there. */
static int
find_map(const struct node *map, const char *name, const struct node **out, struct error *err)
{
	if (find_member(map, name, out, err))
		return -1;
	if (*out && (*out)->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "%s: must be a map, is %s", name,
			node_kind_words(*out));
	return 0;
}

static int
read_root(const struct node *top, struct config *config, struct error *err)
{
	const struct node *root = NULL, *path = NULL;

	if (find_map(top, "root", &root, err))
		return -1;
	if (!root)
		return error_set(err, REASON_CONFIG, 0, "root: must be a map, is nothing");
	if (find_member(root, "path", &path, err))
		return -1;
	if (!path || !node_text(path))
		return error_set(err, REASON_CONFIG, 0, "root.path: must be a text, is %s",
			node_kind_words(path));
	if (path->length == 0)
		return error_set(err, REASON_CONFIG, 0, "root.path: empty");
	if (path->length >= sizeof(config->root_path))
		return error_set(err, REASON_CONFIG, 0,
			"root.path: %zu bytes, at most %zu are allowed", path->length,
			sizeof(config->root_path) - 1);
	memcpy(config->root_path, path->text, path->length + 1);
	return 0;
}

/* Copies the list of texts NAME of the process; an absent one is empty. *count counts what *list
 * owns, also on failure. */
static int
read_texts(const struct node *process, const char *name, char ***list, size_t *count,
	struct error *err)
{
	const struct node *node = NULL, *item;
	char **texts;

	if (find_member(process, name, &node, err))
		return -1;
	if (!node)
		return 0;
	if (node->kind != NODE_LIST)
		return error_set(err, REASON_CONFIG, 0, "process.%s: must be a list, is %s", name,
			node_kind_words(node));
	if (node->count > LIMIT_ENVIRONMENT)
		return error_set(err, REASON_CONFIG, 0,
			"process.%s: %zu texts, at most %d are allowed", name, node->count,
			LIMIT_ENVIRONMENT);
	texts = calloc(node->count + 1, sizeof(*texts));
	if (!texts)
		return error_no_memory(err);
	*list = texts;
	for (item = node->first; item; item = item->next) {
		if (!node_text(item))
			return error_set(err, REASON_CONFIG, 0,
				"process.%s[%zu]: must be a text, is %s", name, *count,
				node_kind_words(item));
		texts[*count] = strdup(item->text);
		if (!texts[*count])
			return error_no_memory(err);
		++*count;
	}
	return 0;
}

/* Keys of annotations are no names of members: runc, too, takes them as they are written. */
static int
read_annotations(const struct node *top, struct config *config, struct error *err)
{
	const struct node *annotations = NULL, *require;

	if (find_member(top, "annotations", &annotations, err))
		return -1;
	if (!annotations || annotations->kind == NODE_NULL)
		return 0;
	if (annotations->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "annotations: must be a map, is %s",
			node_kind_words(annotations));
	require = node_member(annotations, CONFIG_REQUIRE);
	if (!require)
		return 0;
	if (!node_text(require))
		return error_set(err, REASON_CONFIG, 0, "annotations.%s: must be a text, is %s",
			CONFIG_REQUIRE, node_kind_words(require));
	config->require = strdup(require->text);
	return config->require ? 0 : error_no_memory(err);
}

static int
read_members(const struct node *top, struct config *config, struct error *err)
{
	const struct node *process = NULL;

	if (top->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(top));
	if (read_root(top, config, err) || read_annotations(top, config, err) ||
		find_map(top, "process", &process, err))
		return -1;
	if (!process)
		return 0;
	if (read_texts(process, "env", &config->environment, &config->environment_count, err))
		return -1;
	return read_texts(process, "args", &config->arguments, &config->argument_count, err);
}

int
config_parse(const char *bytes, size_t length, struct config *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_config struct config config = { 0 };

	if (json_parse(bytes, length, REASON_CONFIG, &document, err) ||
		read_members(node_root(document), &config, err))
		return error_wrap(err, "config.json");
	gpus_read(node_root(document), &config.gpus);
	*out = config;
	config = (struct config){ 0 };
	return 0;
}
