#include "gate/signed_model.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "guard/wire.h"
#include "oms/envelope.h"
#include "oms/shard.h"

#include <string.h>

static void
put_digest(struct wire_message *message, const struct digest *digest)
{
	wire_put_u32(message, digest->algorithm);
	wire_put_bytes(message, digest->bytes, digest_size(digest->algorithm));
}

/* A digest of the algorithm WANTED; anything else fails the message. */
static void
get_digest(struct wire_message *message, enum digest_algorithm wanted, struct digest *out)
{
	if (wire_get_u32(message) != (uint32_t)wanted)
		message->failed = true;
	wire_get_bytes(message, out->bytes, digest_size(wanted));
	out->algorithm = message->failed ? DIGEST_NONE : wanted;
}

static void
put_resource(struct wire_message *message, const struct resource *resource)
{
	wire_put_text(message, resource->name);
	if (resource->shard_size)
		wire_put_u64(message, resource->size);
	for (size_t i = 0; i < resource_digest_count(resource); i++)
		put_digest(message, resource_digest(resource, i));
}

void
signed_model_put(struct wire_message *message, const struct payload *payload,
	const struct statement *statement)
{
	const struct chain_signer *signer = &payload->signer;
	size_t i;

	put_digest(message, &payload->digest);
	wire_put_text(message, signer->subject);
	wire_put_u32(message, signer->fingerprint.algorithm != DIGEST_NONE);
	if (signer->fingerprint.algorithm != DIGEST_NONE) {
		put_digest(message, &signer->fingerprint);
		put_digest(message, &signer->issuer);
	}
	put_digest(message, &signer->spki);
	wire_put_u64(message, (uint64_t)signer->not_before);
	wire_put_u64(message, (uint64_t)signer->not_after);
	wire_put_u32(message, payload->hint_missing);
	wire_put_u32(message, statement->legacy);
	wire_put_u32(message, statement->allow_symlinks);
	wire_put_text(message, statement->subject);
	wire_put_u64(message, statement->ignore_count);
	for (i = 0; i < statement->ignore_count; i++)
		wire_put_text(message, statement->ignore_paths[i]);
	wire_put_u64(message, statement->resource_count);
	wire_put_u32(message, statement->hash);
	wire_put_u64(message, statement->shard_size);
	for (i = 0; i < statement->resource_count; i++)
		put_resource(message, &statement->resources[i]);
}

static int
malformed(struct error *err)
{
	return error_set(
		err, REASON_INTERNAL, 0, "the parser's answer about the signature is malformed");
}

static int
get_ignore_paths(struct wire_message *message, struct statement *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_IGNORE_PATHS);

	out->ignore_paths = calloc(count + 1, sizeof(*out->ignore_paths));
	if (!out->ignore_paths)
		return error_no_memory(err);
	while (out->ignore_count < count) {
		char *path = wire_get_text(message, LIMIT_NAME_BYTES);

		if (!path)
			return malformed(err);
		out->ignore_paths[out->ignore_count++] = path;
		if (!text_is_canonical_path(path))
			return malformed(err);
	}
	return 0;
}

/* The digests of a file's shards; COUNTED sums up those of all files. */
static int
get_shards(struct wire_message *message, const struct statement *statement,
	struct resource *resource, size_t *counted, struct error *err)
{
	uint64_t size = wire_get_u64(message);
	size_t count = shard_count(size, statement->shard_size);

	if (count == 0 || count > LIMIT_RESOURCES - *counted)
		return malformed(err);
	*counted += count;
	if (shard_divide(resource, size, statement->shard_size, statement->hash, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		get_digest(message, statement->hash, &resource->shards[i]);
	return 0;
}

static int
get_resource(struct wire_message *message, const struct statement *statement,
	struct resource *resource, size_t *counted, struct error *err)
{
	struct error why;

	resource->name = wire_get_text(message, LIMIT_NAME_BYTES);
	if (!resource->name || resource_check_name(resource->name, &why))
		return malformed(err);
	if (statement->shard_size && get_shards(message, statement, resource, counted, err))
		return -1;
	if (!statement->shard_size)
		get_digest(message, statement->hash, &resource->digest);
	return message->failed ? malformed(err) : 0;
}

/* Files come sorted; a name that is not above the one before it is a lie. */
static int
get_resources(struct wire_message *message, struct statement *out, struct error *err)
{
	size_t count = wire_get_count(message, LIMIT_RESOURCES), counted = 0, i;
	struct error why;

	out->hash = (enum digest_algorithm)wire_get_u32(message);
	out->shard_size = wire_get_u64(message);
	if (count == 0 || digest_of_files(digest_name(out->hash)) == DIGEST_NONE ||
		out->shard_size > INT64_MAX)
		return malformed(err);
	out->resources = calloc(count, sizeof(*out->resources));
	if (!out->resources)
		return error_no_memory(err);
	for (i = 0; i < count; i++)
		if (get_resource(
			    message, out, &out->resources[out->resource_count++], &counted, err))
			return -1;
	return resource_check_order(out->resources, count, &why) ? malformed(err) : 0;
}

/* What struct chain_signer promises of a subject: it goes to terminals. */
static bool
is_printable(const char *text)
{
	while (*text >= 0x20 && *text <= 0x7e)
		text++;
	return *text == '\0';
}

static void
get_signer(struct wire_message *message, struct chain_signer *out)
{
	wire_copy_text(message, out->subject, sizeof(out->subject));
	if (wire_get_u32(message)) {
		get_digest(message, DIGEST_SHA256, &out->fingerprint);
		get_digest(message, DIGEST_SHA256, &out->issuer);
	}
	get_digest(message, DIGEST_SHA256, &out->spki);
	out->not_before = (int64_t)wire_get_u64(message);
	out->not_after = (int64_t)wire_get_u64(message);
}

int
signed_model_get(struct wire_message *message, struct signed_model *out, struct error *err)
{
	cleanup_signed_model struct signed_model model = { 0 };
	struct statement *statement = &model.statement;

	get_digest(message, DIGEST_SHA256, &model.payload_digest);
	get_signer(message, &model.signer);
	model.hint_missing = wire_get_u32(message) != 0;
	statement->legacy = wire_get_u32(message) != 0;
	statement->allow_symlinks = wire_get_u32(message) != 0;
	/* Informational, and nowhere bounded but by the bundle. */
	statement->subject = wire_get_text(message, LIMIT_BUNDLE_BYTES);
	if (!statement->subject || !is_printable(model.signer.subject))
		return malformed(err);
	if (get_ignore_paths(message, statement, err) || get_resources(message, statement, err))
		return -1;
	if (!wire_is_whole(message))
		return malformed(err);
	*out = model;
	model = (struct signed_model){ 0 };
	return 0;
}

static int
by_name(const void *name, const void *resource)
{
	return strcmp(name, ((const struct resource *)resource)->name);
}

const struct resource *
signed_model_find(const struct signed_model *model, const char *name)
{
	const struct statement *statement = &model->statement;

	if (statement->resource_count == 0)
		return NULL;
	return bsearch(name, statement->resources, statement->resource_count,
		sizeof(*statement->resources), by_name);
}

const struct resource *
signed_model_find_next(const struct signed_model *model, const char *name, size_t *cursor)
{
	const struct statement *statement = &model->statement;
	const struct resource *found;

	if (*cursor < statement->resource_count &&
		strcmp(statement->resources[*cursor].name, name) == 0)
		return &statement->resources[(*cursor)++];
	found = signed_model_find(model, name);
	if (found)
		*cursor = (size_t)(found - statement->resources) + 1;
	return found;
}

void
signed_model_release(struct signed_model *model)
{
	statement_release(&model->statement);
	*model = (struct signed_model){ 0 };
}
