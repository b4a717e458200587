#include "oms/statement.h"

#include "base/mem.h"
#include "oms/envelope.h"

#include "tests/unit/oms_material.h"

/* Digests and root digest of the reference's goldens (facts: oms, section 6). */
#define ONE  "f6310066c7320497ea554260c32c43660bff648cb2a61194832cc086077085e1"
#define TWO  "32dcb1f8e1ae52d5963e56a6ba06ab58b424c15ed2a6b70d2feca1d089370028"
#define ROOT "61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226"
/* SHA-256 of the 32 bytes of ONE, and of TWO before ONE. */
#define ROOT_OF_ONE "278abb032f2ca34cc4f95b1d8235d925ea1d92582e3ea08af9d93d144a156a5e"
#define ROOT_TURNED "961b43b38995498322a91b15ad86e1c615f0b3f1172fbc99141cdbd00d022599"
#define UPPER_ONE   "F6310066C7320497EA554260C32C43660BFF648CB2A61194832CC086077085E1"

#define RESOURCE_ONE "{\"name\":\"signme-1\",\"digest\":\"" ONE "\",\"algorithm\":\"sha256\"}"
#define RESOURCE_TWO "{\"name\":\"signme-2\",\"digest\":\"" TWO "\",\"algorithm\":\"sha256\"}"
#define SUBJECT      "{\"name\":\"m\",\"digest\":{\"sha256\":\"" ROOT "\"}}"
#define TYPE         "\"_type\":\"https://in-toto.io/Statement/v1\""
#define PREDICATE    "\"predicateType\":\"https://model_signing/signature/v1.0\""

static const char current[] = "{" TYPE ",\"subject\":[" SUBJECT "]," PREDICATE ",\"predicate\":{"
			      "\"resources\":[" RESOURCE_ONE "," RESOURCE_TWO "],"
			      "\"serialization\":{\"method\":\"files\",\"hash_type\":\"sha256\","
			      "\"allow_symlinks\":false,\"ignore_paths\":[\".git\",\"a/b\"]}}}";

#define LEGACY_ONE                                             \
	"{\"name\":\"signme-1\",\"digest\":{\"sha256\":\"" ONE \
	"\"},\"annotations\":{\"actual_hash_algorithm\":\"file-sha256\"}}"
#define LEGACY_TWO "{\"name\":\"signme-2\",\"digest\":{\"sha256\":\"" TWO "\"}}"

static const char legacy[] = "{" TYPE ",\"subject\":[" LEGACY_TWO "," LEGACY_ONE
			     "],\"predicateType\":\"https://model_signing/Digests/v0.1\","
			     "\"predicate\":{\"unused\":\"x\"}}";

struct mutation {
	const char *name, *from, *to;
	enum reason wanted;
	const char *text; /* part of the message, where the case is refused */
};

static const struct mutation heads[] = {
	{ "statement: as it is", "\"_type\"", "\"_type\"", REASON_NONE, NULL },
	{ "statement: no object", current, "[]", REASON_STATEMENT, "must be an object" },
	{ "statement: empty", current, "", REASON_STATEMENT, NULL },
	{ "statement: byte order mark", "{\"_type", "\xef\xbb\xbf{\"_type", REASON_STATEMENT,
		NULL },
	{ "statement: a second value", "}}}", "}}} {}", REASON_STATEMENT, NULL },
	{ "statement: a name twice", TYPE, TYPE "," TYPE, REASON_STATEMENT,
		"'_type' occurs twice" },
	{ "statement: unknown member", TYPE, TYPE ",\"x\":{\"y\":[1]}", REASON_NONE, NULL },
	{ "statement: no type", TYPE ",", "", REASON_STATEMENT, "'_type' is missing" },
	{ "statement: older type", "Statement/v1", "Statement/v0.1", REASON_STATEMENT, "'_type'" },
	{ "statement: longer type", "Statement/v1", "Statement/v1 ", REASON_STATEMENT, "'_type'" },
	{ "statement: type in a list", TYPE, "\"_type\":[\"https://in-toto.io/Statement/v1\"]",
		REASON_STATEMENT, "'_type' must be a text, is a list" },
	{ "statement: no predicate type", PREDICATE ",", "", REASON_STATEMENT,
		"'predicateType' is missing" },
	{ "statement: newer predicate", "signature/v1.0", "signature/v1.1", REASON_STATEMENT,
		"'predicateType' must be" },
	{ "statement: predicate type null", "\"https://model_signing/signature/v1.0\"", "null",
		REASON_STATEMENT, "'predicateType' must be a text, is null" },
	{ "statement: predicate a list", "\"predicate\":{", "\"predicate\":[],\"x\":{",
		REASON_STATEMENT, "'predicate' must be a map, is a list" },

	{ "subject: missing", "\"subject\"", "\"subjects\"", REASON_STATEMENT,
		"'subject' is missing" },
	{ "subject: an object", "[" SUBJECT "]", SUBJECT, REASON_STATEMENT,
		"'subject' must be a list" },
	{ "subject: none", SUBJECT, "", REASON_STATEMENT, "exactly one entry, has 0" },
	{ "subject: two", SUBJECT, SUBJECT "," SUBJECT, REASON_STATEMENT,
		"exactly one entry, has 2" },
	{ "subject: a text", SUBJECT, "\"x\"", REASON_STATEMENT, "must be an object, is a text" },
	{ "subject: name empty", "\"name\":\"m\"", "\"name\":\"\"", REASON_STATEMENT,
		"the name is empty" },
	{ "subject: no name", "\"name\":\"m\",", "", REASON_STATEMENT, "'name' is missing" },
	{ "subject: name a number", "\"name\":\"m\"", "\"name\":5", REASON_STATEMENT,
		"'name' must be a text, is a number" },
	{ "subject: no digest", "\"digest\":{\"sha256\":\"" ROOT "\"}", "\"x\":1", REASON_STATEMENT,
		"'digest' is missing" },
	{ "subject: other digests beside", "{\"sha256\":", "{\"blake3\":5,\"sha256\":", REASON_NONE,
		NULL },
	{ "subject: only another digest", "{\"sha256\":", "{\"sha512\":", REASON_STATEMENT,
		"no root digest" },
	{ "subject: digest upper case", "61d4", "61D4", REASON_STATEMENT, "64 lower-case" },
	{ "subject: digest short", "61d4", "61d", REASON_STATEMENT, "64 lower-case" },
	{ "subject: digest long", "61d4", "061d4", REASON_STATEMENT, "64 lower-case" },
	{ "subject: digest of others", "61d4", "61d5", REASON_STATEMENT,
		"the root digest is 61d5" },
};

static const struct mutation bodies[] = {
	{ "serialization: missing", "\"serialization\"", "\"serialisation\"", REASON_STATEMENT,
		"'serialization' is missing" },
	{ "serialization: null", "\"serialization\":{", "\"serialization\":null,\"x\":{",
		REASON_STATEMENT, "'serialization' must be a map, is null" },
	{ "serialization: shards without their size", "\"files\"", "\"shards\"", REASON_STATEMENT,
		"'shard_size' is missing" },
	{ "serialization: tensors", "\"files\"", "\"tensors\"", REASON_STATEMENT,
		"method is 'tensors', expected 'files' or 'shards'" },
	{ "serialization: Files", "\"files\"", "\"Files\"", REASON_STATEMENT, "'Files'" },
	{ "serialization: method missing", "\"method\":\"files\",", "", REASON_STATEMENT,
		"'method' is missing" },
	{ "serialization: blake2b, a lie", "\"hash_type\":\"sha256\"", "\"hash_type\":\"blake2b\"",
		REASON_STATEMENT,
		"algorithm of 'signme-1' is 'sha256', which does not fit hash_type 'blake2b'" },
	{ "serialization: blake3, a lie", "\"hash_type\":\"sha256\"", "\"hash_type\":\"blake3\"",
		REASON_STATEMENT,
		"algorithm of 'signme-1' is 'sha256', which does not fit hash_type 'blake3'" },
	{ "serialization: sha512", "\"hash_type\":\"sha256\"", "\"hash_type\":\"sha512\"",
		REASON_STATEMENT, "hash_type is 'sha512', expected 'sha256', 'blake2b' or" },
	{ "serialization: none", "\"hash_type\":\"sha256\"", "\"hash_type\":\"none\"",
		REASON_STATEMENT, "hash_type is 'none'" },
	{ "serialization: no hash_type", "\"hash_type\":\"sha256\",", "", REASON_STATEMENT,
		"'hash_type' is missing" },
	{ "serialization: hash_type null", "\"hash_type\":\"sha256\"", "\"hash_type\":null",
		REASON_STATEMENT, "'hash_type' must be a text, is null" },
	{ "serialization: no allow_symlinks", "\"allow_symlinks\":false,", "", REASON_STATEMENT,
		"'allow_symlinks' is missing" },
	{ "serialization: allow_symlinks a text", "false", "\"false\"", REASON_STATEMENT,
		"'allow_symlinks' must be true or false, is a text" },
	{ "serialization: allow_symlinks 0", "false", "0", REASON_STATEMENT,
		"'allow_symlinks' must be true or false, is a number" },
	{ "serialization: unknown member", "\"method\"", "\"x\":1,\"method\"", REASON_STATEMENT,
		"unknown member 'x'" },
	{ "serialization: shard_size of files", "\"method\"", "\"shard_size\":1,\"method\"",
		REASON_STATEMENT, "'shard_size' stands beside the method 'files'" },

	{ "ignore: absent", ",\"ignore_paths\":[\".git\",\"a/b\"]", "", REASON_NONE, NULL },
	{ "ignore: empty", "[\".git\",\"a/b\"]", "[]", REASON_NONE, NULL },
	{ "ignore: null", "[\".git\",\"a/b\"]", "null", REASON_STATEMENT,
		"'ignore_paths' must be a list, is null" },
	{ "ignore: everything", "\".git\"", "\".\"", REASON_STATEMENT, "ignore_paths: '.'" },
	{ "ignore: empty path", "\".git\"", "\"\"", REASON_STATEMENT, "ignore_paths: ''" },
	{ "ignore: absolute", "\".git\"", "\"/etc\"", REASON_STATEMENT, "ignore_paths: '/etc'" },
	{ "ignore: upward", "\".git\"", "\"a/../..\"", REASON_STATEMENT,
		"ignore_paths: 'a/../..'" },
	{ "ignore: slash behind, last", "\"a/b\"", "\"a/b/\"", REASON_STATEMENT,
		"ignore_paths: 'a/b/'" },
	{ "ignore: a number, last", "\"a/b\"", "5", REASON_STATEMENT,
		"must be a text, is a number" },

	{ "resources: missing", "\"resources\"", "\"resource\"", REASON_STATEMENT,
		"'resources' is missing" },
	{ "resources: empty", RESOURCE_ONE "," RESOURCE_TWO, "", REASON_STATEMENT, "is empty" },
	{ "resources: a map", "[" RESOURCE_ONE "," RESOURCE_TWO "]", "{}", REASON_STATEMENT,
		"'resources' must be a list, is a map" },
	{ "resources: null inside", RESOURCE_TWO, "null", REASON_STATEMENT,
		"resources: [1]: must be an object, is null" },
	{ "resources: one less", "," RESOURCE_TWO, "", REASON_STATEMENT, "the resources give" },
	{ "resources: unknown member", "{\"name\":\"signme-1\"", "{\"x\":1,\"name\":\"signme-1\"",
		REASON_NONE, NULL },
	{ "resource: name twice", "signme-2", "signme-1", REASON_STATEMENT,
		"'signme-1' occurs twice" },
	{ "resource: double slash", "signme-2", "a//b", REASON_STATEMENT, "'a//b'" },
	{ "resource: upward", "signme-2", "../b", REASON_STATEMENT, "'../b'" },
	{ "resource: dot in front", "signme-2", "./b", REASON_STATEMENT, "'./b'" },
	{ "resource: dots inside", "signme-2", "a/../b", REASON_STATEMENT, "'a/../b'" },
	{ "resource: absolute", "signme-2", "/b", REASON_STATEMENT, "'/b'" },
	{ "resource: slash behind", "signme-2", "b/", REASON_STATEMENT, "'b/'" },
	{ "resource: no name", "signme-2", "", REASON_STATEMENT, "the name ''" },
	{ "resource: dot beside others", "signme-2", ".", REASON_STATEMENT,
		"stands beside other names" },
	{ "resource: NUL", "signme-2", "a\\u0000b", REASON_STATEMENT, "0000 in a text" },
	{ "resource: lone surrogate", "signme-2", "a\\ud800b", REASON_STATEMENT, NULL },
	{ "resource: not UTF-8", "signme-2", "a\xff", REASON_STATEMENT, NULL },
	{ "resource: odd names are names", "signme-2", "a\\n\\\"\\\\:\\ud83d\\ude00 b/...",
		REASON_NONE, NULL },
	{ "resource: digest in upper case", ONE, UPPER_ONE, REASON_NONE, NULL },
	{ "resource: digest short", ONE, "f6", REASON_STATEMENT, "64 hexadecimal digits" },
	{ "resource: digest with a space", ONE, ONE " ", REASON_STATEMENT,
		"64 hexadecimal digits" },
	{ "resource: digest with 0x", "f631", "0x31", REASON_STATEMENT, "64 hexadecimal digits" },
	{ "resource: digest a number", "\"" ONE "\"", "1", REASON_STATEMENT,
		"'digest' must be a text, is a number" },
	{ "resource: digest changed", TWO, ONE, REASON_STATEMENT, "the resources give" },
	{ "resource: no algorithm",
		","
		"\"algorithm\":\"sha256\"",
		"", REASON_STATEMENT, "'algorithm' is missing" },
	{ "resource: last of another algorithm", "\"" TWO "\",\"algorithm\":\"sha256\"",
		"\"" TWO "\",\"algorithm\":\"blake3\"", REASON_STATEMENT,
		"[1]: the algorithm of 'signme-2' is 'blake3'" },
	{ "resource: algorithm SHA256", "\"algorithm\":\"sha256\"", "\"algorithm\":\"SHA256\"",
		REASON_STATEMENT, "is 'SHA256'" },
	{ "resource: algorithm of shards", "\"algorithm\":\"sha256\"",
		"\"algorithm\":\"sha256-sharded-4\"", REASON_STATEMENT, "'sha256-sharded-4'" },
};

static const struct mutation legacies[] = {
	{ "legacy: as it is", "\"_type\"", "\"_type\"", REASON_NONE, NULL },
	{ "legacy: other hash", "file-sha256", "file-blake2b", REASON_STATEMENT,
		"actual_hash_algorithm is 'file-blake2b'" },
	{ "legacy: shards", "file-sha256", "file-sha256-sharded-1000", REASON_STATEMENT,
		"actual_hash_algorithm is" },
	{ "legacy: hash null", "\"file-sha256\"", "null", REASON_STATEMENT,
		"actual_hash_algorithm is null" },
	{ "legacy: name twice", "signme-2", "signme-1", REASON_STATEMENT,
		"'signme-1' occurs twice" },
	{ "legacy: name upward", "signme-2", "../x", REASON_STATEMENT, "'../x'" },
	{ "legacy: no digest", "{\"sha256\":\"" ONE, "{\"sha512\":\"" ONE, REASON_STATEMENT,
		"[1]: digest: the member 'sha256' is missing" },
	{ "legacy: digest short", TWO, "32", REASON_STATEMENT, "64 hexadecimal digits" },
	{ "legacy: no files", LEGACY_TWO "," LEGACY_ONE, "", REASON_STATEMENT, "is empty" },
	{ "legacy: other type", "Statement/v1", "Statement/v0.1", REASON_STATEMENT, "'_type'" },
};

static int
parse(const char *text, bool legacy_encoding, bool allow_legacy, struct statement *out,
	struct error *err)
{
	const struct payload payload = { .bytes = (const uint8_t *)text,
		.length = strlen(text),
		.legacy_encoding = legacy_encoding };

	return statement_parse(&payload, allow_legacy, out, err);
}

static void
check_mutations(const char *base, const struct mutation *cases, size_t count, bool allow_legacy)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_statement struct statement statement = { 0 };
		cleanup_free char *text = material_replace(base, cases[i].from, cases[i].to);
		struct error err = { 0 };

		material_check(parse(text, false, allow_legacy, &statement, &err), cases[i].wanted,
			cases[i].text, &err, cases[i].name);
		if (cases[i].wanted != REASON_NONE)
			check(!statement.resources && !statement.subject, cases[i].name,
				"the output was touched");
	}
}

static void
check_contents(void)
{
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };

	check_result(parse(current, false, false, &statement, &err), REASON_NONE, &err, "contents");
	if (!statement.resources)
		return;
	check_text(statement.subject, "m", "contents: subject");
	check_text(digest_format(&statement.root_digest).text, ROOT, "contents: root digest");
	check(statement.resource_count == 2 && statement.ignore_count == 2, "contents: counts",
		"%zu, %zu", statement.resource_count, statement.ignore_count);
	check_text(statement.resources[0].name, "signme-1", "contents: first name");
	check_text(
		digest_format(&statement.resources[1].digest).text, TWO, "contents: second digest");
	check_text(statement.ignore_paths[0], ".git", "contents: first ignored path");
	check_text(statement.ignore_paths[1], "a/b", "contents: second ignored path");
	check(!statement.allow_symlinks && !statement.legacy, "contents: flags", "set");
}

/* Any order of the payload is fine; the root digest follows it, the result is sorted. */
static void
check_order(void)
{
	cleanup_free char *turned = material_replace(
		current, RESOURCE_ONE "," RESOURCE_TWO, RESOURCE_TWO "," RESOURCE_ONE);
	cleanup_free char *right = material_replace(turned, ROOT, ROOT_TURNED);
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };

	material_check(parse(turned, false, false, &statement, &err), REASON_STATEMENT,
		"the resources give " ROOT_TURNED, &err, "order: root digest of another order");
	check_result(
		parse(right, false, false, &statement, &err), REASON_NONE, &err, "order: turned");
	check_text(statement.resource_count == 2 ? statement.resources[0].name : NULL, "signme-1",
		"order: sorted");
}

static void
check_single_file(void)
{
	cleanup_free char *one = material_replace(current, "," RESOURCE_TWO, "");
	cleanup_free char *dot = material_replace(one, "signme-1", ".");
	cleanup_free char *right = material_replace(dot, ROOT, ROOT_OF_ONE);
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };

	check_result(parse(right, false, false, &statement, &err), REASON_NONE, &err,
		"single file: '.' alone");
	check_text(statement.resource_count == 1 ? statement.resources[0].name : NULL, ".",
		"single file: name");
}

static void
check_legacy_rules(void)
{
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };

	material_check(parse(legacy, false, false, &statement, &err), REASON_STATEMENT,
		"not allowed here", &err, "legacy: not allowed");
	material_check(parse(current, true, true, &statement, &err), REASON_STATEMENT,
		"the encoding of release 0.2.0, which counts only for", &err,
		"legacy: encoding with the current predicate");
	check_result(parse(legacy, true, true, &statement, &err), REASON_NONE, &err,
		"legacy: its own encoding");
	check(statement.legacy && statement.resource_count == 2 &&
			statement.root_digest.algorithm == DIGEST_NONE,
		"legacy: contents", "%zu files", statement.resource_count);
	check_text(statement.resource_count == 2 ? statement.resources[0].name : NULL, "signme-1",
		"legacy: sorted");
}

int
main(void)
{
	check_contents();
	check_mutations(current, heads, ARRAY_SIZE(heads), false);
	check_mutations(current, bodies, ARRAY_SIZE(bodies), true);
	check_mutations(legacy, legacies, ARRAY_SIZE(legacies), true);
	check_order();
	check_single_file();
	check_legacy_rules();
	return check_end();
}
