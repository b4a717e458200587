#include "cli/engine_docker.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/splice.h"
#include "base/text.h"
#include "base/writer.h"
#include "border/json.h"
#include "cli/engine_change.h"
#include "oci/member.h"

#include <string.h>

#define OURS         "nimgate"
#define QUOTED(text) "\"" text "\""

static const char fresh[] = "{\n"
			    "    \"runtimes\": {\n"
			    "        \"" OURS "\": {\n"
			    "            \"path\": \"" ENGINE_CHANGE_RUNTIME "\"\n"
			    "        }\n"
			    "    },\n"
			    "    \"default-runtime\": \"" OURS "\"\n"
			    "}\n";

static const char *const default_names[] = { "default-runtime" };
static const char *const path_names[] = { "runtimes", OURS, "path" };
static const struct splice_path default_path = { default_names, 1 };
static const struct splice_path program_path = { path_names, 3 };
static const struct splice_path runtime_path = { path_names, 2 };
static const struct splice_path runtimes_path = { path_names, 1 };

/* One change of *text, which it replaces. VALUE NULL: the member goes. */
static int
change(char **text, const struct splice_path *path, const char *value, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_writer struct writer out = { 0 };
	struct splice splice = { *text, strlen(*text), NULL };

	if (json_parse(splice.bytes, splice.length, REASON_CONFIG, &document, err))
		return -1;
	splice.root = node_root(document);
	if (value ? splice_set(&splice, path, value, &out, err)
		  : splice_remove(&splice, path, &out, err))
		return -1;
	if (out.failed)
		return error_no_memory(err);
	free(*text);
	*text = take_ptr(out.text);
	return 0;
}

static bool
is_text(const struct node *node, const char *text)
{
	const char *found = node_text(node);

	return found && strcmp(found, text) == 0;
}

static int
enable_in(char **text, const struct node *standard, const struct node *program, struct error *err)
{
	if (standard && !is_text(standard, OURS) && !is_text(standard, "runc"))
		return error_set(err, REASON_CONFIG, 0,
			"default-runtime is %s: have that runtime run nimgate-runtime (docs/engines.md), or remove the line",
			node_text(standard) ? TEXT_QUOTE(standard->text)
					    : node_kind_words(standard));
	if (!is_text(program, ENGINE_CHANGE_RUNTIME) &&
		change(text, &program_path, QUOTED(ENGINE_CHANGE_RUNTIME), err))
		return -1;
	return is_text(standard, OURS) ? 0 : change(text, &default_path, QUOTED(OURS), err);
}

static int
disable_in(char **text, const struct node *standard, const struct node *runtimes, struct error *err)
{
	const struct splice_path *path = &runtime_path;

	if (!node_member(runtimes, OURS))
		path = NULL;
	else if (runtimes->count == 1)
		path = &runtimes_path;
	if (path && change(text, path, NULL, err))
		return -1;
	return is_text(standard, OURS) ? change(text, &default_path, NULL, err) : 0;
}

static int
edit(char **text, bool enable, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	const struct node *standard = NULL, *runtimes = NULL, *top;

	if (json_parse(*text, strlen(*text), REASON_CONFIG, &document, err))
		return -1;
	top = node_root(document);
	if (top->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(top));
	if (member_find(top, "default-runtime", &standard, err) ||
		member_find_map(top, "runtimes", &runtimes, err))
		return -1;
	if (!enable)
		return disable_in(text, standard, runtimes, err);
	return enable_in(text, standard, node_member(node_member(runtimes, OURS), "path"), err);
}

int
engine_docker_edit(const char *before, bool enable, char **out, struct error *err)
{
	cleanup_free char *text = strdup(before ? before : fresh);

	if (!text)
		return error_no_memory(err);
	if (edit(&text, enable, err))
		return -1;
	*out = take_ptr(text);
	return 0;
}
