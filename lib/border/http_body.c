#include "border/http_body.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 16 << 10 };

void
http_body_restart(struct http_body *body)
{
	body->bytes.length = 0;
	body->too_large = false;
}

/* Makes room for LENGTH bytes and the NUL. Returns 0, or -1 without memory. */
static int
grow(struct http_body *body, size_t length)
{
	size_t wanted = body->capacity ? body->capacity : FIRST_BYTES;
	char *grown;

	if (length < body->capacity)
		return 0;
	while (wanted <= length)
		wanted *= 2;
	grown = realloc(body->bytes.bytes, wanted);
	if (!grown)
		return -1;
	body->bytes.bytes = grown;
	body->capacity = wanted;
	return 0;
}

size_t
http_body_take(char *bytes, size_t size, size_t count, void *context)
{
	struct http_body *body = context;
	size_t length = size * count, before = body->bytes.length;

	if (length > body->limit - before) {
		body->too_large = true;
		return 0;
	}
	if (grow(body, before + length))
		return 0;
	memcpy(body->bytes.bytes + before, bytes, length);
	body->bytes.length = before + length;
	body->bytes.bytes[before + length] = '\0';
	return length;
}
