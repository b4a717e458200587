#include "hook/runtime_edit.h"

#include "base/addition.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/writer.h"
#include "guard/spawn.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "oci/hooks.h"
#include "oci/process.h"

#include <string.h>

enum {
	MESSAGE_EDIT = 1,
	MESSAGE_TEXT = 2,    /* the whole text */
	MESSAGE_SAME = 3,    /* nothing to change */
	MESSAGE_REFUSED = 4, /* reason, errno, text */
};

/* What the child works on: its own copy of ours. */
struct edit {
	const struct file_bytes *config;
	const struct hooks_entry *entry;
	const struct process_variable *variable; /* NULL: none */
};

static void
refuse(int socket, const struct error *err)
{
	cleanup_message struct wire_message message = { .type = MESSAGE_REFUSED };
	struct error ignored;

	wire_put_u32(&message, err->reason);
	wire_put_u32(&message, (uint32_t)err->os_errno);
	wire_put_text(&message, err->text);
	wire_send(socket, &message, -1, &ignored);
}

/* RESULT is of hooks_add() or process_add_variable(). Returns 0 to go on. */
static int
answer(int socket, int result, const struct writer *text, const struct error *err)
{
	cleanup_message struct wire_message message = { .type = MESSAGE_SAME };
	struct error ignored;

	if (result < 0) {
		refuse(socket, err);
		return -1;
	}
	if (result == 0) {
		message.type = MESSAGE_TEXT;
		wire_put_bytes(&message, text->text, text->length);
	}
	return wire_send(socket, &message, -1, &ignored);
}

static int
serve(void *context, int socket)
{
	const struct edit *edit = context;
	cleanup_message struct wire_message request = { 0 };
	cleanup_writer struct writer hooked = { 0 }, whole = { 0 };
	struct error err = { 0 };
	int result;

	if (wire_receive(socket, -1, &request, NULL, &err) != 1)
		return 1;
	result = hooks_add(edit->config->bytes, edit->config->length, edit->entry, &hooked, &err);
	if (answer(socket, result, &hooked, &err))
		return 1;
	if (!edit->variable)
		return 0;
	result = process_add_variable(result ? edit->config->bytes : hooked.text,
		result ? edit->config->length : hooked.length, edit->variable, &whole, &err);
	return answer(socket, result, &whole, &err) ? 1 : 0;
}

static int
malformed(struct error *err)
{
	return error_set(
		err, REASON_INTERNAL, 0, "the parser's answer about config.json is malformed");
}

/* What it says may be a lie, but it is a refusal; error_set() makes it printable. */
static int
take_refusal(struct wire_message *answer, struct error *err)
{
	const uint32_t reason = wire_get_u32(answer);
	const int os_errno = (int)wire_get_u32(answer);
	char text[LIMIT_ERROR_TEXT + 1];

	wire_copy_text(answer, text, sizeof(text));
	if (!wire_is_whole(answer) || reason == REASON_NONE || reason >= REASON_COUNT)
		return malformed(err);
	return error_set(err, (enum reason)reason, os_errno, "%s", text);
}

/* One change of TEXT, which becomes the new one. Returns 0, 1 where nothing changed, or -1. */
static int
receive(struct spawn_child *child, struct writer *text, const char *const *forms, size_t count,
	struct error *err)
{
	cleanup_message struct wire_message answer = { 0 };
	struct addition addition = { .before = text->text, .length = text->length };
	struct writer changed = { 0 };

	if (spawn_receive(child, LIMIT_PARSER_MS, &answer, err))
		return -1;
	if (answer.type == MESSAGE_REFUSED)
		return take_refusal(&answer, err);
	if (answer.type == MESSAGE_SAME && answer.length == 0)
		return 1;
	addition.after = (const char *)answer.bytes;
	addition.after_length = answer.length;
	if (answer.type != MESSAGE_TEXT || answer.length == 0 ||
		!addition_is_one_of(&addition, forms, count))
		return malformed(err);
	writer_bytes(&changed, (const char *)answer.bytes, answer.length);
	if (changed.failed)
		return error_no_memory(err);
	writer_release(text);
	*text = changed;
	return 0;
}

/* The forms that VALUE can have behind the last of the list INNER in the map OUTER. */
static int
receive_member(struct spawn_child *child, struct writer *text, const char *outer, const char *inner,
	const char *value, struct error *err)
{
	cleanup_writer struct writer whole = { 0 };
	size_t start = strlen(outer) + 3, end;
	const char *forms[5];

	/* All of them are parts of one: "outer":{"inner":[value]}. */
	writer_format(&whole, "\"%s\":{\"%s\":[%s]}", outer, inner, value);
	if (whole.failed)
		return error_no_memory(err);
	end = whole.length;
	cleanup_free char *map = strdup(whole.text + start),
			  *member = strdup(whole.text + start + 1);
	cleanup_free char *list = strdup(whole.text + start + 1 + strlen(inner) + 3);

	if (!map || !member || !list)
		return error_no_memory(err);
	member[end - start - 2] = '\0';
	list[strlen(list) - 1] = '\0';
	forms[0] = value;
	forms[1] = whole.text;
	forms[2] = map;
	forms[3] = member;
	forms[4] = list;
	return receive(child, text, forms, ARRAY_SIZE(forms), err);
}

/* The hook, then the variable. */
static int
receive_all(
	struct spawn_child *child, const struct edit *edit, struct writer *text, struct error *err)
{
	cleanup_writer struct writer entry = { 0 }, whole = { 0 }, variable = { 0 };
	int added, set = 1;

	hooks_write(edit->entry, &entry);
	if (entry.failed)
		return error_no_memory(err);
	added = receive_member(child, text, "hooks", "createRuntime", entry.text, err);
	if (added >= 0 && edit->variable) {
		writer_format(&whole, "%s=%s", edit->variable->name, edit->variable->value);
		writer_string(&variable, NULL, whole.failed ? "" : whole.text);
		if (whole.failed || variable.failed)
			return error_no_memory(err);
		set = receive_member(child, text, "process", "env", variable.text, err);
	}
	if (added < 0 || set < 0)
		return -1;
	return added && set ? 1 : 0;
}

int
runtime_edit(const struct file_bytes *config, const struct hooks_entry *entry,
	const struct process_variable *variable, struct writer *out, struct error *err)
{
	struct edit edit = { config, entry, variable };
	const struct spawn_options options = {
		.name = "parser",
		.table = &tables_parser,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES,
		.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
		.serve = serve,
		.context = &edit,
	};
	cleanup_message struct wire_message request = { .type = MESSAGE_EDIT };
	cleanup_child struct spawn_child child = { .socket = -1 };
	cleanup_writer struct writer text = { 0 };
	int result;

	writer_bytes(&text, config->bytes, config->length);
	if (text.failed)
		return error_no_memory(err);
	if (spawn_start(&options, &child, err) || wire_send(child.socket, &request, -1, err))
		return -1;
	result = receive_all(&child, &edit, &text, err);
	if (result == 0) {
		*out = text;
		text = (struct writer){ 0 };
	}
	return result;
}
