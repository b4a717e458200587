/* Statements over shards: which names, sizes and spellings make files, and which are refused
 * (facts: oms, sections 5 and 7). */
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "oms/envelope.h"
#include "oms/shard.h"
#include "oms/statement.h"

#include "tests/unit/oms_material.h"

enum { NAMES_MAX = 5 };

struct row {
	const char *name;
	const char *hash, *size, *algorithm; /* NULL: sha256, 4, and the hash without a suffix */
	const char *names[NAMES_MAX + 1];
	enum reason wanted;
	const char *text; /* where refused: part of the message; else "name size, name size" */
};

/* Record I has a digest of bytes I + 1. */
static void
put_records(struct writer *out, const struct row *row, const char *hash, char *root)
{
	enum digest_algorithm algorithm = digest_of_files(hash);
	size_t size = digest_size(algorithm ? algorithm : DIGEST_SHA256);
	uint8_t digests[NAMES_MAX * DIGEST_BYTES_MAX];
	char hex[2 * DIGEST_BYTES_MAX + 1];
	struct error err = { 0 };
	struct digest sum;
	size_t count = 0;

	for (; row->names[count]; count++) {
		memset(digests + count * size, (int)count + 1, size);
		text_format_hex(hex, digests + count * size, size);
		writer_format(out, "%s{\"name\":\"%s\",\"digest\":\"%s\",\"algorithm\":\"%s\"}",
			count ? "," : "", row->names[count], hex,
			row->algorithm ? row->algorithm : hash);
	}
	material_need(
		digest_compute(DIGEST_SHA256, digests, count * size, &sum, &err) == 0, err.text);
	strcpy(root, digest_format(&sum).text);
}

static char *
make_statement(const struct row *row)
{
	const char *hash = row->hash ? row->hash : "sha256";
	cleanup_writer struct writer records = { 0 };
	struct writer out = { 0 };
	char root[2 * DIGEST_BYTES_MAX + 1];

	put_records(&records, row, hash, root);
	writer_format(&out,
		"{\"_type\":\"" STATEMENT_TYPE "\",\"predicateType\":\"" STATEMENT_PREDICATE "\","
		"\"subject\":[{\"name\":\"m\",\"digest\":{\"sha256\":\"%s\"}}],\"predicate\":{"
		"\"resources\":[%s],\"serialization\":{\"method\":\"shards\",\"hash_type\":\"%s\","
		"\"shard_size\":%s,\"allow_symlinks\":false}}}",
		root, records.text, hash, row->size ? row->size : "4");
	material_need(!records.failed && !out.failed, "memory");
	return out.text;
}

/* "name size, name size" */
static void
format_files(const struct statement *statement, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < statement->resource_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s %llu", i ? ", " : "",
			statement->resources[i].name,
			(unsigned long long)statement->resources[i].size);
}

static void
check_row(const struct row *row)
{
	cleanup_statement struct statement statement = { 0 };
	cleanup_free char *text = make_statement(row);
	const struct payload payload = { .bytes = (const uint8_t *)text, .length = strlen(text) };
	struct error err = { 0 };
	char files[300] = "";

	material_check(statement_parse(&payload, false, &statement, &err), row->wanted,
		row->wanted ? row->text : NULL, &err, row->name);
	if (row->wanted == REASON_NONE) {
		format_files(&statement, files, sizeof(files));
		check_text(files, row->text, row->name);
	}
}

static void
test_statements(void)
{
	static const struct row rows[] = {
		{ "one shard", .names = { "a:0:3" }, .text = "a 3" },
		{ "a whole shard", .names = { "a:0:4" }, .text = "a 4" },
		{ "two files", .names = { "a:0:4", "a:4:5", "b:0:1" }, .text = "a 5, b 1" },
		{ "any order", .names = { "b:0:1", "a:8:9", "a:0:4", "c:0:4", "a:4:8" },
			.text = "a 9, b 1, c 4" },
		{ "numbers sort as numbers", .size = "1",
			.names = { "a:0:1", "a:1:2", "a:2:3", "a:3:4" }, .text = "a 4" },
		{ "a name with colons", .names = { "a:0:4:0:4", "a:0:4" }, .text = "a 4, a:0:4 4" },
		{ "a name of a colon", .names = { "::0:4" }, .text = ": 4" },
		{ "a name in a folder", .names = { "d/e:0:4" }, .text = "d/e 4" },
		{ "a single file", .names = { ".:0:4", ".:4:8" }, .text = ". 8" },
		{ "blake2b", .hash = "blake2b", .names = { "a:0:4", "a:4:6" }, .text = "a 6" },
		{ "blake3", .hash = "blake3", .names = { "a:0:4", "a:4:6" }, .text = "a 6" },
		{ "the size as a fraction", .size = "4.0", .names = { "a:0:4" }, .text = "a 4" },
		{ "the size with an exponent", .size = "0.4e1", .names = { "a:0:4" },
			.text = "a 4" },
		{ "the largest size", .size = "9223372036854775807", .names = { "a:0:4" },
			.text = "a 4" },
		{ "the largest file", .size = "4611686018427387904",
			.names = { "a:0:4611686018427387904",
				"a:4611686018427387904:9223372036854775807" },
			.text = "a 9223372036854775807" },
		{ "the reference's spelling", .algorithm = "sha256-sharded-4", .names = { "a:0:4" },
			.text = "a 4" },
		{ "the reference's spelling, blake3", .hash = "blake3", .size = "4.0",
			.algorithm = "blake3-sharded-4", .names = { "a:0:4" }, .text = "a 4" },

		{ "spelling: another size", .algorithm = "sha256-sharded-5", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "does not fit hash_type 'sha256' and" },
		{ "spelling: a fraction", .algorithm = "sha256-sharded-4.0", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "'sha256-sharded-4.0'" },
		{ "spelling: a zero in front", .algorithm = "sha256-sharded-04",
			.names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'sha256-sharded-04'" },
		{ "spelling: nothing behind", .algorithm = "sha256-sharded-", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "'sha256-sharded-'" },
		{ "spelling: something behind", .algorithm = "sha256-sharded-4 ",
			.names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'sha256-sharded-4 '" },
		{ "spelling: another hash", .algorithm = "blake3-sharded-4", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "'blake3-sharded-4'" },
		{ "spelling: upper case", .algorithm = "sha256-Sharded-4", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "'sha256-Sharded-4'" },

		{ "size: 0", .size = "0", .names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "shard_size is '0'" },
		{ "size: negative", .size = "-4", .names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "shard_size is '-4'" },
		{ "size: not whole", .size = "4.5", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "shard_size is '4.5'" },
		{ "size: 2^63", .size = "9223372036854775808", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "shard_size is" },
		{ "size: text", .size = "\"4\"", .names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'shard_size' must be a number, is a text" },
		{ "size: null", .size = "null", .names = { "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'shard_size' must be a number, is null" },

		{ "name: no range", .names = { "a" }, .wanted = REASON_STATEMENT,
			.text = "[0]: the name 'a' of a shard does not end in ':start:end'" },
		{ "name: one number", .names = { "a:4" }, .wanted = REASON_STATEMENT,
			.text = "'a:4'" },
		{ "name: no path", .names = { ":0:4" }, .wanted = REASON_STATEMENT,
			.text = "the name ''" },
		{ "name: no start", .names = { "a::4" }, .wanted = REASON_STATEMENT,
			.text = "'a::4'" },
		{ "name: no end", .names = { "a:0:" }, .wanted = REASON_STATEMENT,
			.text = "'a:0:'" },
		{ "name: a zero in front", .names = { "a:0:04" }, .wanted = REASON_STATEMENT,
			.text = "'a:0:04'" },
		{ "name: a sign", .names = { "a:+0:4" }, .wanted = REASON_STATEMENT,
			.text = "'a:+0:4'" },
		{ "name: a space", .names = { "a:0: 4" }, .wanted = REASON_STATEMENT,
			.text = "'a:0: 4'" },
		{ "name: 2^63", .names = { "a:0:9223372036854775808" }, .wanted = REASON_STATEMENT,
			.text = "does not end in" },
		{ "name: 2^64 and 4", .names = { "a:0:18446744073709551620" },
			.wanted = REASON_STATEMENT, .text = "does not end in" },
		{ "name: a path upwards", .names = { "../a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'../a'" },
		{ "name: an absolute path", .names = { "/a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "'/a'" },
		{ "name: a single file beside others", .names = { ".:0:4", "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "stands beside other names" },

		{ "place: twice", .names = { "a:0:4", "a:0:4" }, .wanted = REASON_STATEMENT,
			.text = "a shard of 'a' begins at 0, expected one at 4" },
		{ "place: the first is missing", .names = { "a:4:8" }, .wanted = REASON_STATEMENT,
			.text = "begins at 4, expected one at 0" },
		{ "place: a gap", .names = { "a:0:4", "a:8:9" }, .wanted = REASON_STATEMENT,
			.text = "begins at 8, expected one at 4" },
		{ "place: an overlap", .names = { "a:0:4", "a:3:7" }, .wanted = REASON_STATEMENT,
			.text = "begins at 3, expected one at 4" },
		{ "place: short in the middle", .names = { "a:0:3", "a:3:7" },
			.wanted = REASON_STATEMENT,
			.text = "the shard of 'a' at 0 has 3 bytes, but shard_size is 4" },
		{ "place: too long", .names = { "a:0:5" }, .wanted = REASON_STATEMENT,
			.text = "has 5 bytes, but shard_size is 4" },
		{ "place: too long at the end", .names = { "a:0:4", "a:4:9" },
			.wanted = REASON_STATEMENT, .text = "at 4 has 5 bytes" },
		{ "place: an empty shard", .names = { "a:0:0" }, .wanted = REASON_STATEMENT,
			.text = "the shard of 'a' at 0 is empty" },
		{ "place: an empty shard at the end", .names = { "a:0:4", "a:4:4" },
			.wanted = REASON_STATEMENT, .text = "at 4 is empty" },
		{ "place: backwards", .names = { "a:0:4", "a:4:3" }, .wanted = REASON_STATEMENT,
			.text = "at 4 is empty" },
		{ "place: the second file", .names = { "a:0:4", "b:4:8" },
			.wanted = REASON_STATEMENT, .text = "a shard of 'b' begins at 4" },
		{ "hash: sha512", .hash = "sha512", .names = { "a:0:4" },
			.wanted = REASON_STATEMENT, .text = "hash_type is 'sha512'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* The digests follow the file, whatever the payload's order. */
static void
test_digests(void)
{
	static const struct row row = { .names = { "a:8:9", "a:0:4", "a:4:8" } };
	cleanup_statement struct statement statement = { 0 };
	cleanup_free char *text = make_statement(&row);
	const struct payload payload = { .bytes = (const uint8_t *)text, .length = strlen(text) };
	struct error err = { 0 };
	const struct resource *file;

	check_result(
		statement_parse(&payload, false, &statement, &err), REASON_NONE, &err, "digests");
	material_need(statement.resource_count == 1, "one file");
	file = &statement.resources[0];
	check(file->shard_count == 3 && file->shards[0].bytes[0] == 2 &&
			file->shards[1].bytes[31] == 3 && file->shards[2].bytes[0] == 1,
		"digests: in the file's order", "another");
	check(statement.hash == DIGEST_SHA256 && statement.shard_size == 4 &&
			file->shard_size == 4 && file->digest.algorithm == DIGEST_NONE,
		"digests: serialization", "another");
}

/* A root digest of other records is seen. */
static void
test_root(void)
{
	static const struct row row = { .names = { "a:0:4", "a:4:8" } };
	cleanup_free char *text = make_statement(&row);
	cleanup_free char *turned = material_replace(text, "a:0:4", "b:0:4");
	cleanup_free char *back = material_replace(turned, "0202", "0303");
	const struct payload payload = { .bytes = (const uint8_t *)back, .length = strlen(back) };
	cleanup_free char *other = material_replace(text, "0202", "0303");
	const struct payload changed = { .bytes = (const uint8_t *)other, .length = strlen(other) };
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };

	material_check(statement_parse(&payload, false, &statement, &err), REASON_STATEMENT,
		"begins at 4", &err, "root: places first");
	material_check(statement_parse(&changed, false, &statement, &err), REASON_STATEMENT,
		"the resources give", &err, "root: another digest");
}

static void
test_division(void)
{
	static const struct {
		uint64_t size, shard_size;
		size_t count;
		uint64_t last_start;
	} rows[] = {
		{ 1, 4, 1, 0 },
		{ 4, 4, 1, 0 },
		{ 5, 4, 2, 4 },
		{ 8, 4, 2, 4 },
		{ INT64_MAX, INT64_MAX, 1, 0 },
		{ INT64_MAX, (INT64_MAX >> 1) + 1, 2, (INT64_MAX >> 1) + 1 },
	};
	struct error err = { 0 };

	check(shard_count(0, 4) == 0, "division: an empty file", "%zu", shard_count(0, 4));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct resource resource = { .digest = { .algorithm = DIGEST_SHA256 } };

		material_need(shard_divide(&resource, rows[i].size, rows[i].shard_size,
				      DIGEST_BLAKE3, &err) == 0,
			err.text);
		check(resource.shard_count == rows[i].count &&
				resource_digest_count(&resource) == rows[i].count &&
				resource_digest(&resource, rows[i].count - 1)->algorithm ==
					DIGEST_BLAKE3,
			"division: shards", "%zu", resource.shard_count);
		check(shard_start(&resource, rows[i].count - 1) == rows[i].last_start &&
				shard_end(&resource, rows[i].count - 1) == rows[i].size &&
				shard_end(&resource, 0) ==
					(rows[i].count > 1 ? rows[i].shard_size : rows[i].size),
			"division: places", "wrong for %llu", (unsigned long long)rows[i].size);
		resource_release(&resource);
	}
}

/* What no signature can hold takes no memory either. */
static void
test_too_many(void)
{
	struct resource resource = { .digest = { .algorithm = DIGEST_SHA256 } };
	struct error err = { 0 };

	material_check(shard_divide(&resource, INT64_MAX, 1, DIGEST_SHA256, &err), REASON_STATEMENT,
		"would have 9223372036854775807 shards", &err, "division: too many");
	check_result(shard_divide(&resource, LIMIT_RESOURCES, 1, DIGEST_SHA256, &err), REASON_NONE,
		&err, "division: as many as can be");
	resource_release(&resource);
}

int
main(void)
{
	test_statements();
	test_digests();
	test_root();
	test_division();
	test_too_many();
	return check_end();
}
