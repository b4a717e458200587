/*
 * A refusal on the wire between the command and its children: an error, put into a message and
 * taken out of it. What a child says may be a lie, but it is a refusal.
 */
#pragma once

struct error;
struct wire_message;

/* Puts reason, errno value and text. */
void refusal_put(struct wire_message *message, const struct error *refusal)
	__attribute__((nonnull));

/* Takes them out of MESSAGE, which came from WHO. Always returns -1. */
int refusal_take(struct wire_message *message, const char *who, struct error *err)
	__attribute__((nonnull));
