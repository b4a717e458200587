#include "oms/resource.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int
resource_check_name(const char *name, bool alone, struct error *err)
{
	size_t length = strlen(name);

	if (length > LIMIT_NAME_BYTES)
		return error_set(err, REASON_STATEMENT, 0,
			"the name %s has %zu bytes, at most %d are allowed", TEXT_QUOTE(name),
			length, LIMIT_NAME_BYTES);
	if (!text_is_utf8(name, length))
		return error_set(
			err, REASON_STATEMENT, 0, "the name %s is not UTF-8", TEXT_QUOTE(name));
	if (strcmp(name, ".") == 0 && !alone)
		return error_set(err, REASON_STATEMENT, 0,
			"the name '.' (a model of one file) stands beside other names");
	if (strcmp(name, ".") != 0 && !text_is_canonical_path(name))
		return error_set(err, REASON_STATEMENT, 0,
			"the name %s is not a canonical relative path (OMS 1.0 section 6.3)",
			TEXT_QUOTE(name));
	return 0;
}

int
resource_make(
	const char *name, const char *digest, bool alone, struct resource *out, struct error *err)
{
	struct resource made = { .digest = { .algorithm = DIGEST_SHA256 } };

	if (resource_check_name(name, alone, err))
		return -1;
	if (text_parse_hex(digest, strlen(digest), made.digest.bytes, digest_size(DIGEST_SHA256)))
		return error_set(err, REASON_STATEMENT, 0,
			"the digest of %s must be 64 hexadecimal digits, is %s", TEXT_QUOTE(name),
			TEXT_QUOTE(digest));
	made.name = strdup(name);
	if (!made.name)
		return error_no_memory(err);
	*out = made;
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
	for (size_t i = 1; i < count; i++)
		if (strcmp(resources[i - 1].name, resources[i].name) == 0)
			return error_set(err, REASON_STATEMENT, 0, "the name %s occurs twice",
				TEXT_QUOTE(resources[i].name));
	return 0;
}

void
resource_release(struct resource *resource)
{
	free(resource->name);
	*resource = (struct resource){ 0 };
}
