/*
 * The host's key for its receipts: 32 random bytes in the file "key" beside the journal, root's
 * alone, made at the first use.
 *
 * What it vouches for gets its MAC under a key that is derived from it, the use that is made of it
 * and the machine's id: nothing counts for another use, and a copied folder for nothing on another
 * machine.
 */
#pragma once

#include <stdbool.h>

struct error;
struct mac;

#define JOURNAL_KEY_FILE "key"

/* The uses. */
#define JOURNAL_KEY_ROWS  "nimgate receipts 1\n"
#define JOURNAL_KEY_MEMOS "nimgate memos 1\n"

/*
 * The key for USE in the directory DIR, ready (*out; caller: mac_close()). Where there is none,
 * MAKE makes one: of two first users, one wins, and both get that; else *out is NULL. Returns 0, or
 * -1 with REASON_IO, REASON_CONFIG (others could read it, or it is no key) or REASON_INTERNAL.
 */
int journal_key_open(int dir, const char *use, bool make, struct mac **out, struct error *err)
	__attribute__((nonnull));
