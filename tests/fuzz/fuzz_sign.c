/*
 * Whatever we sign has to verify: names, digests and ignored paths of the fuzzer's choice, each
 * ended by a newline.
 */
#include "base/mem.h"
#include "border/key.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/shard.h"
#include "oms/sign.h"
#include "oms/statement.h"
#include "oms/trust.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "tests/unit/oms_material.h"

enum { NAMES_MAX = 16 };

static const struct key *keys[2]; /* the leaf's, and another */
static struct trust trusts[2];    /* by key, by certificate */

static void
trust(const char *pem, struct trust *out)
{
	struct error err = { 0 };

	out->at = MATERIAL_NOW;
	FUZZ_PROMISE(trust_add_pem(out, pem, strlen(pem), "test", &err) == 0);
}

void
fuzz_prepare(void)
{
	struct error err = { 0 };

	keys[0] = signer_key();
	keys[1] = key_parse_private(MATERIAL_OTHER, strlen(MATERIAL_OTHER), NULL, "test", &err);
	FUZZ_PROMISE(keys[1] && signer_certificates());
	trusts[0].method = TRUST_METHOD_KEY;
	trust(MATERIAL_KEY_PUBLIC, &trusts[0]);
	trust(MATERIAL_OTHER_PUBLIC, &trusts[0]);
	trusts[1].method = TRUST_METHOD_CERTIFICATE;
	trust(MATERIAL_ROOT, &trusts[1]);
}

/* The words of the input, as strings in COPY. */
static size_t
split(char *copy, const char *names[static NAMES_MAX])
{
	size_t count = 0;
	char *end;

	for (; count < NAMES_MAX && *copy; copy = end + 1) {
		names[count++] = copy;
		end = strchr(copy, '\n');
		if (!end)
			break;
		*end = '\0';
	}
	return count;
}

static bool
is_same_resource(const struct resource *a, const struct resource *b)
{
	if (strcmp(a->name, b->name) != 0 || a->shard_size != b->shard_size || a->size != b->size ||
		resource_digest_count(a) != resource_digest_count(b))
		return false;
	for (size_t i = 0; i < resource_digest_count(a); i++)
		if (!digest_equal(resource_digest(a, i), resource_digest(b, i)))
			return false;
	return true;
}

static bool
is_same(const struct statement *statement, const struct sign_subject *subject)
{
	if (statement->resource_count != subject->resource_count ||
		statement->ignore_count != subject->ignore_count ||
		statement->allow_symlinks != subject->allow_symlinks ||
		strcmp(statement->subject, subject->name) != 0)
		return false;
	for (size_t i = 0; i < subject->resource_count; i++)
		if (!is_same_resource(&statement->resources[i], &subject->resources[i]))
			return false;
	for (size_t i = 0; i < subject->ignore_count; i++)
		if (strcmp(statement->ignore_paths[i], subject->ignore_paths[i]) != 0)
			return false;
	return true;
}

/* Refused only for want of memory. */
static void
verify(const char *text, const struct trust *trust, const struct sign_subject *subject)
{
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct error err = { 0 };
	struct payload payload;

	if (bundle_parse(text, strlen(text), &bundle, &err) ||
		envelope_open(&bundle, trust, &payload, &err) ||
		statement_parse(&payload, false, &statement, &err))
		FUZZ_PROMISE(fuzz_is_refusal(&err) && fuzz_has_refused());
	else
		FUZZ_PROMISE(is_same(&statement, subject));
}

static void
sign(const struct sign_subject *subject, unsigned int choice)
{
	const struct key *key = keys[choice % 2];
	size_t count = choice / 2 % 2 ? SIGNER_CERTIFICATES : 0, length = 0;
	cleanup_free char *statement = NULL, *text = NULL;
	struct error err = { 0 };

	if (sign_statement(subject, &statement, &length, &err) ||
		sign_bundle(statement, length, key, signer_certificates(), count, &text, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
		return;
	}
	FUZZ_PROMISE(!count || key == keys[0]);
	verify(text, &trusts[count ? 1 : 0], subject);
}

/* How the files are signed, by the bits of the first byte: two choose who signs, one the links. */
struct manner {
	enum digest_algorithm algorithm;
	uint64_t shard_size; /* 0: whole files */
};

static struct manner
choose_manner(uint8_t choice, uint8_t number)
{
	static const enum digest_algorithm algorithms[] = { DIGEST_SHA256, DIGEST_BLAKE2B,
		DIGEST_BLAKE3, DIGEST_SHA384 };

	return (struct manner){ .algorithm = algorithms[choice / 8 % 4],
		.shard_size = choice & 32 ? 1 + number % 16 : 0 };
}

static void
fill(struct resource *resource, const char *name, const struct manner *manner, uint8_t number)
{
	struct error err = { 0 };

	resource->name = (char *)(uintptr_t)name;
	resource->digest.algorithm = manner->algorithm;
	memset(resource->digest.bytes, number, sizeof(resource->digest.bytes));
	if (!manner->shard_size)
		return;
	fuzz_trust_memory();
	FUZZ_PROMISE(shard_divide(resource, 1 + number % 64, manner->shard_size, manner->algorithm,
			     &err) == 0);
	fuzz_distrust_memory();
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct resource resources[NAMES_MAX] = { 0 };
	const char *names[NAMES_MAX];
	struct sign_subject subject = { .resources = resources, .ignore_paths = names };
	struct manner manner;
	char copy[4096];
	size_t count;

	if (size < 3 || size > sizeof(copy))
		return;
	manner = choose_manner((uint8_t)(data[0] - '0'), data[1]);
	memcpy(copy, data + 2, size - 2);
	copy[size - 2] = '\0';
	count = split(copy, names);
	if (count == 0)
		return;
	/* Some are ignored, one is the model's name, the others are files. */
	subject.ignore_count = data[1] % count;
	subject.name = names[subject.ignore_count];
	subject.allow_symlinks = data[0] & 4;
	for (size_t i = subject.ignore_count + 1; i < count; i++)
		fill(&resources[subject.resource_count++], names[i], &manner,
			(uint8_t)(data[1] + i));
	sign(&subject, (uint8_t)(data[0] - '0'));
	for (size_t i = 0; i < subject.resource_count; i++)
		free(resources[i].shards);
}
