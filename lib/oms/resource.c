#include "oms/resource.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int
resource_check_name(const char *name, struct error *err)
{
	size_t length = strlen(name);

	if (length > LIMIT_NAME_BYTES)
		return error_set(err, REASON_STATEMENT, 0,
			"the name %s has %zu bytes, at most %d are allowed", TEXT_QUOTE(name),
			length, LIMIT_NAME_BYTES);
	if (!text_is_utf8(name, length))
		return error_set(
			err, REASON_STATEMENT, 0, "the name %s is not UTF-8", TEXT_QUOTE(name));
	if (strcmp(name, ".") != 0 && !text_is_canonical_path(name))
		return error_set(err, REASON_STATEMENT, 0,
			"the name %s is not a canonical relative path (OMS 1.0 section 6.3)",
			TEXT_QUOTE(name));
	return 0;
}

int
resource_parse_digest(const char *name, const char *digits, enum digest_algorithm algorithm,
	struct digest *out, struct error *err)
{
	struct digest digest = { .algorithm = algorithm };
	size_t size = digest_size(algorithm);

	if (text_parse_hex(digits, strlen(digits), digest.bytes, size))
		return error_set(err, REASON_STATEMENT, 0,
			"the digest of %s must be %zu hexadecimal digits, is %s", TEXT_QUOTE(name),
			2 * size, TEXT_QUOTE(digits));
	*out = digest;
	return 0;
}

int
resource_make(
	const char *name, const struct digest *digest, struct resource *out, struct error *err)
{
	struct resource made = { .digest = *digest };

	if (resource_check_name(name, err))
		return -1;
	made.name = strdup(name);
	if (!made.name)
		return error_no_memory(err);
	*out = made;
	return 0;
}

size_t
resource_digest_count(const struct resource *resource)
{
	return resource->shards ? resource->shard_count : 1;
}

const struct digest *
resource_digest(const struct resource *resource, size_t index)
{
	return resource->shards ? &resource->shards[index] : &resource->digest;
}

int
resource_check_order(const struct resource *resources, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = resources[i].name;
		int order = i ? strcmp(resources[i - 1].name, name) : -1;

		if (order == 0)
			return error_set(err, REASON_STATEMENT, 0, "the name %s occurs twice",
				TEXT_QUOTE(name));
		if (order > 0)
			return error_set(err, REASON_STATEMENT, 0, "the names are not sorted at %s",
				TEXT_QUOTE(name));
		if (count > 1 && strcmp(name, ".") == 0)
			return error_set(err, REASON_STATEMENT, 0,
				"the name '.' (a model of one file) stands beside other names");
	}
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct resource *left = a, *right = b;

	return strcmp(left->name, right->name);
}

int
resource_sort(struct resource *resources, size_t count, struct error *err)
{
	qsort(resources, count, sizeof(*resources), by_name);
	return resource_check_order(resources, count, err);
}

int
resource_copy(
	const struct resource *resource, const char *name, struct resource *out, struct error *err)
{
	struct resource copy = *resource;

	copy.name = strdup(name);
	if (!copy.name)
		return error_no_memory(err);
	if (resource->shards) {
		copy.shards = calloc(resource->shard_count, sizeof(*copy.shards));
		if (!copy.shards) {
			free(copy.name);
			return error_no_memory(err);
		}
		memcpy(copy.shards, resource->shards, resource->shard_count * sizeof(*copy.shards));
	}
	*out = copy;
	return 0;
}

void
resource_release(struct resource *resource)
{
	free(resource->name);
	free(resource->shards);
	*resource = (struct resource){ 0 };
}
