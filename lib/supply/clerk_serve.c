#include "supply/clerk_serve.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "border/chain.h"
#include "border/chain_describe.h"
#include "guard/wire.h"
#include "supply/ngc_answer.h"
#include "supply/refusal.h"

#include <errno.h>

static int
answer_version(const struct file_bytes *document, struct wire_message *answer, struct error *err)
{
	enum ngc_answer_signed is_signed;

	if (ngc_answer_version(document->bytes, document->length, &is_signed, err))
		return -1;
	wire_put_u32(answer, is_signed);
	return 0;
}

static int
answer_url(const struct file_bytes *document, struct wire_message *answer, struct error *err)
{
	cleanup_free char *url = NULL;

	if (ngc_answer_url(document->bytes, document->length, &url, err))
		return -1;
	wire_put_text(answer, url);
	return 0;
}

static int
answer_token(const struct file_bytes *document, struct wire_message *answer, struct error *err)
{
	struct ngc_answer_token token;

	if (ngc_answer_token(document->bytes, document->length, &token, err))
		return -1;
	wire_put_text(answer, token.token);
	wire_put_u64(answer, token.life_s);
	return 0;
}

/* One certificate of the file. Returns as chain_read_der(). */
static int
put_certificate(
	const struct file_bytes *pem, size_t index, struct wire_message *out, struct error *err)
{
	cleanup_free uint8_t *der = NULL;
	struct chain_signer signer;
	size_t length;
	int result = chain_read_der(
		pem->bytes, pem->length, index, "certificate file", &der, &length, err);

	if (result)
		return result;
	if (chain_describe_der(der, length, &signer, err))
		return -1;
	wire_put_text(out, signer.subject);
	wire_put_u64(out, (uint64_t)signer.not_before);
	wire_put_u64(out, (uint64_t)signer.not_after);
	wire_put_bytes(out, signer.fingerprint.bytes, digest_size(DIGEST_SHA256));
	wire_put_bytes(out, signer.spki.bytes, digest_size(DIGEST_SHA256));
	return 0;
}

static int
answer_certificates(
	const struct file_bytes *document, struct wire_message *answer, struct error *err)
{
	cleanup_message struct wire_message list = { 0 };
	size_t count = 0;
	int result = 0;

	while (result == 0 && count <= LIMIT_ANCHORS) {
		result = put_certificate(document, count, &list, err);
		count += result == 0;
	}
	if (result < 0)
		return -1;
	if (count > LIMIT_ANCHORS)
		return error_set(err, REASON_CONFIG, 0,
			"certificate file: more than %d certificates", LIMIT_ANCHORS);
	wire_put_u64(answer, count);
	wire_put_bytes(answer, list.bytes, list.length);
	return list.failed ? error_no_memory(err) : 0;
}

static const struct row {
	enum clerk_serve_type type;
	size_t limit; /* of the document, in bytes */
	int (*answer)(
		const struct file_bytes *document, struct wire_message *answer, struct error *err);
} rows[] = {
	{ CLERK_SERVE_VERSION, LIMIT_NGC_ANSWER_BYTES, answer_version },
	{ CLERK_SERVE_URL, LIMIT_NGC_ANSWER_BYTES, answer_url },
	{ CLERK_SERVE_TOKEN, LIMIT_NGC_ANSWER_BYTES, answer_token },
	{ CLERK_SERVE_CERTIFICATES, LIMIT_PEM_BYTES, answer_certificates },
};

static int
answer_request(uint32_t type, int fd, struct wire_message *answer, struct error *err)
{
	cleanup_bytes struct file_bytes document = { 0 };
	const struct row *row = rows;

	while (row < rows + ARRAY_SIZE(rows) && row->type != type)
		row++;
	if (row == rows + ARRAY_SIZE(rows) || fd < 0)
		return error_set(
			err, REASON_INTERNAL, 0, "the clerk does not know request %u", type);
	if (file_read(fd, row->limit, "answer", &document, err)) {
		if (err->os_errno == EFBIG)
			err->reason = REASON_NETWORK;
		return -1;
	}
	return row->answer(&document, answer, err);
}

int
clerk_serve_prepare(void *context, int socket, struct error *err)
{
	(void)context;
	(void)socket;
	return digest_warm_up(err);
}

/* Answers one request. Returns 0 to go on, anything else to end. */
static int
serve_one(int socket)
{
	cleanup_message struct wire_message request = { 0 }, answer = { .type = CLERK_SERVE_DONE };
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	if (wire_receive(socket, -1, &request, &fd, &err) != 1)
		return 1;
	if (answer_request(request.type, fd, &answer, &err)) {
		wire_release(&answer);
		answer = (struct wire_message){ .type = CLERK_SERVE_REFUSED };
		refusal_put(&answer, &err);
	}
	return wire_send(socket, &answer, -1, &err);
}

int
clerk_serve_run(void *context, int socket)
{
	(void)context;
	while (serve_one(socket) == 0)
		;
	return 0;
}
