#include "oci/config.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "oci/gpus.h"
#include "oci/member.h"

#include <string.h>
#include <strings.h>

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
	free(config->mount_label);
	*config = (struct config){ 0 };
}

static int
read_root(const struct node *top, struct config *config, struct error *err)
{
	const struct node *root = NULL, *path = NULL;

	if (member_find_map(top, "root", &root, err))
		return -1;
	if (!root)
		return error_set(err, REASON_CONFIG, 0, "root: must be a map, is nothing");
	if (member_find(root, "path", &path, err))
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

	if (member_find(process, name, &node, err))
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

/* Runtimes take names in either case, some without the prefix or as a number; what is no name of
 * letters counts as the worst. */
static bool
is_sys_admin(const struct node *item)
{
	const char *text = node_text(item);

	if (!text || strcspn(text, "0123456789") != strlen(text))
		return true;
	return strcasecmp(text, "CAP_SYS_ADMIN") == 0 || strcasecmp(text, "SYS_ADMIN") == 0;
}

/* Any of the sets: a program that the process runs may get what the bounding set has. */
static int
read_capabilities(const struct node *process, struct config *config, struct error *err)
{
	const struct node *capabilities = NULL, *set, *item;

	if (member_find(process, "capabilities", &capabilities, err))
		return -1;
	if (!capabilities || capabilities->kind == NODE_NULL)
		return 0;
	if (capabilities->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0,
			"process.capabilities: must be a map, is %s",
			node_kind_words(capabilities));
	for (set = capabilities->first; set; set = set->next)
		for (item = set->first; item; item = item->next)
			config->sys_admin |= is_sys_admin(item);
	return 0;
}

/* Keys of annotations are no names of members: runc, too, takes them as they are written. */
static int
read_annotations(const struct node *top, struct config *config, struct error *err)
{
	const struct node *annotations = NULL, *require;

	if (member_find(top, "annotations", &annotations, err))
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

/* What engines give the container's file systems in memory, or its processes may not read them. */
static int
read_mount_label(const struct node *top, struct config *config, struct error *err)
{
	const struct node *section = NULL, *label = NULL;

	if (member_find_map(top, "linux", &section, err))
		return -1;
	if (section && member_find(section, "mountLabel", &label, err))
		return -1;
	if (!label || label->kind == NODE_NULL)
		return 0;
	if (!node_text(label))
		return error_set(err, REASON_CONFIG, 0, "linux.mountLabel: must be a text, is %s",
			node_kind_words(label));
	config->mount_label = strdup(label->text);
	return config->mount_label ? 0 : error_no_memory(err);
}

static int
read_members(const struct node *top, struct config *config, struct error *err)
{
	const struct node *process = NULL;

	if (top->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(top));
	if (read_root(top, config, err) || read_annotations(top, config, err) ||
		read_mount_label(top, config, err) ||
		member_find_map(top, "process", &process, err))
		return -1;
	if (!process)
		return 0;
	if (read_texts(process, "env", &config->environment, &config->environment_count, err) ||
		read_capabilities(process, config, err))
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
	gpus_read_most(node_root(document), &config.gpus_most);
	*out = config;
	config = (struct config){ 0 };
	return 0;
}
