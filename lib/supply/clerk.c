#include "supply/clerk.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/memfile.h"
#include "border/chain.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "supply/clerk_serve.h"
#include "supply/refusal.h"

#include <string.h>

enum { CLERK_CPU_SECONDS = 120 /* of one run: thousands of small documents */ };

int
clerk_start(struct clerk *out, struct error *err)
{
	const struct spawn_options options = {
		.name = "clerk",
		.table = &tables_parser,
		.memory_max = LIMIT_CHILD_MEMORY_BYTES,
		.cpu_seconds = CLERK_CPU_SECONDS,
		.prepare = clerk_serve_prepare,
		.serve = clerk_serve_run,
	};

	return spawn_start(&options, &out->child, err);
}

void
clerk_end(struct clerk *clerk)
{
	spawn_end(&clerk->child);
}

/* Sends the document, and waits for what comes back. A clerk that failed is ended: what it might
 * say later would be taken for the answer to another question. */
static int
ask(struct clerk *clerk, enum clerk_serve_type type, const struct file_bytes *document,
	struct wire_message *answer, struct error *err)
{
	const struct wire_message request = { .type = type };
	cleanup_fd int fd = memfile_make("answer", document->bytes, document->length, err);

	if (fd < 0)
		return -1;
	if (clerk->child.pid == 0)
		return error_set(err, REASON_INTERNAL, 0, "the clerk has ended");
	if (wire_send(clerk->child.socket, &request, fd, err) ||
		spawn_receive(&clerk->child, LIMIT_PARSER_MS, answer, err)) {
		clerk_end(clerk);
		return -1;
	}
	if (answer->type == CLERK_SERVE_REFUSED)
		return refusal_take(answer, "clerk", err);
	if (answer->type != CLERK_SERVE_DONE)
		return error_set(err, REASON_INTERNAL, 0, "the clerk's answer is malformed");
	return 0;
}

static int
malformed(struct error *err)
{
	return error_set(err, REASON_INTERNAL, 0, "the clerk's answer is malformed");
}

int
clerk_version(struct clerk *clerk, const struct file_bytes *answer, enum ngc_answer_signed *out,
	struct error *err)
{
	cleanup_message struct wire_message said = { 0 };
	uint32_t value;

	if (ask(clerk, CLERK_SERVE_VERSION, answer, &said, err))
		return -1;
	value = wire_get_u32(&said);
	if (!wire_is_whole(&said) || value > NGC_ANSWER_SIGNED_YES)
		return malformed(err);
	*out = (enum ngc_answer_signed)value;
	return 0;
}

int
clerk_url(struct clerk *clerk, const struct file_bytes *answer, char **out, struct error *err)
{
	cleanup_message struct wire_message said = { 0 };
	cleanup_free char *url = NULL;

	if (ask(clerk, CLERK_SERVE_URL, answer, &said, err))
		return -1;
	url = wire_get_text(&said, NGC_ANSWER_URL_MAX);
	if (!url || !wire_is_whole(&said))
		return malformed(err);
	*out = take_ptr(url);
	return 0;
}

int
clerk_token(struct clerk *clerk, const struct file_bytes *answer, struct ngc_answer_token *out,
	struct error *err)
{
	cleanup_message struct wire_message said = { 0 };
	int result;

	if (ask(clerk, CLERK_SERVE_TOKEN, answer, &said, err))
		return -1;
	wire_copy_text(&said, out->token, sizeof(out->token));
	out->life_s = wire_get_u64(&said);
	result = wire_is_whole(&said) && out->token[0] && out->life_s <= NGC_ANSWER_LIFE_MAX
			 ? 0
			 : malformed(err);
	explicit_bzero(said.bytes, said.length);
	return result;
}

static void
get_digest(struct wire_message *message, struct digest *out)
{
	*out = (struct digest){ .algorithm = DIGEST_SHA256 };
	wire_get_bytes(message, out->bytes, digest_size(DIGEST_SHA256));
}

int
clerk_certificates(struct clerk *clerk, const struct file_bytes *pem, struct chain_signer **out,
	size_t *count, struct error *err)
{
	cleanup_message struct wire_message said = { 0 };
	cleanup_free struct chain_signer *signers = NULL;
	size_t number;

	if (ask(clerk, CLERK_SERVE_CERTIFICATES, pem, &said, err))
		return -1;
	number = wire_get_count(&said, LIMIT_ANCHORS);
	signers = calloc(number + 1, sizeof(*signers));
	if (!signers)
		return error_no_memory(err);
	for (size_t i = 0; i < number; i++) {
		wire_copy_text(&said, signers[i].subject, sizeof(signers[i].subject));
		signers[i].not_before = (int64_t)wire_get_u64(&said);
		signers[i].not_after = (int64_t)wire_get_u64(&said);
		get_digest(&said, &signers[i].fingerprint);
		get_digest(&said, &signers[i].spki);
	}
	if (!wire_is_whole(&said) || number == 0)
		return malformed(err);
	*out = take_ptr(signers);
	*count = number;
	return 0;
}
