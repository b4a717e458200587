#include "nim/description.h"

#include "base/mem.h"
#include "base/node.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What comes first, in this order; and what the name leaves out. */
static const struct part {
	const char *key;
	const char *prefix;
	bool lower;
} parts[] = {
	{ "llm_engine", "", false },
	{ "trtllm_buildable", "", false },
	{ "gpu", "", true },
	{ "precision", "", false },
	{ "tp", "tp", false },
	{ "pp", "pp", false },
	{ "profile", "", false },
};

/* Said by other tags already, or no words for people. */
static const char *const left_out[] = { "gpu_device", "number_of_gpus", "nim_workspace_hash_v1",
	"nim_json_args" };

static void
append(char out[static DESCRIPTION_MAX], const char *prefix, const char *value, bool lower)
{
	size_t used = strlen(out), i;

	snprintf(out + used, DESCRIPTION_MAX - used, "%s%s%s", used ? "-" : "", prefix, value);
	for (i = used; lower && out[i]; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
}

static bool
is_false(const char *value)
{
	return strcmp(value, "false") == 0 || strcmp(value, "False") == 0;
}

/* Tags that say yes or no are named when they say yes. */
static void
append_tag(char out[static DESCRIPTION_MAX], const struct part *part, const char *key,
	const char *value)
{
	if (is_false(value))
		return;
	if (strcmp(key, "feat_lora") == 0)
		append(out, "", "lora", false);
	else if (strcmp(key, "trtllm_buildable") == 0)
		append(out, "", key, false);
	else
		append(out, part ? part->prefix : "", value, part && part->lower);
}

static bool
is_other(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (strcmp(parts[i].key, key) == 0)
			return false;
	for (i = 0; i < ARRAY_SIZE(left_out); i++)
		if (strcmp(left_out[i], key) == 0)
			return false;
	return true;
}

/* The other tag whose key follows AFTER (NULL: the first); NULL where there is none. */
static const struct node *
next_other(const struct node *tags, const char *after)
{
	const struct node *tag, *best = NULL;

	for (tag = tags->first; tag; tag = tag->next)
		if (is_other(tag->key) && (!after || strcmp(tag->key, after) > 0) &&
			(!best || strcmp(tag->key, best->key) < 0))
			best = tag;
	return best;
}

char *
description_format(const struct node *tags, char out[static DESCRIPTION_MAX])
{
	const struct node *tag;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *value = node_text(node_member(tags, parts[i].key));

		if (value)
			append_tag(out, &parts[i], parts[i].key, value);
	}
	for (tag = tags && tags->kind == NODE_MAP ? next_other(tags, NULL) : NULL; tag;
		tag = next_other(tags, tag->key))
		if (node_text(tag))
			append_tag(out, NULL, tag->key, tag->text);
	return out;
}
