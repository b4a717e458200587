#include "gate/request.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/digest.h"
#include "gate/fit.h"
#include "gate/parser.h"
#include "gate/plan.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "gate/validity.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "nim/hardware.h"
#include "nim/manifest.h"
#include "oci/config.h"
#include "oci/state.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/trust.h"

#include <errno.h>

static int
answer_state(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	struct state state;

	(void)request;
	if (state_parse(document->bytes, document->length, &state, err))
		return -1;
	wire_put_u32(answer, (uint32_t)state.pid);
	wire_put_text(answer, state.id);
	wire_put_text(answer, state.oci_bundle);
	wire_put_text(answer, state.root);
	return 0;
}

static int
answer_config(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	cleanup_config struct config config = { 0 };
	cleanup_start struct start start = { 0 };

	(void)request;
	if (config_parse(document->bytes, document->length, &config, err) ||
		start_read(&config, &start, err))
		return -1;
	start_put(answer, &start);
	return 0;
}

/* The profile of that id, or the union of all with "". */
static int
find(const struct manifest *manifest, const char *pin, struct profile *out, bool *foreign,
	struct error *err)
{
	return pin[0] ? manifest_find(manifest, pin, out, err)
		      : manifest_all(manifest, out, foreign, err);
}

/* The part of the manifest that CHOOSE finds for the request's text. */
static int
answer_plan(struct wire_message *request, const struct file_bytes *document,
	int (*choose)(const struct manifest *manifest, const char *text, struct profile *out,
		bool *foreign, struct error *err),
	struct wire_message *answer, struct error *err)
{
	cleanup_profile struct profile profile = { 0 };
	char text[DESCRIPTION_MAX];
	struct manifest *manifest;
	bool foreign = false;
	int result;

	wire_copy_text(request, text, sizeof(text));
	if (!wire_is_whole(request))
		return error_set(err, REASON_INTERNAL, 0, "malformed request");
	manifest = manifest_parse(document->bytes, document->length, err);
	if (!manifest)
		return -1;
	result = choose(manifest, text, &profile, &foreign, err);
	manifest_free(manifest);
	if (result)
		return -1;
	plan_put(answer, &profile, foreign);
	return 0;
}

static int
answer_manifest(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	return answer_plan(request, document, find, answer, err);
}

static int
answer_described(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	return answer_plan(request, document, manifest_described, answer, err);
}

static int
answer_fitting(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	struct manifest_fit fit = { .count = 0 };
	struct hardware hardware;
	struct manifest *manifest;
	char name[DESCRIPTION_MAX];
	int result;

	hardware_get(request, &hardware);
	if (!wire_is_whole(request))
		return error_set(err, REASON_INTERNAL, 0, "malformed request");
	manifest = manifest_parse(document->bytes, document->length, err);
	if (!manifest)
		return -1;
	result = manifest_fitting(manifest, &hardware, &fit, err);
	if (result == 0)
		fit_put(answer, &fit,
			description_format(manifest_profile_tags(manifest, fit.first), name));
	profile_release(&fit.profile);
	manifest_free(manifest);
	return result;
}

static int
answer_profiles(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	struct manifest *manifest = manifest_parse(document->bytes, document->length, err);
	char name[DESCRIPTION_MAX];

	(void)request;
	if (!manifest)
		return -1;
	wire_put_u64(answer, manifest_count(manifest));
	for (size_t i = 0; i < manifest_count(manifest); i++) {
		wire_put_text(answer, manifest_profile_id(manifest, i));
		wire_put_text(answer, description_format(manifest_profile_tags(manifest, i), name));
	}
	manifest_free(manifest);
	return 0;
}

/* Takes the trust files out of the request. */
static int
read_trust(struct wire_message *request, struct trust *out, struct error *err)
{
	size_t count, i;

	out->method = (enum trust_method)wire_get_u32(request);
	out->at = (int64_t)wire_get_u64(request);
	out->allow_legacy = wire_get_u32(request) != 0;
	count = wire_get_count(request, LIMIT_POLICY_PATHS);
	for (i = 0; i < count; i++) {
		cleanup_free char *path = wire_get_text(request, LIMIT_NAME_BYTES);
		size_t length = wire_get_count(request, LIMIT_PEM_BYTES);
		cleanup_free char *pem = malloc(length + 1);

		if (!path || !pem)
			return error_no_memory(err);
		wire_get_bytes(request, pem, length);
		pem[length] = '\0';
		if (trust_add_pem(out, pem, length, TEXT_QUOTE(path), err))
			return -1;
	}
	return wire_is_whole(request) ? 0 : error_set(err, REASON_INTERNAL, 0, "malformed request");
}

static int
answer_bundle(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	cleanup_trust struct trust trust = { 0 };
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct payload payload;

	if (read_trust(request, &trust, err) ||
		bundle_parse(document->bytes, document->length, &bundle, err) ||
		envelope_open(&bundle, &trust, &payload, err) ||
		statement_parse(&payload, trust.allow_legacy, &statement, err))
		return -1;
	signed_model_put(answer, &payload, &statement);
	return 0;
}

static int
answer_form(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	cleanup_bundle struct bundle bundle = { 0 };

	(void)request;
	(void)answer;
	return bundle_parse(document->bytes, document->length, &bundle, err);
}

static int
answer_pem_validity(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	static struct validity validity;

	(void)request;
	if (validity_of_pem(document, &validity, err))
		return -1;
	validity_put(answer, &validity);
	return 0;
}

static int
answer_bundle_validity(struct wire_message *request, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	static struct validity validity;

	(void)request;
	if (validity_of_bundle(document, &validity, err))
		return -1;
	validity_put(answer, &validity);
	return 0;
}

struct request_row {
	enum request_type type;
	enum parser_kind kind;
	const char *document; /* for messages */
	size_t limit;         /* of the document, in bytes */
	enum reason reason;   /* when the document cannot be read */
	int (*answer)(struct wire_message *request, const struct file_bytes *document,
		struct wire_message *answer, struct error *err); /* NULL: the document as it is */
};

static const struct request_row rows[] = {
	{ REQUEST_STATE, PARSER_CONTAINER, "the container's state on standard input",
		LIMIT_STATE_BYTES, REASON_UNSEEN, answer_state },
	{ REQUEST_CONFIG, PARSER_CONTAINER, "config.json", LIMIT_CONFIG_BYTES, REASON_CONFIG,
		answer_config },
	{ REQUEST_BYTES, PARSER_CONTAINER, "model manifest", LIMIT_MANIFEST_BYTES, REASON_MANIFEST,
		NULL },
	{ REQUEST_MANIFEST, PARSER_MANIFEST, "model manifest", LIMIT_MANIFEST_BYTES,
		REASON_MANIFEST, answer_manifest },
	{ REQUEST_DESCRIBED, PARSER_MANIFEST, "model manifest", LIMIT_MANIFEST_BYTES,
		REASON_MANIFEST, answer_described },
	{ REQUEST_FITTING, PARSER_MANIFEST, "model manifest", LIMIT_MANIFEST_BYTES, REASON_MANIFEST,
		answer_fitting },
	{ REQUEST_PROFILES, PARSER_MANIFEST, "model manifest", LIMIT_MANIFEST_BYTES,
		REASON_MANIFEST, answer_profiles },
	{ REQUEST_BUNDLE, PARSER_SIGNATURE, "signature", LIMIT_BUNDLE_BYTES, REASON_BUNDLE,
		answer_bundle },
	{ REQUEST_FORM, PARSER_SIGNATURE, "signature", LIMIT_BUNDLE_BYTES, REASON_BUNDLE,
		answer_form },
	{ REQUEST_PEM_VALIDITY, PARSER_SIGNATURE, "certificates", LIMIT_PEM_BYTES, REASON_CONFIG,
		answer_pem_validity },
	{ REQUEST_BUNDLE_VALIDITY, PARSER_SIGNATURE, "signature", LIMIT_BUNDLE_BYTES, REASON_BUNDLE,
		answer_bundle_validity },
};

/* What it says is left to a parser that has read nothing else. */
static int
hand_on(struct file_bytes *document, struct wire_message *answer)
{
	answer->bytes = (uint8_t *)document->bytes;
	answer->length = answer->capacity = document->length;
	*document = (struct file_bytes){ 0 };
	return 0;
}

static int
answer_request(enum parser_kind kind, struct wire_message *request, int fd,
	struct wire_message *answer, struct error *err)
{
	cleanup_bytes struct file_bytes document = { 0 };
	const struct request_row *row = rows;

	while (row < rows + ARRAY_SIZE(rows) && (row->type != request->type || row->kind != kind))
		row++;
	if (row == rows + ARRAY_SIZE(rows) || fd < 0)
		return error_set(err, REASON_INTERNAL, 0, "the parser does not know request %u",
			request->type);
	if (file_read(fd, row->limit, row->document, &document, err)) {
		if (err->os_errno == EFBIG)
			err->reason = row->reason;
		return -1;
	}
	return row->answer ? row->answer(request, &document, answer, err)
			   : hand_on(&document, answer);
}

int
request_prepare(void *context, int socket, struct error *err)
{
	const enum parser_kind *kind = context;

	(void)socket;
	return *kind == PARSER_SIGNATURE ? digest_warm_up(err) : 0;
}

/* Answers one request. Returns 0 to go on, anything else to end. */
static int
serve_one(enum parser_kind kind, int socket)
{
	cleanup_message struct wire_message request = { 0 }, answer = { .type = REQUEST_DONE };
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	if (wire_receive(socket, -1, &request, &fd, &err) != 1)
		return 1;
	if (answer_request(kind, &request, fd, &answer, &err)) {
		wire_release(&answer);
		answer = (struct wire_message){ .type = REQUEST_REFUSED };
		wire_put_u32(&answer, err.reason);
		wire_put_u32(&answer, (uint32_t)err.os_errno);
		wire_put_text(&answer, err.text);
	}
	return wire_send(socket, &answer, -1, &err);
}

int
request_serve(void *context, int socket)
{
	const enum parser_kind *kind = context;

	while (serve_one(*kind, socket) == 0)
		;
	return 0;
}
