#include "tests/fuzz/verdict_sign.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/sign.h"
#include "oms/statement.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "tests/fuzz/verdict_model.h"

#include <stdio.h>
#include <string.h>

/* Whichever algorithms the library comes to know. */
static enum digest_algorithm
find_algorithm(const char *name)
{
	for (int i = DIGEST_NONE + 1; digest_size((enum digest_algorithm)i); i++)
		if (strcmp(digest_name((enum digest_algorithm)i), name) == 0)
			return (enum digest_algorithm)i;
	return DIGEST_NONE;
}

bool
verdict_knows(const char *hash)
{
	return find_algorithm(hash) != DIGEST_NONE;
}

static void
write_resource(struct writer *out, const struct verdict_statement *what, const char *name,
	const struct digest *digest)
{
	char algorithm[64];

	snprintf(algorithm, sizeof(algorithm), "%s-sharded-%zu", what->hash, what->shard);
	writer_open(out, NULL, '{');
	writer_string(out, "name", name);
	if (what->legacy) {
		writer_open(out, "digest", '{');
		writer_string(out, "sha256", digest_format(digest).text);
		writer_close(out, '}');
	} else {
		writer_string(out, "digest", digest_format(digest).text);
		writer_string(
			out, "algorithm", what->shard && what->suffix ? algorithm : what->hash);
	}
	writer_close(out, '}');
}

/* All of one file; its digests go into ROOT, too. */
static void
write_file(struct writer *out, const struct verdict_statement *what,
	const struct verdict_file *file, struct digest_context *root)
{
	size_t size = strlen(file->text), step = what->shard ? what->shard : size, start, end;
	enum digest_algorithm algorithm = find_algorithm(what->hash);
	struct error err = { 0 };
	struct digest digest;
	char name[128];

	for (start = 0; start < size; start = end) {
		end = size - start < step ? size : start + step;
		snprintf(name, sizeof(name), "%s", file->name);
		if (what->shard)
			snprintf(name, sizeof(name), "%s:%zu:%zu", file->name, start, end);
		FUZZ_PROMISE(digest_compute(algorithm ? algorithm : DIGEST_SHA256,
				     file->text + start, end - start, &digest, &err) == 0 &&
			     digest_update(
				     root, digest.bytes, digest_size(digest.algorithm), &err) == 0);
		write_resource(out, what, name, &digest);
	}
}

static void
write_files(struct writer *out, const struct verdict_statement *what, const char *key_name,
	struct digest *root)
{
	struct error err = { 0 };
	struct digest_context *context = digest_open(DIGEST_SHA256, &err);

	FUZZ_PROMISE(context);
	writer_open(out, key_name, '[');
	for (size_t i = 0; i < VERDICT_FILES; i++)
		write_file(out, what, &verdict_files[i], context);
	writer_close(out, ']');
	FUZZ_PROMISE(digest_finish(context, root, &err) == 0);
	digest_close(context);
}

static void
write_predicate(struct writer *out, const struct verdict_statement *what, struct digest *root)
{
	writer_open(out, "predicate", '{');
	write_files(out, what, "resources", root);
	writer_open(out, "serialization", '{');
	writer_string(out, "method", what->shard ? "shards" : "files");
	writer_string(out, "hash_type", what->hash);
	writer_bool(out, "allow_symlinks", false);
	if (what->shard)
		writer_number(out, "shard_size", what->shard);
	writer_open(out, "ignore_paths", '[');
	writer_string(out, NULL, ".git");
	writer_close(out, ']');
	writer_close(out, '}');
	writer_close(out, '}');
}

char *
verdict_state(const struct verdict_statement *what)
{
	struct writer out = { 0 };
	struct digest root;

	writer_open(&out, NULL, '{');
	writer_string(&out, "_type", STATEMENT_TYPE);
	writer_string(&out, "predicateType",
		what->legacy ? STATEMENT_PREDICATE_LEGACY : STATEMENT_PREDICATE);
	if (what->legacy) {
		write_files(&out, what, "subject", &root);
		writer_open(&out, "predicate", '{');
		writer_close(&out, '}');
	} else {
		write_predicate(&out, what, &root);
		writer_open(&out, "subject", '[');
		writer_open(&out, NULL, '{');
		writer_string(&out, "name", VERDICT_NAME);
		writer_open(&out, "digest", '{');
		writer_string(&out, "sha256", digest_format(&root).text);
		writer_close(&out, '}');
		writer_close(&out, '}');
		writer_close(&out, ']');
	}
	writer_close(&out, '}');
	FUZZ_PROMISE(!out.failed);
	return out.text;
}

/* What release 0.2.0 signed: the payload as Python shows it (facts: oms, section 3). */
static void
write_legacy(struct writer *out, const char *payload, size_t length)
{
	writer_format(out, "DSSEV1 %zu " BUNDLE_PAYLOAD_TYPE " %zu b'", strlen(BUNDLE_PAYLOAD_TYPE),
		length);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)payload[i];

		if (c == '\\' || c == '\'')
			writer_format(out, "\\%c", c);
		else if (c == '\t' || c == '\n' || c == '\r')
			writer_format(out, "\\%c", c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
		else if (c < 0x20 || c >= 0x7f)
			writer_format(out, "\\x%02x", c);
		else
			writer_bytes(out, (const char *)&payload[i], 1);
	}
	writer_bytes(out, "'", 1);
}

/* Puts another signature into a signature file that is right. */
static char *
sign_legacy(const char *bundle, const char *payload, size_t length)
{
	static const char mark[] = "\"sig\":\"";
	cleanup_writer struct writer message = { 0 };
	cleanup_free uint8_t *signature = NULL;
	cleanup_free char *text = NULL;
	struct writer out = { 0 };
	const char *start = strstr(bundle, mark) + strlen(mark);
	size_t signature_length;
	struct error err = { 0 };

	write_legacy(&message, payload, length);
	FUZZ_PROMISE(!message.failed && key_sign(signer_key(), message.text, message.length,
						&signature, &signature_length, &err) == 0);
	text = base64_encode(signature, signature_length);
	writer_bytes(&out, bundle, (size_t)(start - bundle));
	writer_format(&out, "%s%s", text, strchr(start, '"'));
	FUZZ_PROMISE(text && !out.failed);
	return out.text;
}

char *
verdict_sign(const char *payload, size_t length, enum verdict_form form)
{
	bool by_key = form == VERDICT_KEY || form == VERDICT_KEY_LEGACY;
	struct error err = { 0 };
	char *bundle = NULL, *changed;

	if (sign_bundle(payload, length, signer_key(), signer_certificates(),
		    by_key ? 0 : SIGNER_CERTIFICATES, &bundle, &err))
		return NULL;
	if (form == VERDICT_KEY || form == VERDICT_CERTIFICATES)
		return bundle;
	changed = sign_legacy(bundle, payload, length);
	free(bundle);
	return changed;
}
