#include "gate/parser.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/anchors.h"
#include "gate/request.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "gate/validity.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "oms/signers.h"

#include <errno.h>
#include <string.h>

int
parser_start(enum parser_kind kind, struct parser *out, struct error *err)
{
	const struct spawn_options options = {
		.name = kind == PARSER_MANIFEST ? "reader" : "parser",
		.table = &tables_parser,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES,
		.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
		.prepare = request_prepare,
		.serve = request_serve,
		.context = &kind,
	};

	return spawn_start(&options, &out->child, err);
}

void
parser_end(struct parser *parser)
{
	spawn_end(&parser->child);
}

void
parser_kill(struct parser *parser)
{
	spawn_kill(&parser->child);
}

/* A refusal that the child sent becomes ours. What it says may be a lie, but it is a refusal;
 * error_set() makes it printable. */
static int
take_refusal(struct wire_message *answer, struct error *err)
{
	uint32_t reason = wire_get_u32(answer);
	int os_errno = (int)wire_get_u32(answer);
	char text[LIMIT_ERROR_TEXT + 1];

	wire_copy_text(answer, text, sizeof(text));
	if (!wire_is_whole(answer) || reason == REASON_NONE || reason >= REASON_COUNT)
		return error_set(err, REASON_INTERNAL, 0, "the parser's refusal is malformed");
	return error_set(err, (enum reason)reason, os_errno, "%s", text);
}

/* A parser that failed is ended: what it might say later would be taken for the answer to another
 * question. */
static int
fail(struct parser *parser)
{
	parser_end(parser);
	return -1;
}

/* Sends the request with its document. */
static int
send_request(struct parser *parser, const struct wire_message *request, int fd, struct error *err)
{
	if (parser->child.pid == 0 || parser->child.socket < 0)
		return error_set(err, REASON_INTERNAL, 0, "the parser has ended");
	if (wire_send(parser->child.socket, request, fd, err)) {
		spawn_report_send(&parser->child, err);
		return fail(parser);
	}
	return 0;
}

/* Waits for what comes back, a refusal or not. */
static int
receive(struct parser *parser, int timeout, struct wire_message *answer, struct error *err)
{
	if (spawn_receive(&parser->child, timeout, answer, err)) {
		if (err->os_errno == ETIMEDOUT)
			error_set(err, REASON_INTERNAL, ETIMEDOUT,
				"%s: no answer within %d ms; does its document end?",
				parser->child.name, timeout);
		return fail(parser);
	}
	if (answer->type != REQUEST_DONE && answer->type != REQUEST_REFUSED) {
		error_set(err, REASON_INTERNAL, 0, "the parser's answer is malformed");
		return fail(parser);
	}
	return 0;
}

int
parser_judge(struct wire_message *answer, struct error *err)
{
	return answer->type == REQUEST_DONE ? 0 : take_refusal(answer, err);
}

static int
take_answer(struct parser *parser, int timeout, struct wire_message *answer, struct error *err)
{
	return receive(parser, timeout, answer, err) || parser_judge(answer, err) ? -1 : 0;
}

int
parser_ask(struct parser *parser, const struct wire_message *question, int fd,
	struct wire_message *answer, struct error *err)
{
	void (*const meanwhile)(void *context) = parser->meanwhile;

	if (send_request(parser, question, fd, err))
		return -1;
	parser->meanwhile = NULL;
	if (meanwhile)
		meanwhile(parser->context);
	return receive(parser, question->type == REQUEST_STATE ? LIMIT_STATE_MS : LIMIT_PARSER_MS,
		answer, err);
}

static int
ask(struct parser *parser, const struct wire_message *request, int fd, struct wire_message *answer,
	struct error *err)
{
	return parser_ask(parser, request, fd, answer, err) || parser_judge(answer, err) ? -1 : 0;
}

int
parser_state(struct parser *parser, int fd, struct state *out, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_STATE }, answer = { 0 };
	struct state state = { 0 };

	if (ask(parser, &request, fd, &answer, err))
		return -1;
	state.pid = (int32_t)wire_get_u32(&answer);
	wire_copy_text(&answer, state.id, sizeof(state.id));
	wire_copy_text(&answer, state.oci_bundle, sizeof(state.oci_bundle));
	wire_copy_text(&answer, state.root, sizeof(state.root));
	if (!wire_is_whole(&answer) || state.pid <= 1 || state.oci_bundle[0] != '/')
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the state is malformed");
	*out = state;
	return 0;
}

int
parser_config(struct parser *parser, int fd, struct start *out, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_CONFIG }, answer = { 0 };

	if (ask(parser, &request, fd, &answer, err))
		return -1;
	return start_get(&answer, out, err);
}

int
parser_bytes(struct parser *parser, int fd, struct file_bytes *out, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_BYTES }, answer = { 0 };
	char *bytes;

	if (ask(parser, &request, fd, &answer, err))
		return -1;
	if (answer.length > LIMIT_MANIFEST_BYTES)
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the manifest is malformed");
	bytes = realloc(answer.bytes, answer.length + 1);
	if (!bytes)
		return error_no_memory(err);
	bytes[answer.length] = '\0';
	*out = (struct file_bytes){ .bytes = bytes, .length = answer.length };
	answer.bytes = NULL;
	return 0;
}

/* One row of the list; whatever the child says becomes printable. */
static int
get_profile(struct wire_message *answer, struct parser_profile *out, struct error *err)
{
	cleanup_free char *id = wire_get_text(answer, LIMIT_PROFILE_ID_BYTES);
	cleanup_free char *description = wire_get_text(answer, LIMIT_NAME_BYTES);

	if (!id || !description)
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the manifest is malformed");
	snprintf(out->id, sizeof(out->id), "%s", id);
	text_escape(out->description, sizeof(out->description), description, strlen(description));
	return 0;
}

int
parser_profiles(struct parser *parser, int fd, struct parser_profile **out, size_t *count,
	struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_PROFILES }, answer = { 0 };
	cleanup_free struct parser_profile *profiles = NULL;
	size_t number, i;

	if (ask(parser, &request, fd, &answer, err))
		return -1;
	number = wire_get_count(&answer, LIMIT_PROFILES);
	profiles = calloc(number + 1, sizeof(*profiles));
	if (!profiles)
		return error_no_memory(err);
	for (i = 0; i < number; i++)
		if (get_profile(&answer, &profiles[i], err))
			return -1;
	if (!wire_is_whole(&answer))
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the manifest is malformed");
	*out = take_ptr(profiles);
	*count = number;
	return 0;
}

int
parser_bundle_ask(struct parser *parser, int fd, const struct anchors *anchors, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_BUNDLE };
	size_t i;

	wire_put_u32(&request, anchors->method);
	wire_put_u64(&request, (uint64_t)anchors->at);
	wire_put_u32(&request, anchors->allow_legacy);
	wire_put_u64(&request, anchors->count);
	for (i = 0; i < anchors->count; i++) {
		const struct file_bytes *pem = &anchors->files[i].pem;

		wire_put_text(&request, anchors->files[i].path);
		wire_put_u64(&request, pem->length);
		wire_put_bytes(&request, pem->bytes, pem->length);
	}
	return send_request(parser, &request, fd, err);
}

int
parser_bundle_answer(struct parser *parser, const struct anchors *anchors, struct signed_model *out,
	struct error *err)
{
	cleanup_message struct wire_message answer = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };

	if (take_answer(parser, LIMIT_PARSER_MS, &answer, err) ||
		signed_model_get(&answer, &model, err))
		return -1;
	if (anchors->signers && signers_check(anchors->signers, &model.signer, err)) {
		*out = (struct signed_model){ .signer = model.signer };
		return -1;
	}
	*out = model;
	model = (struct signed_model){ 0 };
	return 0;
}

int
parser_form(struct parser *parser, int fd, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_FORM }, answer = { 0 };

	/* The parser reads from where the descriptor stands. */
	if (lseek(fd, 0, SEEK_SET))
		return error_set_os(err, REASON_IO, errno, "a document cannot be read again");
	return ask(parser, &request, fd, &answer, err);
}

int
parser_bundle(struct parser *parser, int fd, const struct anchors *anchors,
	struct signed_model *out, struct error *err)
{
	return parser_bundle_ask(parser, fd, anchors, err) ||
			       parser_bundle_answer(parser, anchors, out, err)
		       ? -1
		       : 0;
}

int
parser_validity(struct parser *parser, enum parser_file kind, int fd, struct validity *out,
	struct error *err)
{
	cleanup_message struct wire_message request = { 0 }, answer = { 0 };

	request.type = kind == PARSER_PEM ? REQUEST_PEM_VALIDITY : REQUEST_BUNDLE_VALIDITY;
	if (ask(parser, &request, fd, &answer, err))
		return -1;
	validity_get(&answer, out);
	return wire_is_whole(&answer)
		       ? 0
		       : error_set(err, REASON_INTERNAL, 0,
				 "the parser's answer about certificates is malformed");
}
