#include "oci/state.h"

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"

#include <stdlib.h>
#include <string.h>

enum { PID_DIGITS_MAX = 10 }; /* of INT32_MAX */

/* A text member and the room for it. */
struct field {
	const char *key;
	enum reason reason; /* of a refusal */
	bool absolute;      /* must be an absolute path */
	char *out;
	size_t size;
};

/* The pid that is written in plain digits, or 0: no sign, fraction or exponent, and nothing above
 * what a kernel hands out. */
static int32_t
pid_of(const struct node *node)
{
	long long pid;

	if (!node || node->kind != NODE_NUMBER || node->length > PID_DIGITS_MAX ||
		strspn(node->text, "0123456789") != node->length)
		return 0;
	pid = strtoll(node->text, NULL, 10);
	return pid <= INT32_MAX ? (int32_t)pid : 0;
}

static int
read_pid(const struct node *state, int32_t *out, struct error *err)
{
	const struct node *node = node_member(state, "pid");
	bool number = node && node->kind == NODE_NUMBER;
	int32_t pid = pid_of(node);

	if (pid <= 1)
		return error_set(err, REASON_UNSEEN, 0,
			"pid: must be a whole number above 1, is %s (a hook of another stage?)",
			number ? TEXT_QUOTE(node->text) : node_kind_words(node));
	*out = pid;
	return 0;
}

static int
read_text(const struct node *state, const struct field *field, struct error *err)
{
	const struct node *node = node_member(state, field->key);
	const char *text = node_text(node);

	if (!text)
		return error_set(err, field->reason, 0, "%s: must be a text, is %s", field->key,
			node_kind_words(node));
	if (node->length >= field->size)
		return error_set(err, field->reason, 0, "%s: %zu bytes, at most %zu are allowed",
			field->key, node->length, field->size - 1);
	if (node->length == 0)
		return error_set(err, field->reason, 0, "%s: empty", field->key);
	if (field->absolute && text[0] != '/')
		return error_set(err, field->reason, 0, "%s: must be an absolute path, is %s",
			field->key, TEXT_QUOTE(text));
	memcpy(field->out, text, node->length + 1);
	return 0;
}

static int
read_members(const struct node *root, struct state *state, struct error *err)
{
	const struct field fields[] = {
		{ "bundle", REASON_UNSEEN, true, state->oci_bundle, sizeof(state->oci_bundle) },
		{ "id", REASON_CONFIG, false, state->id, sizeof(state->id) },
		{ "root", REASON_CONFIG, false, state->root, sizeof(state->root) },
	};

	if (root->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "must be a JSON object, is %s",
			node_kind_words(root));
	if (read_pid(root, &state->pid, err) || read_text(root, &fields[0], err) ||
		read_text(root, &fields[1], err))
		return -1;
	/* runc does not name the root. */
	return node_member(root, "root") ? read_text(root, &fields[2], err) : 0;
}

int
state_parse(const char *bytes, size_t length, struct state *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	struct state state = { 0 };

	if (json_parse(bytes, length, REASON_CONFIG, &document, err) ||
		read_members(node_root(document), &state, err))
		return error_wrap(err, "OCI state");
	*out = state;
	return 0;
}
