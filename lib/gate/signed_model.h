/*
 * What a signature says about a model, after it was verified in a parser: the payload's digest, who
 * signed, and every signed file. Only the wire from a parser makes one.
 */
#pragma once

#include "border/chain.h"
#include "oms/statement.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct payload;
struct wire_message;

struct signed_model {
	struct digest payload_digest; /* SHA-256 of the signed bytes */
	struct chain_signer signer;
	bool hint_missing;          /* key method: the bundle does not say which key */
	struct statement statement; /* resources sorted by name as bytes, unique */
};

/* Puts what was verified into a message. */
void signed_model_put(struct wire_message *message, const struct payload *payload,
	const struct statement *statement) __attribute__((nonnull));

/*
 * Gets it back; everything a child sends is checked: digests, canonical unique sorted names,
 * counts. Returns 0 (caller: signed_model_release()), or -1 with REASON_INTERNAL.
 */
int signed_model_get(struct wire_message *message, struct signed_model *out, struct error *err)
	__attribute__((nonnull));

/* The signed file of that name, or NULL. Borrowed. */
const struct resource *signed_model_find(const struct signed_model *model, const char *name)
	__attribute__((nonnull));

/* As signed_model_find(), at once for names that come in ascending order: *cursor, 0 at first,
 * remembers the place. */
const struct resource *signed_model_find_next(const struct signed_model *model, const char *name,
	size_t *cursor) __attribute__((nonnull));

/* Frees the contents; a zeroed one is fine. */
void signed_model_release(struct signed_model *model);

#define cleanup_signed_model __attribute__((cleanup(signed_model_release)))
