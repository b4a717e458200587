/*
 * For fuzz_verdict: changes what is signed, and signs it again; now and then the file around it.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/digest.h"
#include "border/json.h"
#include "oms/bundle.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/verdict_model.h"
#include "tests/fuzz/verdict_sign.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed);

enum { PAYLOAD_MAX = 6000 };

static const char *const words[] = { "null", "true", "false", "0", "1", "7", "16.0", "1e1", "-1",
	"9223372036854775808", "\"\"", "[]", "{}", "\".\"", "\"..\"", "\"/\"", "\"w\"", "\"w/b\"",
	"\"w//b\"", "\"./w/b\"", "\"w/b/\"", "\"../w/b\"", "\"w/./b\"", "\"w/../w/b\"",
	"\"config.json\"", "\"config\\u002ejson\"", "\"a:0:4\"", "\"w/b:0:1\"", "\"w/b:0:01\"",
	"\"w/b:1:0\"", "\"w/extra\"", "\"sha256\"", "\"SHA256\"", "\"sha512\"", "\"blake2b\"",
	"\"blake3\"", "\"sha256-sharded-16\"", "\"files\"", "\"shards\"", "[\".git\"]",
	"[\"w\",\"config.json\"]", "[\".\"]", "\"https://in-toto.io/Statement/v1\"",
	"\"https://model_signing/signature/v1.0\"", "\"https://model_signing/Digests/v0.1\"",
	"{\"actual_hash_algorithm\":\"file-sha256\"}", (const char *)0 };

/* The root digest of the resources as they stand, in digits. */
static struct digest_text
compute_root(const struct node *resources)
{
	struct error err = { 0 };
	struct digest_context *context = digest_open(DIGEST_SHA256, &err);
	uint8_t bytes[DIGEST_BYTES_MAX];
	struct digest root;

	FUZZ_PROMISE(context);
	for (const struct node *node = resources->first; node; node = node->next) {
		const struct node *digits = node_member(node, "digest");
		size_t size = digits ? digits->length / 2 : 0;

		if (node_text(digits) && size <= sizeof(bytes) &&
			text_parse_hex(digits->text, 2 * size, bytes, size) == 0)
			FUZZ_PROMISE(digest_update(context, bytes, size, &err) == 0);
	}
	FUZZ_PROMISE(digest_finish(context, &root, &err) == 0);
	digest_close(context);
	return digest_format(&root);
}

/* Makes the root digest fit, because what breaks it goes no further than that one check; now and
 * then it is the only thing that does not fit. */
static void
repair_root(struct mutate_text *payload)
{
	cleanup_document struct node_document *document = NULL;
	const struct node *root, *resources, *subject;
	struct error err = { 0 };
	const char *old;
	uint8_t *at;

	if (json_parse(
		    (const char *)payload->bytes, payload->size, REASON_STATEMENT, &document, &err))
		return;
	root = node_root(document);
	resources = node_member(node_member(root, "predicate"), "resources");
	subject = node_member(root, "subject");
	old = node_text(
		node_member(node_member(subject ? subject->first : NULL, "digest"), "sha256"));
	if (!resources || !old || strlen(old) != 64)
		return;
	at = memmem(payload->bytes, payload->size, old, 64);
	if (at)
		memcpy(at, compute_root(resources).text, 64);
	if (at && mutate_choose(payload, 16) == 0)
		at[mutate_choose(payload, 64)] = '0';
}

/* A statement in a form of its own, so that hash and method change everywhere at once. */
static size_t
restate(struct mutate_text *payload)
{
	static const char *const hashes[] = { "sha256", "sha256", "blake2b", "blake3" };
	const struct verdict_statement what = {
		.hash = hashes[mutate_choose(payload, ARRAY_SIZE(hashes))],
		.shard = mutate_choose(payload, 2) ? 7 * mutate_choose(payload, 9) : 0,
		.suffix = mutate_choose(payload, 2),
		.legacy = mutate_choose(payload, 4) == 0,
	};
	cleanup_free char *text = verdict_state(&what);

	payload->size = 0;
	mutate_splice(payload, 0, 0, text, strlen(text));
	return payload->size;
}

/* The payload of the file as it is, or a fresh one. */
static void
take_payload(const struct mutate_text *file, struct mutate_text *payload)
{
	cleanup_bundle struct bundle bundle = { 0 };
	struct error err = { 0 };

	if (mutate_choose(payload, 8) == 0 ||
		bundle_parse((const char *)file->bytes, file->size, &bundle, &err) ||
		bundle.payload.length > payload->size_max)
		restate(payload);
	else
		mutate_splice(payload, 0, 0, bundle.payload.bytes, bundle.payload.length);
}

static void
sign_again(struct mutate_text *file)
{
	uint8_t bytes[PAYLOAD_MAX];
	struct mutate_text payload = { bytes, 0, sizeof(bytes), file->random };
	cleanup_free char *signature = NULL;

	take_payload(file, &payload);
	for (size_t i = mutate_choose(&payload, 4); i > 0; i--)
		mutate_json(&payload, words);
	if (mutate_choose(&payload, 4))
		repair_root(&payload);
	signature = verdict_sign((const char *)payload.bytes, payload.size,
		(enum verdict_form)mutate_choose(&payload, VERDICT_FORMS));
	if (signature && strlen(signature) <= file->size_max)
		mutate_splice(file, 0, file->size, signature, strlen(signature));
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned int seed)
{
	struct mutate_text file = { data, size, size_max, (uint64_t)seed + 1 };

	switch (mutate_choose(&file, 8)) {
	case 0: mutate_bytes(&file); break;
	case 1: mutate_json(&file, words); break;
	default: sign_again(&file); break;
	}
	return file.size;
}
