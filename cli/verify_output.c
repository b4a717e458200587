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
	return method == TRUST_METHOD_KEY ? "key" : "certificate";
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
	if (model->signer.fingerprint.algorithm != DIGEST_NONE)
		printf("fingerprint: sha256:%s\n", digest_format(&model->signer.fingerprint).text);
	printf("payload: sha256:%s\n", digest_format(&model->payload_digest).text);
	printf("files: %zu, %llu bytes\n", report->files, (unsigned long long)report->bytes);
}

static void
put_digest(struct writer *writer, const char *key, const struct digest *digest)
{
	writer_string(
		writer, key, digest->algorithm == DIGEST_NONE ? NULL : digest_format(digest).text);
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
put_signer(struct writer *writer, const struct signed_model *model)
{
	const struct chain_signer *signer;

	if (!model) {
		writer_string(writer, "signer", NULL);
		writer_string(writer, "payload_sha256", NULL);
		writer_string(writer, "subject", NULL);
		return;
	}
	signer = &model->signer;
	writer_open(writer, "signer", '{');
	writer_string(writer, "subject", signer->subject);
	put_digest(writer, "sha256", &signer->fingerprint);
	put_digest(writer, "spki_sha256", &signer->spki);
	put_time(writer, "not_before", signer, signer->not_before);
	put_time(writer, "not_after", signer, signer->not_after);
	writer_close(writer, '}');
	put_digest(writer, "payload_sha256", &model->payload_digest);
	writer_string(writer, "subject", model->statement.subject);
}

static void
put_finding(struct writer *writer, const struct finding *finding)
{
	writer_open(writer, NULL, '{');
	writer_string(writer, "reason", reason_word(finding->reason));
	writer_string(writer, "file", finding->name);
	if (finding->detail)
		writer_string(writer, "detail", finding->detail);
	if (finding->reason == REASON_CHANGED) {
		put_digest(writer, "signed", &finding->signed_digest);
		put_digest(writer, "found", &finding->found_digest);
	}
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
		put_finding(writer, &report->findings[i]);
	writer_close(writer, ']');
}

int
verify_output_json(const struct verify *verify, const struct error *refusal, struct error *err)
{
	const struct report *report = &verify->verification.report;
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_number(&writer, "schema", SCHEMA);
	writer_string(&writer, "verdict", refusal ? "refuse" : "admit");
	writer_string(&writer, "reason", refusal ? reason_word(refusal->reason) : NULL);
	writer_string(&writer, "text", refusal ? refusal->text : NULL);
	writer_string(&writer, "model", verify->path);
	writer_string(&writer, "method", method_word(verify->method));
	writer_string(&writer, "signature", verify->options.signature);
	put_signer(&writer, verify_signed_model(verify));
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
