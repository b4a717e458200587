#include "oms/sign.h"

#include "base/mem.h"
#include "border/chain.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/trust.h"

#include "tests/unit/signing_material.h"

/* Names that a writer of JSON can get wrong, sorted as bytes. */
static const char *const odd_names[] = {
	" ",
	"\"quoted\"",
	"a\x01\x1f\x7f",
	"a\nb\tc\r",
	"a b",
	"a-b",
	"a/x",
	"back\\slash\\",
	"colon:0:5",
	"sub/\xc3\xa9",
	"\xe2\x80\xa8line",
	"\xf0\x9f\x98\x80",
};
static const char *const ignored[] = { ".git", "a \"b\"/\xc3\xa9\\" };

static const char wide_name[] = "model \"\\\x02\xc3\xa9";

/* A resource for each odd name, with a digest that tells them apart. */
static void
fill_resources(struct resource *resources)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd_names); i++) {
		resources[i].name = (char *)(uintptr_t)odd_names[i];
		resources[i].digest.algorithm = DIGEST_SHA256;
		memset(resources[i].digest.bytes, (int)(0xf0 + i), 32);
	}
}

static void
check_same(const struct statement *statement, const struct sign_subject *subject, const char *name)
{
	struct digest root = { 0 };
	struct error err = { 0 };

	check(statement->resource_count == subject->resource_count &&
			statement->ignore_count == subject->ignore_count,
		name, "%zu files, %zu ignored", statement->resource_count, statement->ignore_count);
	check_text(statement->subject, subject->name, name);
	for (size_t i = 0; i < statement->resource_count; i++)
		check(strcmp(statement->resources[i].name, subject->resources[i].name) == 0 &&
				digest_equal(&statement->resources[i].digest,
					&subject->resources[i].digest),
			name, "file %zu is '%s'", i, statement->resources[i].name);
	for (size_t i = 0; i < statement->ignore_count; i++)
		check_text(statement->ignore_paths[i], subject->ignore_paths[i], name);
	check(statement->allow_symlinks == subject->allow_symlinks, name, "allow_symlinks");
	check_result(
		statement_root_digest(subject->resources, subject->resource_count, &root, &err),
		REASON_NONE, &err, name);
	check(digest_equal(&root, &statement->root_digest), name, "root digest");
}

/* Parses, opens and reads the bundle; it must say what was signed. */
static void
check_round_trip(const char *bundle_text, const struct trust *trust,
	const struct sign_subject *subject, const char *name)
{
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };
	int result = bundle_parse(bundle_text, strlen(bundle_text), &bundle, &err);

	check_result(result, REASON_NONE, &err, name);
	if (result)
		return;
	result = envelope_open(&bundle, trust, &payload, &err);
	check_result(result, REASON_NONE, &err, name);
	check(!payload.hint_missing && !payload.legacy_encoding, name, "flags");
	if (result)
		return;
	result = statement_parse(&payload, false, &statement, &err);
	check_result(result, REASON_NONE, &err, name);
	if (result == 0)
		check_same(&statement, subject, name);
}

static void
check_keys(const struct sign_subject *subject)
{
	static const struct {
		const char *private_pem, *public_pem, *name;
	} cases[] = {
		{ MATERIAL_KEY, MATERIAL_KEY_PUBLIC, "round trip: P-256" },
		{ MATERIAL_OTHER, MATERIAL_OTHER_PUBLIC, "round trip: P-521" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_trust struct trust trust = { .method = TRUST_METHOD_KEY };
		cleanup_free char *text = NULL, *bundle = NULL;
		struct key *key = signing_read_key(cases[i].private_pem);
		struct error err = { 0 };
		size_t length = 0;
		int result = trust_add_pem(&trust, cases[i].public_pem, strlen(cases[i].public_pem),
			cases[i].name, &err);

		check_result(result, REASON_NONE, &err, cases[i].name);
		result = sign_statement(subject, &text, &length, &err);
		check_result(result, REASON_NONE, &err, cases[i].name);
		material_need(text && strlen(text) == length, "statement");
		result = sign_bundle(text, length, key, NULL, 0, &bundle, &err);
		check_result(result, REASON_NONE, &err, cases[i].name);
		key_release(key);
		material_need(bundle, "bundle");
		check_round_trip(bundle, &trust, subject, cases[i].name);
	}
}

static void
check_certificates(const struct sign_subject *subject)
{
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_CERTIFICATE,
		.at = MATERIAL_NOW };
	struct sign_certificate chain[] = { signing_read_certificate(MATERIAL_LEAF),
		signing_read_certificate(MATERIAL_ROOT) };
	struct sign_certificate expired = signing_read_certificate(MATERIAL_LEAF_EXPIRED);
	struct key *key = signing_read_key(MATERIAL_KEY), *other = signing_read_key(MATERIAL_OTHER);
	cleanup_free char *text = NULL, *bundle = NULL, *single = NULL, *unused = NULL;
	struct sign_certificate many[LIMIT_CERTIFICATES + 1];
	struct error err = { 0 };
	size_t length = 0;

	check_result(trust_add_pem(&trust, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "root", &err),
		REASON_NONE, &err, "certificate: trust");
	check_result(sign_statement(subject, &text, &length, &err), REASON_NONE, &err,
		"certificate: statement");
	material_need(text, "statement");
	check_result(sign_bundle(text, length, key, chain, 2, &bundle, &err), REASON_NONE, &err,
		"certificate: signed");
	material_need(bundle, "bundle");
	check_round_trip(bundle, &trust, subject, "round trip: certificates");
	check_result(sign_bundle(text, length, key, chain, 1, &single, &err), REASON_NONE, &err,
		"certificate: signed with the leaf alone");
	check_round_trip(single, &trust, subject, "round trip: leaf alone");

	material_check(sign_bundle(text, length, other, chain, 2, &unused, &err), REASON_CONFIG,
		"not the one of the signing certificate", &err, "certificate: other key");
	check_result(sign_bundle(text, length, key, chain + 1, 1, &unused, &err), REASON_CONFIG,
		&err, "certificate: root as signer");
	check_result(sign_bundle(text, length, key, &expired, 1, &unused, &err), REASON_CONFIG,
		&err, "certificate: expired");
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = chain[0];
	material_check(sign_bundle(text, length, key, many, ARRAY_SIZE(many), &unused, &err),
		REASON_CONFIG, "9 certificates, at most 8", &err, "certificate: too many");
	check(!unused, "certificate: output", "was touched");
	key_release(key);
	key_release(other);
	free(chain[0].der);
	free(chain[1].der);
	free(expired.der);
}

/* A certificate's bundle opened with something wrong in the trust or the bundle. */
static void
check_certificate_refusals(const struct sign_subject *subject)
{
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_CERTIFICATE,
		.at = MATERIAL_NOW };
	struct sign_certificate leaf = signing_read_certificate(MATERIAL_LEAF);
	struct key *key = signing_read_key(MATERIAL_KEY);
	cleanup_free char *text = NULL, *bundle_text = NULL;
	cleanup_bundle struct bundle bundle = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };
	size_t length = 0;

	check_result(trust_add_pem(&trust, MATERIAL_LEAF_EXPIRED, strlen(MATERIAL_LEAF_EXPIRED),
			     "x", &err),
		REASON_NONE, &err, "refusal: another anchor");
	if (sign_statement(subject, &text, &length, &err) ||
		sign_bundle(text, length, key, &leaf, 1, &bundle_text, &err) ||
		bundle_parse(bundle_text, strlen(bundle_text), &bundle, &err))
		material_need(false, err.text);
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_UNTRUSTED, &err,
		"refusal: no path to an anchor");
	check_result(trust_add_pem(&trust, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "root", &err),
		REASON_NONE, &err, "refusal: right anchor");
	trust.at = 1500000000; /* 2017 */
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_EXPIRED, &err,
		"refusal: before its time");
	trust.at = MATERIAL_NOW;
	bundle.payload.bytes[bundle.payload.length - 1] ^= 1;
	material_check(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE,
		"test signer", &err, "refusal: changed payload names the signer");
	bundle.certificates[0].bytes[4] ^= 0x40;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_BUNDLE, &err,
		"refusal: broken certificate");
	check(!payload.bytes, "refusal: output", "was touched");
	key_release(key);
	free(leaf.der);
}

/* We sign nothing that a verifier would refuse. */
static void
check_statement_refusals(void)
{
	static const struct {
		const char *name, *model;
		const char *files[2]; /* with "sha256" digests; NULL ends */
		const char *ignore;
		enum digest_algorithm last;
		enum reason wanted;
		const char *text;
	} cases[] = {
		{ "sign: as it is", "m", { "a", "b" }, "x", DIGEST_SHA256, REASON_NONE, NULL },
		{ "sign: one file", "m", { ".", NULL }, NULL, DIGEST_SHA256, REASON_NONE, NULL },
		{ "sign: no name", "", { "a", "b" }, NULL, DIGEST_SHA256, REASON_STATEMENT,
			"the model's name ''" },
		{ "sign: name not UTF-8", "m\xff", { "a", "b" }, NULL, DIGEST_SHA256,
			REASON_STATEMENT, "'m\\xff'" },
		{ "sign: no files", "m", { NULL, NULL }, NULL, DIGEST_SHA256, REASON_STATEMENT,
			"no file to sign" },
		{ "sign: unsorted", "m", { "b", "a" }, NULL, DIGEST_SHA256, REASON_STATEMENT,
			"not sorted" },
		{ "sign: twice", "m", { "a", "a" }, NULL, DIGEST_SHA256, REASON_STATEMENT,
			"'a' occurs twice" },
		{ "sign: dot beside others", "m", { ".", "a" }, NULL, DIGEST_SHA256,
			REASON_STATEMENT, "stands beside" },
		{ "sign: last not canonical", "m", { "a", "b//c" }, NULL, DIGEST_SHA256,
			REASON_STATEMENT, "'b//c'" },
		{ "sign: last not UTF-8", "m", { "a", "b\xc0\x80" }, NULL, DIGEST_SHA256,
			REASON_STATEMENT, "is not UTF-8" },
		{ "sign: last without digest", "m", { "a", "b" }, NULL, DIGEST_NONE,
			REASON_STATEMENT, "'none', not 'sha256'" },
		{ "sign: last with another digest", "m", { "a", "b" }, NULL, DIGEST_SHA512,
			REASON_STATEMENT, "not 'sha256'" },
		{ "sign: ignores all", "m", { "a", "b" }, ".", DIGEST_SHA256, REASON_STATEMENT,
			"ignored path '.'" },
		{ "sign: ignores upward", "m", { "a", "b" }, "../x", DIGEST_SHA256,
			REASON_STATEMENT, "ignored path '../x'" },
		{ "sign: ignores bytes", "m", { "a", "b" }, "\x80", DIGEST_SHA256, REASON_STATEMENT,
			"ignored path '\\x80'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resource resources[2] = { 0 };
		struct sign_subject subject = { .name = cases[i].model,
			.resources = resources,
			.ignore_paths = &cases[i].ignore,
			.ignore_count = cases[i].ignore != NULL };
		cleanup_free char *text = NULL;
		struct error err = { 0 };
		size_t length = 0;

		for (size_t j = 0; j < 2 && cases[i].files[j]; j++, subject.resource_count++) {
			resources[j].name = (char *)(uintptr_t)cases[i].files[j];
			resources[j].digest.algorithm = j ? cases[i].last : DIGEST_SHA256;
		}
		material_check(sign_statement(&subject, &text, &length, &err), cases[i].wanted,
			cases[i].text, &err, cases[i].name);
		check((text != NULL) == (cases[i].wanted == REASON_NONE), cases[i].name,
			"the output was touched, or not made");
	}
}

static void
check_counts(void)
{
	struct resource resource = { .digest = { .algorithm = DIGEST_SHA256 } };
	char name[] = "a";
	struct sign_subject subject = { .name = "m",
		.resources = &resource,
		.resource_count = LIMIT_RESOURCES + 1,
		.ignore_paths = ignored };
	cleanup_free char *text = NULL;
	struct error err = { 0 };
	size_t length = 0;

	resource.name = name;
	material_check(sign_statement(&subject, &text, &length, &err), REASON_STATEMENT,
		"has 200001 files", &err, "counts: files");
	subject.resource_count = 1;
	subject.ignore_count = LIMIT_IGNORE_PATHS + 1;
	material_check(sign_statement(&subject, &text, &length, &err), REASON_STATEMENT,
		"1025 ignored paths", &err, "counts: ignored paths");
}

/* Byte for byte: what other verifiers will read. */
static void
check_exact_text(void)
{
	struct resource resource = { .digest = { .algorithm = DIGEST_SHA256 } };
	char name[] = "a\"\\\n\x7f\xc3\xa9";
	const struct sign_subject subject = {
		.name = "m", .resources = &resource, .resource_count = 1, .allow_symlinks = true
	};
	cleanup_free char *text = NULL;
	struct error err = { 0 };
	size_t length = 0;

	resource.name = name;
	check_result(sign_statement(&subject, &text, &length, &err), REASON_NONE, &err, "exact");
	check_text(text,
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\","
		"\"digest\":{\"sha256\":"
		"\"66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925\"}}],"
		"\"predicateType\":\"https://model_signing/signature/v1.0\",\"predicate\":{"
		"\"resources\":[{\"name\":\"a\\\"\\\\\\u000a\\u007f\xc3\xa9\",\"digest\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\","
		"\"algorithm\":\"sha256\"}],\"serialization\":{\"method\":\"files\","
		"\"hash_type\":\"sha256\",\"allow_symlinks\":true}}}",
		"exact: statement");
}

/* Shards: named and spelled as release 1.1 of the reference does, and read back. */
static void
check_shards(void)
{
	struct digest shards[] = { { DIGEST_BLAKE3, { 1 } }, { DIGEST_BLAKE3, { 2 } } };
	char name[] = "a:b", last[] = "c";
	struct resource files[] = {
		{ .name = name, .shards = shards, .shard_count = 2, .shard_size = 10, .size = 15 },
		{ .name = last, .shards = shards, .shard_count = 1, .shard_size = 10, .size = 10 },
	};
	const struct sign_subject subject = {
		.name = "m", .resources = files, .resource_count = 2
	};
	cleanup_statement struct statement statement = { 0 };
	cleanup_free char *text = NULL;
	struct payload payload = { 0 };
	struct error err = { 0 };
	size_t length = 0;

	check_result(sign_statement(&subject, &text, &length, &err), REASON_NONE, &err, "shards");
	material_need(text, err.text);
	check(strstr(text, "{\"name\":\"a:b:10:15\",\"digest\":\"02000000") &&
			strstr(text, "\"algorithm\":\"blake3-sharded-10\"}") &&
			strstr(text, "\"method\":\"shards\",\"hash_type\":\"blake3\","
				     "\"shard_size\":10,"),
		"shards: text", "%s", text);
	payload.bytes = (const uint8_t *)text;
	payload.length = length;
	check_result(statement_parse(&payload, false, &statement, &err), REASON_NONE, &err,
		"shards: read back");
	check(statement.resource_count == 2 && statement.resources[0].size == 15, "shards: files",
		"%zu", statement.resource_count);
	free(take_ptr(text));
	files[1].shard_count = 2;
	material_check(sign_statement(&subject, &text, &length, &err), REASON_STATEMENT,
		"'c' is not divided into shards as 'a:b' is", &err, "shards: one too many");
	files[1].shard_count = 1;
	files[1].shard_size = 20;
	material_check(sign_statement(&subject, &text, &length, &err), REASON_STATEMENT,
		"'c' is not divided into shards as 'a:b' is", &err, "shards: of two sizes");
}

/* A bundle that nobody would read is not written. */
static void
check_large(void)
{
	const size_t length = LIMIT_BUNDLE_BYTES / 4 * 3;
	cleanup_free char *statement = malloc(length), *bundle = NULL;
	struct key *key = signing_read_key(MATERIAL_KEY);
	struct error err = { 0 };

	material_need(statement, "memory");
	memset(statement, ' ', length);
	material_check(sign_bundle(statement, length, key, NULL, 0, &bundle, &err),
		REASON_STATEMENT, "at most 33554432 are read", &err, "sign: too large");
	check_result(sign_bundle(statement, length - 1024, key, NULL, 0, &bundle, &err),
		REASON_NONE, &err, "sign: large");
	key_release(key);
}

static void
check_public_key(void)
{
	static const char pem[] = MATERIAL_KEY_PUBLIC;
	struct error err = { 0 };
	struct key *key = key_parse_public(pem, strlen(pem), "key", &err);
	cleanup_free char *bundle = NULL;

	material_need(key, err.text);
	check_result(sign_bundle("{}", 2, key, NULL, 0, &bundle, &err), REASON_CONFIG, &err,
		"sign: with a public key");
	check(!bundle, "sign: with a public key", "the output was touched");
	key_release(key);
}

int
main(void)
{
	struct resource resources[ARRAY_SIZE(odd_names)] = { 0 };
	const struct sign_subject subject = { wide_name, resources, ARRAY_SIZE(odd_names), ignored,
		ARRAY_SIZE(ignored), true };

	fill_resources(resources);
	check_keys(&subject);
	check_certificates(&subject);
	check_certificate_refusals(&subject);
	check_statement_refusals();
	check_counts();
	check_exact_text();
	check_shards();
	check_large();
	check_public_key();
	return check_end();
}
