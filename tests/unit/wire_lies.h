/*
 * What a taken-over child might send: an honest message cut at every byte, and with a byte more.
 */
#pragma once

#include "guard/wire.h"

#include "tests/unit/check.h"

/* Tries to read a message; releases what came of it. Returns 0, or -1 with the error. */
typedef int lies_reader(struct wire_message *message, struct error *err);

/* Checks that READ takes the HONEST message, refuses each part of it, and one byte more. */
static inline void
lies_check(const struct wire_message *honest, lies_reader *read, const char *name)
{
	struct error err = { 0 };
	size_t length, accepted = 0, wrong = 0;

	for (length = 0; length <= honest->length + 1; length++) {
		cleanup_message struct wire_message part = { 0 };
		int result;

		wire_put_bytes(
			&part, honest->bytes, length < honest->length ? length : honest->length);
		if (length > honest->length)
			wire_put_bytes(&part, "", 1);
		result = read(&part, &err);
		if (length == honest->length)
			check_result(result, REASON_NONE, &err, name);
		else if (result == 0)
			accepted++;
		else if (err.reason != REASON_INTERNAL)
			wrong++;
	}
	check(accepted == 0 && wrong == 0, "cut or with more",
		"%s: %zu accepted, %zu wrong reasons", name, accepted, wrong);
}
