#include "oms/shard.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "oms/resource.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The colon before the one at END, or NULL. */
static const char *
colon_before(const char *name, const char *end)
{
	return memrchr(name, ':', (size_t)(end - name));
}

int
shard_parse(const char *name, struct shard *out, struct error *err)
{
	const char *end = name + strlen(name);
	const char *second = colon_before(name, end);
	const char *first = second ? colon_before(name, second) : NULL;
	cleanup_free char *path = NULL;
	struct shard shard = { 0 };

	if (!first || text_parse_count(first + 1, (size_t)(second - first - 1), &shard.start) ||
		text_parse_count(second + 1, (size_t)(end - second - 1), &shard.end))
		return error_set(err, REASON_STATEMENT, 0,
			"the name %s of a shard does not end in ':start:end'", TEXT_QUOTE(name));
	path = strndup(name, (size_t)(first - name));
	if (!path)
		return error_no_memory(err);
	if (resource_check_name(path, err))
		return -1;
	shard.path = take_ptr(path);
	*out = shard;
	return 0;
}

int
shard_divide(struct resource *resource, uint64_t size, uint64_t shard_size,
	enum digest_algorithm algorithm, struct error *err)
{
	size_t count = shard_count(size, shard_size);
	struct digest *shards;

	if (count > LIMIT_RESOURCES)
		return error_set(err, REASON_STATEMENT, 0,
			"%s would have %zu shards, at most %d can be signed",
			TEXT_QUOTE(resource->name), count, LIMIT_RESOURCES);
	shards = calloc(count, sizeof(*shards));
	if (!shards)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++)
		shards[i].algorithm = algorithm;
	resource->digest.algorithm = DIGEST_NONE;
	resource->shards = shards;
	resource->shard_count = count;
	resource->shard_size = shard_size;
	resource->size = size;
	return 0;
}

size_t
shard_count(uint64_t size, uint64_t shard_size)
{
	return (size_t)(size / shard_size + (size % shard_size != 0));
}

uint64_t
shard_start(const struct resource *resource, size_t index)
{
	return index * resource->shard_size;
}

uint64_t
shard_end(const struct resource *resource, size_t index)
{
	uint64_t end = (index + 1) * resource->shard_size;

	return end < resource->size ? end : resource->size;
}

static int
by_place(const void *a, const void *b)
{
	const struct shard *left = a, *right = b;
	int order = strcmp(left->path, right->path);

	if (order)
		return order;
	return left->start < right->start ? -1 : left->start > right->start;
}

/* Shard INDEX of its file's COUNT begins where the one before it ends, and is as long as it must
 * be. */
static int
check_place(const struct shard *shard, size_t index, size_t count, uint64_t shard_size,
	struct error *err)
{
	uint64_t begin = index ? shard[-1].end : 0;

	if (shard->start != begin)
		return error_set(err, REASON_STATEMENT, 0,
			"a shard of %s begins at %" PRIu64 ", expected one at %" PRIu64,
			TEXT_QUOTE(shard->path), shard->start, begin);
	if (shard->end <= shard->start)
		return error_set(err, REASON_STATEMENT, 0,
			"the shard of %s at %" PRIu64 " is empty", TEXT_QUOTE(shard->path),
			shard->start);
	if (shard->end - shard->start > shard_size ||
		(index + 1 < count && shard->end - shard->start != shard_size))
		return error_set(err, REASON_STATEMENT, 0,
			"the shard of %s at %" PRIu64 " has %" PRIu64
			" bytes, but shard_size is %" PRIu64,
			TEXT_QUOTE(shard->path), shard->start, shard->end - shard->start,
			shard_size);
	return 0;
}

/* One file of its COUNT shards, in order. */
static int
join_file(struct shard *shards, size_t count, uint64_t shard_size, struct resource *out,
	struct error *err)
{
	out->shards = calloc(count, sizeof(*out->shards));
	if (!out->shards)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (check_place(&shards[i], i, count, shard_size, err))
			return -1;
		out->shards[i] = shards[i].digest;
	}
	out->shard_count = count;
	out->shard_size = shard_size;
	out->size = shards[count - 1].end;
	out->name = take_ptr(shards[0].path);
	return 0;
}

/* How many of the COUNT shards are of the same path as the first. */
static size_t
count_alike(const struct shard *shards, size_t count)
{
	size_t alike = 1;

	while (alike < count && strcmp(shards[0].path, shards[alike].path) == 0)
		alike++;
	return alike;
}

int
shard_join(struct shard *shards, size_t count, uint64_t shard_size, struct resource **out,
	size_t *out_count, struct error *err)
{
	size_t files = 0, alike;

	qsort(shards, count, sizeof(*shards), by_place);
	for (size_t i = 0; i < count; i += count_alike(shards + i, count - i))
		files++;
	*out_count = 0;
	*out = calloc(files + 1, sizeof(**out));
	if (!*out)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i += alike) {
		alike = count_alike(shards + i, count - i);
		if (join_file(shards + i, alike, shard_size, &(*out)[(*out_count)++], err))
			return -1;
	}
	return 0;
}

void
shard_release(struct shard *shard)
{
	free(shard->path);
	*shard = (struct shard){ 0 };
}
