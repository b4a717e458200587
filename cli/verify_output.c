#include "cli/verify_output.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/verify.h"

#include <stdio.h>

enum { SCHEMA = 1 };

static const char *
method_word(enum trust_method method)
{
	switch (method) {
	case TRUST_METHOD_CERTIFICATE: return "certificate";
	case TRUST_METHOD_KEY: return "key";
	case TRUST_METHOD_NONE: break;
	}
	return NULL;
}

static void
print_digest(const char *what, const struct digest *digest)
{
	if (digest->algorithm != DIGEST_NONE)
		printf("%s: sha256:%s\n", what, digest_format(digest).text);
}

void
verify_output_text(const struct verify *verify, const struct error *refusal)
{
	const struct signed_model *model = verify_signed_model(verify);
	const struct report *report = &verify->verification.report;

	if (refusal || !model || verify->options.source.quiet)
		return;
	puts("Verification succeeded");
	printf("signer: %s\n", model->signer.subject);
	print_digest("spki", &model->signer.spki);
	print_digest("fingerprint", &model->signer.fingerprint);
	print_digest("issuer", &model->signer.issuer);
	print_digest("payload", &model->payload_digest);
	printf("files: %zu, %llu bytes\n", report->files, (unsigned long long)report->bytes);
}

/* A key has no validity. */
static void
put_time(struct writer *writer, const char *key, const struct chain_signer *signer, int64_t time)
{
	char text[32];

	writer_string(writer, key,
		signer->fingerprint.algorithm == DIGEST_NONE ? NULL : clock_format(time, text));
}

static void
put_signer(struct writer *writer, const struct chain_signer *signer)
{
	if (!signer) {
		writer_string(writer, "signer", NULL);
		return;
	}
	writer_open(writer, "signer", '{');
	writer_string(writer, "subject", signer->subject);
	digest_write(&signer->spki, "spki_sha256", writer);
	digest_write(&signer->fingerprint, "sha256", writer);
	digest_write(&signer->issuer, "issuer_sha256", writer);
	put_time(writer, "not_before", signer, signer->not_before);
	put_time(writer, "not_after", signer, signer->not_after);
	writer_close(writer, '}');
}

/* What was signed; nothing of it is told where the signature does not count. */
static void
put_statement(struct writer *writer, const struct signed_model *model)
{
	static const struct digest none = { 0 };
	const struct statement *statement = model ? &model->statement : NULL;

	digest_write(model ? &model->payload_digest : &none, "payload_sha256", writer);
	writer_string(writer, "predicate_type",
		!statement          ? NULL
		: statement->legacy ? STATEMENT_PREDICATE_LEGACY
				    : STATEMENT_PREDICATE);
	writer_string(writer, "subject", statement ? statement->subject : NULL);
	writer_string(writer, "hash", statement ? digest_name(statement->hash) : NULL);
	writer_number(writer, "shard_size", statement ? statement->shard_size : 0);
	writer_number(writer, "signed_files", statement ? statement->resource_count : 0);
}

/* What was signed of a file is known even where nothing was found to compare it with; of a file in
 * shards, only what was compared. */
static void
put_finding(struct writer *writer, const struct finding *finding, const struct signed_model *model)
{
	const struct digest *signed_digest = &finding->signed_digest;
	const struct resource *resource = NULL;

	if (signed_digest->algorithm == DIGEST_NONE && model)
		resource = signed_model_find(model, finding->name);
	writer_open(writer, NULL, '{');
	report_write(finding, resource ? &resource->digest : signed_digest, writer);
	writer_close(writer, '}');
}

static void
put_lists(struct writer *writer, const struct verify *verify)
{
	const struct report *report = &verify->verification.report;
	size_t i;

	writer_open(writer, "ignored", '[');
	for (i = 0; i < verify->ignore.count; i++)
		if (verify->ignore.rules[i].present)
			writer_string(writer, NULL, verify->ignore.rules[i].path);
	writer_close(writer, ']');
	writer_number(writer, "unsigned_allowed", report->unsigned_allowed);
	writer_open(writer, "warnings", '[');
	for (i = 0; i < verify->warning_count; i++)
		writer_string(writer, NULL, verify->warnings[i]);
	writer_close(writer, ']');
	writer_open(writer, "findings", '[');
	for (i = 0; i < report->count; i++)
		put_finding(writer, &report->findings[i], verify_signed_model(verify));
	writer_close(writer, ']');
}

int
verify_output_json(const struct verify *verify, const struct error *refusal, struct error *err)
{
	const struct report *report = &verify->verification.report;
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_number(&writer, "schema", SCHEMA);
	writer_string(&writer, "nimgate", NIMGATE_RELEASE);
	writer_string(&writer, "verdict", refusal ? "refuse" : "admit");
	writer_string(&writer, "reason", refusal ? reason_word(refusal->reason) : NULL);
	writer_string(&writer, "text", refusal ? refusal->text : NULL);
	writer_string(&writer, "model", verify->path);
	writer_string(&writer, "method", method_word(verify->method));
	writer_string(&writer, "signature", verify->options.signature);
	put_signer(&writer, verify_signer(verify));
	put_statement(&writer, verify_signed_model(verify));
	writer_number(&writer, "files", report->files);
	writer_number(&writer, "bytes", report->bytes);
	put_lists(&writer, verify);
	writer_close(&writer, '}');
	if (writer.failed)
		return error_no_memory(err);
	puts(writer.text);
	return 0;
}

void
verify_output_fingerprint(const struct verify *verify)
{
	const struct signed_model *model = verify_signed_model(verify);
	char text[3 * DIGEST_BYTES_MAX + 1];
	size_t i;

	if (!model || model->signer.fingerprint.algorithm == DIGEST_NONE)
		return;
	for (i = 0; i < digest_size(model->signer.fingerprint.algorithm); i++)
		snprintf(text + 3 * i, 4, "%02X:", model->signer.fingerprint.bytes[i]);
	text[3 * i - 1] = '\0';
	console_say(CONSOLE_INFO, "[ verify ] sha256 Fingerprint: %s", text);
}
