#include "guard/wire.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <stdlib.h>

static void
put_sample(struct wire_message *message)
{
	message->type = 7;
	wire_put_u32(message, 0xdeadbeef);
	wire_put_u64(message, 0x0123456789abcdef);
	wire_put_text(message, "name");
	wire_put_text(message, NULL);
	wire_put_text(message, "");
	wire_put_bytes(message, "\0\1\2", 3);
	wire_put_u64(message, 5);
	wire_put_text(message, "copied");
}

/* Reads what put_sample() put; true if every value is the one that was put. */
static bool
get_sample(struct wire_message *message)
{
	char copied[7] = "", bytes[3] = { 9, 9, 9 };
	bool same = wire_get_u32(message) == 0xdeadbeef;

	same &= wire_get_u64(message) == 0x0123456789abcdef;
	cleanup_free char *name = wire_get_text(message, 4);
	cleanup_free char *none = wire_get_text(message, 4);
	cleanup_free char *empty = wire_get_text(message, 4);
	wire_get_bytes(message, bytes, sizeof(bytes));
	same &= wire_get_count(message, 5) == 5;
	wire_copy_text(message, copied, sizeof(copied));
	return same && name && strcmp(name, "name") == 0 && !none && empty && !*empty &&
	       memcmp(bytes, "\0\1\2", 3) == 0 && strcmp(copied, "copied") == 0 &&
	       wire_is_whole(message);
}

static void
test_values(void)
{
	cleanup_message struct wire_message whole = { 0 };
	cleanup_message struct wire_message empty = { 0 };
	size_t failed = 0;
	char byte = 7;

	put_sample(&whole);
	check(get_sample(&whole), "values: come back as put", "differ");
	for (size_t cut = 0; cut < whole.length; cut++) {
		struct wire_message part = { .bytes = malloc(cut ? cut : 1), .length = cut };

		memcpy(part.bytes, whole.bytes, cut);
		failed += !get_sample(&part) && part.failed;
		wire_release(&part);
	}
	check(failed == whole.length, "values: cut anywhere", "%zu of %zu fail", failed,
		whole.length);
	whole.at = 0;
	wire_put_u32(&whole, 1);
	check(!get_sample(&whole) && !whole.failed, "values: one more is not whole", "whole");
	check(wire_is_whole(&empty), "values: nothing is whole", "not");
	wire_get_bytes(&empty, &byte, 0);
	check(wire_is_whole(&empty) && byte == 7, "values: no byte of nothing", "failed");
	wire_get_bytes(&empty, &byte, 1);
	check(empty.failed && byte == 0, "values: a byte of nothing", "%d", byte);
}

static void
test_texts(void)
{
	static const struct {
		const char *name, *bytes; /* of a text, as a liar would put them */
		uint32_t said;
		size_t length, limit;
		bool fits;
	} table[] = {
		{ "text: fits exactly", "abc", 3, 3, 3, true },
		{ "text: above the limit", "abcd", 4, 4, 3, false },
		{ "text: NUL inside", "a\0c", 3, 3, 3, false },
		{ "text: longer than the message", "abc", 4, 3, 8, false },
		{ "text: length near 2^32", "abc", UINT32_MAX - 1, 3, SIZE_MAX, false },
		{ "text: no limit left", "a", 1, 1, 0, false },
		{ "text: empty with no limit", "", 0, 0, 0, true },
	};
	char out[8];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { 0 };

		wire_put_u32(&message, table[i].said);
		wire_put_bytes(&message, table[i].bytes, table[i].length);
		cleanup_free char *text = wire_get_text(&message, table[i].limit);
		check((text != NULL) == table[i].fits && message.failed == !table[i].fits,
			table[i].name, "wanted %d, got %s", table[i].fits, text ? text : "(null)");
		message.at = 0;
		message.failed = false;
		if (table[i].limit >= sizeof(out))
			continue;
		memset(out, 'x', sizeof(out));
		wire_copy_text(&message, out, table[i].limit + 1);
		check(message.failed == !table[i].fits && strlen(out) <= table[i].limit,
			table[i].name, "copied as %d", !message.failed);
	}
	cleanup_message struct wire_message none = { 0 };

	wire_put_text(&none, NULL);
	wire_copy_text(&none, out, sizeof(out));
	check(none.failed && !*out, "text: NULL cannot be copied", "copied");
}

static void
test_counts(void)
{
	static const struct {
		uint64_t value;
		size_t limit, wanted;
		bool fits;
	} table[] = { { 0, 0, 0, true }, { 3, 3, 3, true }, { 4, 3, 0, false },
		{ UINT64_MAX, 3, 0, false }, { 1ull << 32, 3, 0, false } };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_message struct wire_message message = { 0 };

		wire_put_u64(&message, table[i].value);
		check(wire_get_count(&message, table[i].limit) == table[i].wanted &&
				message.failed == !table[i].fits,
			"count", "row %zu", i);
	}
}

static void
test_writer_limit(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_free char *large = calloc(1, LIMIT_WIRE_BYTES);
	struct error err = { 0 };

	if (!large)
		abort();
	wire_put_bytes(&message, large, LIMIT_WIRE_BYTES);
	check(!message.failed, "writer: exactly the limit", "failed");
	wire_put_bytes(&message, large, 1);
	check(message.failed && message.length == LIMIT_WIRE_BYTES, "writer: one more", "kept");
	wire_put_u32(&message, 1);
	check_result(
		wire_send(-1, &message, -1, &err), REASON_INTERNAL, &err, "send: a failed message");
}

int
main(void)
{
	test_values();
	test_texts();
	test_counts();
	test_writer_limit();
	return check_end();
}
