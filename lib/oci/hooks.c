#include "oci/hooks.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/splice.h"
#include "base/writer.h"
#include "border/json.h"
#include "oci/member.h"

#include <string.h>

#define STAGE "createRuntime"

void
hooks_write(const struct hooks_entry *entry, struct writer *out)
{
	size_t i;

	writer_open(out, NULL, '{');
	writer_string(out, "path", entry->path);
	writer_open(out, "args", '[');
	for (i = 0; entry->arguments[i]; i++)
		writer_string(out, NULL, entry->arguments[i]);
	writer_close(out, ']');
	/* Never the runtime's own environment, or, with some runtimes, the container's. */
	writer_open(out, "env", '[');
	writer_string(out, NULL, "PATH=/usr/sbin:/usr/bin");
	writer_close(out, ']');
	writer_number(out, "timeout", HOOKS_TIMEOUT_S);
	writer_close(out, '}');
}

static bool
equal_scalars(const struct node *a, const struct node *b)
{
	return a->kind == b->kind && a->count == b->count && a->length == b->length &&
	       a->boolean == b->boolean && (!a->text || memcmp(a->text, b->text, a->length) == 0);
}

/* Members in any order; the tree's depth is bounded. */
static bool
equal(const struct node *a, const struct node *b)
{
	const struct node *x, *y = b->first;

	if (!equal_scalars(a, b))
		return false;
	for (x = a->first; x; x = x->next) {
		const struct node *other = a->kind == NODE_MAP ? node_member(b, x->key) : y;

		if (!other || !equal(x, other))
			return false;
		y = y ? y->next : NULL;
	}
	return true;
}

/* The last hook of our stage, or NULL, of a configuration that every runtime reads alike. */
static int
find_last(const struct node *top, const struct node **out, struct error *err)
{
	const struct node *hooks = NULL, *stage = NULL, *hook;

	if (top->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(top));
	*out = NULL;
	if (member_find(top, "hooks", &hooks, err))
		return -1;
	if (!hooks || hooks->kind == NODE_NULL)
		return 0;
	if (hooks->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "hooks: must be a map, is %s",
			node_kind_words(hooks));
	if (member_find(hooks, STAGE, &stage, err))
		return -1;
	if (!stage || stage->kind == NODE_NULL)
		return 0;
	if (stage->kind != NODE_LIST)
		return error_set(err, REASON_CONFIG, 0, "hooks." STAGE ": must be a list, is %s",
			node_kind_words(stage));
	for (hook = stage->first; hook; hook = hook->next)
		*out = hook;
	return 0;
}

static int
add(const struct splice *text, const char *entry, struct writer *out, struct error *err)
{
	static const char *const names[] = { "hooks", STAGE };
	const struct splice_path path = { names, ARRAY_SIZE(names) };
	cleanup_document struct node_document *ours = NULL;
	const struct node *last;

	if (json_parse(entry, strlen(entry), REASON_INTERNAL, &ours, err) ||
		find_last(text->root, &last, err))
		return -1;
	if (last && equal(last, node_root(ours)))
		return 1;
	return splice_append(text, &path, entry, out, err);
}

int
hooks_add(const char *config, size_t length, const struct hooks_entry *entry, struct writer *out,
	struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_writer struct writer ours = { 0 };
	struct splice text = { config, length, NULL };
	int result = -1;

	hooks_write(entry, &ours);
	if (ours.failed)
		return error_no_memory(err);
	if (json_parse(config, length, REASON_CONFIG, &document, err) == 0) {
		text.root = node_root(document);
		result = add(&text, ours.text, out, err);
	}
	if (result < 0)
		return error_wrap(err, "config.json");
	return out->failed ? error_no_memory(err) : result;
}
