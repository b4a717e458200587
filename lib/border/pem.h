/*
 * PEM text, block by block, by OpenSSL: shared by the borders key and chain, and by nobody else.
 *
 * Never asks for a password: what a block holds is given as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct pem_block {
	char *label;    /* owned; what stands behind "BEGIN ", any characters */
	uint8_t *bytes; /* owned; decoded */
	size_t length;
};

/* What is left of a text. Borrowed; start with the whole text. */
struct pem_text {
	const char *bytes;
	size_t length;
};

/*
 * Takes the next block off TEXT, skipping what stands before it. Returns 0 (caller: pem_release()),
 * 1 when no block is left, or -1 with REASON_CONFIG: malformed, encrypted by a PEM header, or more
 * than LIMIT_PEM_BYTES of text.
 */
int pem_next(struct pem_text *text, struct pem_block *out, struct error *err)
	__attribute__((nonnull));

/* Finds the only block with LABEL in the whole text. Returns 0 (caller: pem_release()), or -1 with
 * REASON_CONFIG, also where there are two. */
int pem_find(const char *bytes, size_t length, const char *label, struct pem_block *out,
	struct error *err) __attribute__((nonnull));

/* Frees the contents (wiping them); a zeroed block is fine. */
void pem_release(struct pem_block *block);

#define cleanup_block __attribute__((cleanup(pem_release)))

/* " (it looks like DER: ...)" for a text without PEM blocks that looks so, else "". Static storage.
 */
const char *pem_hint(const char *bytes, size_t length) __attribute__((nonnull));
