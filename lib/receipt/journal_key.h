/*
 * The host's key for its receipts: 32 random bytes in the file "key" beside the journal, root's
 * alone, made at the first use.
 *
 * Rows get their MAC under a key that is derived from it and the machine's id, so that a copied
 * folder counts for nothing on another machine.
 */
#pragma once

#include <stdbool.h>

struct error;
struct mac;

#define JOURNAL_KEY_FILE "key"

/*
 * The key in the directory DIR, ready for use (*out; caller: mac_close()). Where there is none,
 * MAKE makes one: of two first users, one wins, and both get that; else *out is NULL. Returns 0, or
 * -1 with REASON_IO, REASON_CONFIG (others could read it, or it is no key) or REASON_INTERNAL.
 */
int journal_key_open(int dir, bool make, struct mac **out, struct error *err)
	__attribute__((nonnull));
