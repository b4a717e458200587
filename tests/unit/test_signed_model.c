#include "gate/signed_model.h"

#include "base/limits.h"
#include "base/mem.h"
#include "oms/envelope.h"

#include "tests/unit/wire_lies.h"

#include <stdlib.h>

static char a[] = "a.bin", b[] = "b/c.bin", ignored[] = ".git", subject[] = "model";
static char *ignore_paths[] = { ignored };
static struct resource resources[] = {
	{ .name = a, .digest = { DIGEST_SHA256, { 1 } } },
	{ .name = b, .digest = { DIGEST_SHA256, { 2, 3 } } },
};
static const struct statement statement = {
	.subject = subject,
	.hash = DIGEST_SHA256,
	.resources = resources,
	.resource_count = 2,
	.ignore_paths = ignore_paths,
	.ignore_count = 1,
	.allow_symlinks = true,
};
static const struct payload payload = {
	.digest = { DIGEST_SHA256, { 7 } },
	.signer = { .subject = "CN=signer,O=NVIDIA Corporation",
		.fingerprint = { DIGEST_SHA256, { 8 } },
		.issuer = { DIGEST_SHA256, { 10 } },
		.spki = { DIGEST_SHA256, { 9 } },
		.not_before = -5,
		.not_after = 253402300799 },
	.hint_missing = true,
};

static void
test_there_and_back(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };
	const struct chain_signer *signer = &model.signer;
	const struct resource *found;
	struct error err = { 0 };

	check(!signed_model_find(&model, "a.bin"), "nothing signed: nothing found", "found");
	signed_model_put(&message, &payload, &statement);
	check_result(signed_model_get(&message, &model, &err), REASON_NONE, &err, "there and back");
	check(digest_equal(&model.payload_digest, &payload.digest) &&
			digest_equal(&signer->fingerprint, &payload.signer.fingerprint) &&
			digest_equal(&signer->issuer, &payload.signer.issuer) &&
			digest_equal(&signer->spki, &payload.signer.spki),
		"digests", "differ");
	check_text(signer->subject, payload.signer.subject, "signer");
	check(signer->not_before == -5 && signer->not_after == 253402300799, "times", "differ");
	check(model.hint_missing && model.statement.allow_symlinks && !model.statement.legacy,
		"flags", "differ");
	check_text(model.statement.subject, subject, "subject");
	check(model.statement.ignore_count == 1 && model.statement.resource_count == 2, "counts",
		"differ");
	found = signed_model_find(&model, b);
	check(found && digest_equal(&found->digest, &resources[1].digest), "find", "not found");
	check(signed_model_find(&model, a) && !signed_model_find(&model, "b") &&
			!signed_model_find(&model, "") && !signed_model_find(&model, "zz"),
		"find: what is there and nothing else", "wrong");
}

/* Files of one and of three shards, with the longest digests. */
static void
test_shards(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };
	struct digest shards[] = { { DIGEST_BLAKE2B, { 1 } }, { DIGEST_BLAKE2B, { 2 } },
		{ DIGEST_BLAKE2B, { [63] = 3 } } };
	struct resource files[] = {
		{ .name = a, .shards = shards, .shard_count = 1, .shard_size = 10, .size = 10 },
		{ .name = b, .shards = shards, .shard_count = 3, .shard_size = 10, .size = 21 },
	};
	struct statement said = statement;
	const struct resource *found;
	struct error err = { 0 };

	said.hash = DIGEST_BLAKE2B;
	said.shard_size = 10;
	said.resources = files;
	signed_model_put(&message, &payload, &said);
	check_result(signed_model_get(&message, &model, &err), REASON_NONE, &err, "shards");
	check(model.statement.hash == DIGEST_BLAKE2B && model.statement.shard_size == 10,
		"shards: serialization", "differs");
	found = signed_model_find(&model, a);
	check(found && found->shard_count == 1 && found->size == 10 && found->shard_size == 10,
		"shards: one", "differ");
	found = signed_model_find(&model, b);
	check(found && found->shard_count == 3 && found->size == 21 && found->shard_size == 10 &&
			found->digest.algorithm == DIGEST_NONE,
		"shards: three", "differ");
	for (size_t i = 0; found && i < 3; i++)
		check(digest_equal(&found->shards[i], &shards[i]), "shards: digests", "differ");
}

/* What a child says; zero or NULL: what an honest one says. */
struct lie {
	const char *name;
	enum reason wanted;
	const char *subject;
	uint32_t payload_algorithm, spki_algorithm, algorithm;
	bool no_subject, no_resources;
	const char *ignored;
	uint64_t ignore_count, resource_count;
	uint32_t hash;
	uint64_t shard_size, size;
	const char *names[3];
};

static void
put_digest(struct wire_message *message, uint32_t algorithm)
{
	static const uint8_t bytes[DIGEST_BYTES_MAX] = { 1 };

	wire_put_u32(message, algorithm ? algorithm : DIGEST_SHA256);
	wire_put_bytes(message, bytes, 32);
}

static void
put_lie(struct wire_message *message, const struct lie *lie)
{
	uint64_t count = 0;

	while (count < 3 && lie->names[count])
		count++;
	put_digest(message, lie->payload_algorithm);
	wire_put_text(message, lie->subject ? lie->subject : "CN=x");
	wire_put_u32(message, 1);
	put_digest(message, 0);
	put_digest(message, 0);
	put_digest(message, lie->spki_algorithm);
	wire_put_u64(message, 0);
	wire_put_u64(message, 1);
	for (int flags = 0; flags < 3; flags++)
		wire_put_u32(message, 0);
	wire_put_text(message, lie->no_subject ? NULL : "");
	wire_put_u64(message, lie->ignore_count ? lie->ignore_count : lie->ignored ? 1 : 0);
	if (lie->ignored)
		wire_put_text(message, lie->ignored);
	wire_put_u64(message, lie->resource_count ? lie->resource_count : count);
	wire_put_u32(message, lie->hash ? lie->hash : DIGEST_SHA256);
	wire_put_u64(message, lie->shard_size);
	for (uint64_t i = 0; i < count; i++) {
		wire_put_text(message, lie->names[i]);
		if (lie->shard_size)
			wire_put_u64(message, lie->size);
		put_digest(message, lie->algorithm);
	}
}

static void
test_lies(void)
{
	static const struct lie rows[] = {
		{ "honest", REASON_NONE, .names = { "a", "b/c", "z" } },
		{ "honest: one file", REASON_NONE, .names = { "." } },
		{ "honest: bytes sort", REASON_NONE, .names = { "a", "\xc3\xa9" } },
		{ "no resource", REASON_INTERNAL, .names = { NULL } },
		{ "unsorted", REASON_INTERNAL, .names = { "b", "a" } },
		{ "a name twice", REASON_INTERNAL, .names = { "a", "a" } },
		{ "'.' beside others", REASON_INTERNAL, .names = { ".", "a" } },
		{ "an empty name", REASON_INTERNAL, .names = { "" } },
		{ "an absolute name", REASON_INTERNAL, .names = { "/a" } },
		{ "a name upwards", REASON_INTERNAL, .names = { "../a" } },
		{ "a name with a dot", REASON_INTERNAL, .names = { "a/./b" } },
		{ "a name with two slashes", REASON_INTERNAL, .names = { "a//b" } },
		{ "no algorithm of a file", REASON_INTERNAL, .algorithm = 99, .names = { "a" } },
		{ "another algorithm of a file", REASON_INTERNAL, .algorithm = DIGEST_SHA512,
			.names = { "a" } },
		{ "an algorithm that is none of files", REASON_INTERNAL, .hash = DIGEST_SHA384,
			.algorithm = DIGEST_SHA384, .names = { "a" } },
		{ "a hash that is none", REASON_INTERNAL, .hash = 99, .algorithm = 99,
			.names = { "a" } },
		{ "another algorithm than the hash", REASON_INTERNAL, .hash = DIGEST_BLAKE3,
			.algorithm = DIGEST_SHA256, .names = { "a" } },
		{ "honest: blake3", REASON_NONE, .hash = DIGEST_BLAKE3, .algorithm = DIGEST_BLAKE3,
			.names = { "a", "b" } },
		{ "honest: a shard", REASON_NONE, .shard_size = 7, .size = 7, .names = { "a" } },
		{ "more shards than sent", REASON_INTERNAL, .shard_size = 7, .size = 8,
			.names = { "a" } },
		{ "shards of an empty file", REASON_INTERNAL, .shard_size = 7, .names = { "a" } },
		{ "more shards than allowed", REASON_INTERNAL, .shard_size = 1,
			.size = LIMIT_RESOURCES + 1, .names = { "a" } },
		{ "a shard size that is huge", REASON_INTERNAL, .shard_size = UINT64_MAX,
			.size = UINT64_MAX, .names = { "a" } },
		{ "another algorithm of the payload", REASON_INTERNAL,
			.payload_algorithm = DIGEST_SHA384, .names = { "a" } },
		{ "another algorithm of the key", REASON_INTERNAL, .spki_algorithm = DIGEST_SHA512,
			.names = { "a" } },
		{ "a signer for the terminal", REASON_INTERNAL, .subject = "CN=\033[2J",
			.names = { "a" } },
		{ "a signer not in ASCII", REASON_INTERNAL, .subject = "CN=\xe2\x80\xae",
			.names = { "a" } },
		{ "no subject", REASON_INTERNAL, .no_subject = true, .names = { "a" } },
		{ "an ignored root", REASON_INTERNAL, .ignored = ".", .names = { "a" } },
		{ "an ignored path upwards", REASON_INTERNAL, .ignored = "../a", .names = { "a" } },
		{ "an ignored nothing", REASON_INTERNAL, .ignored = "", .names = { "a" } },
		{ "more ignored than allowed", REASON_INTERNAL,
			.ignore_count = LIMIT_IGNORE_PATHS + 1, .names = { "a" } },
		{ "more resources than allowed", REASON_INTERNAL,
			.resource_count = LIMIT_RESOURCES + 1, .names = { "a" } },
		{ "more resources than sent", REASON_INTERNAL, .resource_count = LIMIT_RESOURCES,
			.names = { "a" } },
		{ "a count that is huge", REASON_INTERNAL, .resource_count = UINT64_MAX,
			.names = { "a" } },
		{ "fewer resources than sent", REASON_INTERNAL, .resource_count = 1,
			.names = { "a", "b" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_message struct wire_message message = { 0 };
		cleanup_signed_model struct signed_model model = { 0 };
		struct error err = { 0 };

		put_lie(&message, &rows[i]);
		check_result(signed_model_get(&message, &model, &err), rows[i].wanted, &err,
			rows[i].name);
		check(rows[i].wanted == REASON_NONE || !model.statement.resources, rows[i].name,
			"written although refused");
	}
}

/* A signature may have a subject of any length; a name may not. */
static void
test_long(void)
{
	static char text[LIMIT_NAME_BYTES + 2];

	for (int more = 0; more < 2; more++) {
		const struct lie lie = { .names = { text } };
		cleanup_message struct wire_message message = { 0 };
		cleanup_signed_model struct signed_model model = { 0 };
		struct error err = { 0 };

		memset(text, 'n', LIMIT_NAME_BYTES + more);
		put_lie(&message, &lie);
		check_result(signed_model_get(&message, &model, &err),
			more ? REASON_INTERNAL : REASON_NONE, &err,
			more ? "a name too long" : "a name as long as allowed");
	}
	for (int once = 0; once < 1; once++) {
		struct statement said = statement;
		cleanup_message struct wire_message message = { 0 };
		cleanup_signed_model struct signed_model model = { 0 };
		struct error err = { 0 };

		said.subject = text;
		signed_model_put(&message, &payload, &said);
		check_result(signed_model_get(&message, &model, &err), REASON_NONE, &err,
			"a long subject");
	}
}

static int
read_model(struct wire_message *message, struct error *err)
{
	cleanup_signed_model struct signed_model model = { 0 };

	return signed_model_get(message, &model, err);
}

int
main(void)
{
	cleanup_message struct wire_message message = { 0 };

	test_there_and_back();
	test_shards();
	test_lies();
	test_long();
	signed_model_put(&message, &payload, &statement);
	lies_check(&message, read_model, "signed model");
	return check_end();
}
