#include "oci/process.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/splice.h"
#include "base/writer.h"
#include "border/json.h"
#include "oci/member.h"

#include <stdbool.h>
#include <string.h>

/* True if the text is NAME=VALUE. */
static bool
sets(const char *text, const char *name)
{
	size_t length = strlen(name);

	return text && strncmp(text, name, length) == 0 && text[length] == '=';
}

/* Whether the process of a configuration, which every runtime reads alike, lacks the variable. */
static int
is_missing(const struct node *top, const struct process_variable *variable, bool *out,
	struct error *err)
{
	const struct node *process = NULL, *list = NULL, *item;

	if (top->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(top));
	*out = false;
	if (member_find_map(top, "process", &process, err) ||
		(process && member_find(process, "env", &list, err)))
		return -1;
	for (item = list ? list->first : NULL; item; item = item->next)
		if (sets(node_text(item), variable->name) || sets(node_text(item), variable->other))
			return 0;
	*out = process != NULL;
	return 0;
}

static int
add(const struct splice *text, const struct process_variable *variable, struct writer *out,
	struct error *err)
{
	static const char *const names[] = { "process", "env" };
	const struct splice_path path = { names, ARRAY_SIZE(names) };
	cleanup_writer struct writer whole = { 0 }, entry = { 0 };
	bool missing;

	if (is_missing(text->root, variable, &missing, err))
		return -1;
	if (!missing)
		return 1;
	writer_format(&whole, "%s=%s", variable->name, variable->value);
	if (whole.failed)
		return error_no_memory(err);
	writer_string(&entry, NULL, whole.text);
	if (entry.failed)
		return error_no_memory(err);
	return splice_append(text, &path, entry.text, out, err);
}

int
process_add_variable(const char *config, size_t length, const struct process_variable *variable,
	struct writer *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	struct splice text = { config, length, NULL };
	int result = -1;

	if (json_parse(config, length, REASON_CONFIG, &document, err) == 0) {
		text.root = node_root(document);
		result = add(&text, variable, out, err);
	}
	if (result < 0)
		return error_wrap(err, "config.json");
	return out->failed ? error_no_memory(err) : result;
}
