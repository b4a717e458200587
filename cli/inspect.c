#include "cli/inspect.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "guard/spawn.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "supply/refusal.h"

#include <string.h>

enum {
	REQUEST = 1,
	ANSWER = 100,
	REFUSED = 101, /* refusal_put() */

	DOCUMENT_BYTES = LIMIT_CONFIG_BYTES, /* runc's state repeats the configuration */
};

/* In the child: one kind of question about a document. */
struct question {
	enum reason reason; /* of a document that is none */
	const char *what;
	const char *member;
	int (*answer)(const struct question *question, const struct node *top,
		struct wire_message *answer, struct error *err);
};

/* In the child: the document that came, and what is asked about it. */
static int
look(const struct question *question, int fd, struct wire_message *answer, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_bytes struct file_bytes bytes = { 0 };

	if (fd < 0)
		return error_set(err, REASON_INTERNAL, 0, "no document came");
	if (file_read(fd, DOCUMENT_BYTES, question->what, &bytes, err))
		return -1;
	if (json_parse(bytes.bytes, bytes.length, question->reason, &document, err))
		return error_wrap(err, "%s", question->what);
	return question->answer(question, node_root(document), answer, err);
}

/* In the child, behind its filter. */
static int
serve(void *context, int socket)
{
	cleanup_message struct wire_message request = { 0 }, answer = { .type = ANSWER };
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	if (wire_receive(socket, -1, &request, &fd, &err) != 1)
		return 1;
	if (look(context, fd, &answer, &err)) {
		wire_release(&answer);
		answer = (struct wire_message){ .type = REFUSED };
		refusal_put(&answer, &err);
	}
	return wire_send(socket, &answer, -1, &err) ? 1 : 0;
}

/* Sends FD to a child that answers the question, and waits. */
static int
ask(struct question *question, int fd, struct wire_message *answer, struct error *err)
{
	const struct spawn_options options = {
		.name = "parser",
		.table = &tables_parser,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES,
		.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
		.serve = serve,
		.context = question,
	};
	const struct wire_message request = { .type = REQUEST };
	cleanup_child struct spawn_child child = { .socket = -1 };

	if (spawn_start(&options, &child, err) || wire_send(child.socket, &request, fd, err) ||
		spawn_receive(&child, LIMIT_PARSER_MS, answer, err))
		return -1;
	if (answer->type == REFUSED)
		return refusal_take(answer, "parser", err);
	if (answer->type != ANSWER)
		return error_set(err, REASON_INTERNAL, 0, "the parser's answer is malformed");
	return 0;
}

static int
malformed(const struct question *question, struct error *err)
{
	return error_set(err, REASON_INTERNAL, 0, "the parser's answer about %s is malformed",
		question->what);
}

/* In the child. */
static int
answer_number(const struct question *question, const struct node *top, struct wire_message *answer,
	struct error *err)
{
	const struct node *member = node_member(top, question->member);
	uint64_t number;

	if (!member || member->kind != NODE_NUMBER || text_parse_whole(member->text, &number))
		return error_set(err, REASON_IO, 0, "no number '%s'", question->member);
	wire_put_u64(answer, number);
	return 0;
}

int
inspect_number(int fd, const char *member, uint64_t *out, struct error *err)
{
	struct question question = { REASON_IO, "the state", member, answer_number };
	cleanup_message struct wire_message answer = { 0 };
	uint64_t number;

	if (ask(&question, fd, &answer, err))
		return -1;
	number = wire_get_u64(&answer);
	if (!wire_is_whole(&answer))
		return malformed(&question, err);
	*out = number;
	return 0;
}

/* In the child: puts the mount, if a runtime would bind or make memory there. Returns how many were
 * put. */
static size_t
put_mount(const struct node *mount, struct wire_message *answer)
{
	const char *type = node_text(node_member(mount, "type"));
	const char *destination = node_text(node_member(mount, "destination"));
	const bool memory = type && strcmp(type, "tmpfs") == 0;

	if (!destination || (!memory && (!type || strcmp(type, "bind") != 0)))
		return 0;
	wire_put_u32(answer, memory);
	wire_put_text(answer, destination);
	wire_put_text(answer, node_text(node_member(mount, "source")));
	return 1;
}

/* In the child. */
static int
answer_config(const struct question *question, const struct node *top, struct wire_message *answer,
	struct error *err)
{
	const char *root = node_text(node_member(node_member(top, "root"), "path"));
	const struct node *mounts = node_member(top, "mounts"), *item;
	size_t count = 0;

	(void)question;
	if (!root)
		return error_set(err, REASON_CONFIG, 0, "config.json names no root");
	wire_put_text(answer, root);
	for (item = mounts && mounts->kind == NODE_LIST ? mounts->first : NULL; item;
		item = item->next)
		count += put_mount(item, answer);
	return count > INSPECT_MOUNTS_MAX
		       ? error_set(err, REASON_CONFIG, 0, "config.json has more than %d mounts",
				 INSPECT_MOUNTS_MAX)
		       : 0;
}

void
inspect_release(struct inspect_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++) {
		free(mounts->items[i].destination);
		free(mounts->items[i].source);
	}
	free(mounts->items);
	free(mounts->root);
	*mounts = (struct inspect_mounts){ 0 };
}

/* One mount; the parser names a place for each that a path can name. */
static int
get_mount(struct wire_message *answer, struct inspect_mounts *mounts)
{
	struct inspect_mount *mount = &mounts->items[mounts->count++];

	*mount = (struct inspect_mount){ .memory = wire_get_u32(answer) == 1 };
	mount->destination = wire_get_text(answer, LIMIT_NAME_BYTES - 1);
	mount->source = wire_get_text(answer, LIMIT_NAME_BYTES - 1);
	return mount->destination && !answer->failed ? 0 : -1;
}

int
inspect_config(int fd, struct inspect_mounts *out, struct error *err)
{
	struct question question = { REASON_CONFIG, "config.json", NULL, answer_config };
	cleanup_message struct wire_message answer = { 0 };
	cleanup_mounts struct inspect_mounts mounts = { 0 };

	if (ask(&question, fd, &answer, err))
		return -1;
	mounts.root = wire_get_text(&answer, LIMIT_NAME_BYTES - 1);
	mounts.items = calloc(INSPECT_MOUNTS_MAX, sizeof(*mounts.items));
	if (!mounts.items)
		return error_no_memory(err);
	while (mounts.root && !wire_is_whole(&answer))
		if (mounts.count == INSPECT_MOUNTS_MAX || get_mount(&answer, &mounts))
			return malformed(&question, err);
	if (!mounts.root)
		return malformed(&question, err);
	*out = mounts;
	mounts = (struct inspect_mounts){ 0 };
	return 0;
}
