#include "border/http_body.h"

#include "tests/unit/check.h"

static char bytes[100000];

/* Pieces of SIZE bytes, until LIMIT is reached; then one byte more. */
static void
test_pieces(size_t size, size_t limit)
{
	struct http_body body = { .limit = limit };
	size_t given = 0;

	while (given + size <= limit && http_body_take(bytes + given, 1, size, &body) == size)
		given += size;
	if (given < limit) {
		check(http_body_take(bytes + given, limit - given, 1, &body) == limit - given,
			"the rest", "not taken");
		given = limit;
	}
	check(body.bytes.length == limit && !body.too_large, "as much as may be", "%zu of %zu",
		body.bytes.length, limit);
	check(memcmp(body.bytes.bytes, bytes, limit) == 0 && body.bytes.bytes[limit] == '\0',
		"the same bytes", "others");
	check(http_body_take(bytes, 1, 1, &body) == 0 && body.too_large, "one byte more",
		"it was taken");
	check(body.bytes.length == limit, "one byte more changes nothing", "%zu",
		body.bytes.length);
	http_body_restart(&body);
	check(!body.too_large && http_body_take(bytes, 1, 1, &body) == 1 &&
			body.bytes.length == 1 && body.bytes.bytes[1] == '\0',
		"another try", "%zu", body.bytes.length);
	file_release(&body.bytes);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)('a' + i % 23);
	test_pieces(1, 10);
	test_pieces(4096, 16384);
	test_pieces(16384, 16384);
	test_pieces(16383, 16384);
	test_pieces(16384, 32769);
	test_pieces(50000, 100000);
	test_pieces(7, 65537);
	return check_end();
}
