/*
 * How long the certificates of a file are valid: a PEM file of anchors, or a signature's own. Read
 * in a parser, shown by nimgate metrics; says nothing of trust.
 */
#pragma once

#include "base/limits.h"
#include "border/chain_validity.h"

#include <stddef.h>

struct error;
struct file_bytes;
struct wire_message;

struct validity {
	struct chain_validity certificates[LIMIT_ANCHORS]; /* subjects printable */
	size_t count;                                      /* 0: it has keys alone */
};

/* In the parser: the certificates of a PEM file, of which a file with a public key has none; of a
 * bundle. Each returns 0, or -1 with REASON_CONFIG or REASON_BUNDLE. */
int validity_of_pem(const struct file_bytes *file, struct validity *out, struct error *err)
	__attribute__((nonnull));
int validity_of_bundle(const struct file_bytes *file, struct validity *out, struct error *err)
	__attribute__((nonnull));

/* Puts it into a message, and gets it back; nonsense fails the message. */
void validity_put(struct wire_message *message, const struct validity *validity)
	__attribute__((nonnull));
void validity_get(struct wire_message *message, struct validity *out) __attribute__((nonnull));

/* The earliest end, 0 where there is none. */
int64_t validity_end(const struct validity *validity) __attribute__((nonnull));
