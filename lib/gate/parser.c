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
#include "nim/hardware.h"
#include "oms/signers.h"

#include <errno.h>
#include <string.h>

int
parser_start(enum parser_kind kind, struct parser *out, struct error *err)
{
	const struct spawn_options options = {
		.name = "parser",
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

/* Waits for what comes back. */
static int
take_answer(struct parser *parser, int timeout, struct wire_message *answer, struct error *err)
{
	if (spawn_receive(&parser->child, timeout, answer, err)) {
		if (err->os_errno == ETIMEDOUT)
			error_set(err, REASON_INTERNAL, ETIMEDOUT,
				"parser: no answer within %d ms; does its document end?", timeout);
		return fail(parser);
	}
	if (answer->type != REQUEST_DONE && answer->type != REQUEST_REFUSED) {
		error_set(err, REASON_INTERNAL, 0, "the parser's answer is malformed");
		return fail(parser);
	}
	return answer->type == REQUEST_REFUSED ? take_refusal(answer, err) : 0;
}

static int
ask(struct parser *parser, const struct wire_message *request, int fd, struct wire_message *answer,
	struct error *err)
{
	void (*const meanwhile)(void *context) = parser->meanwhile;

	if (send_request(parser, request, fd, err))
		return -1;
	parser->meanwhile = NULL;
	if (meanwhile)
		meanwhile(parser->context);
	return take_answer(parser,
		request->type == REQUEST_STATE ? LIMIT_STATE_MS : LIMIT_PARSER_MS, answer, err);
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

/* As ask(), of a manifest that an earlier question may have read. */
static int
ask_again(struct parser *parser, const struct wire_message *request, int fd,
	struct wire_message *answer, struct error *err)
{
	/* The parser reads from where the descriptor stands. */
	if (lseek(fd, 0, SEEK_SET))
		return error_set_os(err, REASON_IO, errno, "a document cannot be read again");
	return ask(parser, request, fd, answer, err);
}

/* Asks for a part of the manifest by TEXT; PIN is the id that the plan must have. */
static int
ask_plan(struct parser *parser, enum request_type type, const char *text, const char *pin, int fd,
	struct plan *out, struct error *err)
{
	cleanup_message struct wire_message request = { .type = type }, answer = { 0 };

	wire_put_text(&request, text);
	if (ask_again(parser, &request, fd, &answer, err))
		return -1;
	return plan_get(&answer, pin, out, err);
}

int
parser_manifest(struct parser *parser, int fd, const char *pin, struct plan *out, struct error *err)
{
	return ask_plan(parser, REQUEST_MANIFEST, pin, pin, fd, out, err);
}

int
parser_described(
	struct parser *parser, int fd, const char *description, struct plan *out, struct error *err)
{
	if (strlen(description) >= DESCRIPTION_MAX)
		return error_set(err, REASON_PROFILE, 0, "%s is too long for a description",
			TEXT_QUOTE(description));
	return ask_plan(parser, REQUEST_DESCRIBED, description, "", fd, out, err);
}

int
parser_fitting(struct parser *parser, int fd, const struct hardware *hardware,
	struct parser_fit *out, struct error *err)
{
	cleanup_message struct wire_message request = { .type = REQUEST_FITTING }, answer = { 0 };
	struct parser_fit fit = { .count = 0 };
	cleanup_free char *first = NULL;

	hardware_put(&request, hardware);
	if (ask_again(parser, &request, fd, &answer, err))
		return -1;
	fit.count = wire_get_count(&answer, LIMIT_PROFILES);
	fit.left_out = wire_get_count(&answer, LIMIT_PROFILES);
	first = wire_get_text(&answer, DESCRIPTION_MAX - 1);
	/* One is left out, and one is not. */
	if (!first || fit.left_out == 0 || fit.left_out >= fit.count)
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the manifest is malformed");
	text_escape(fit.first, sizeof(fit.first), first, strlen(first));
	if (plan_get(&answer, "", &fit.plan, err))
		return -1;
	*out = fit;
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

	return ask_again(parser, &request, fd, &answer, err);
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
