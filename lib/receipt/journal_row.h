/*
 * The bytes of the journal of receipts: its header, its rows and their MACs (docs/formats.md).
 *
 * Both have one size and no padding, and are in the host's own order: a journal counts on the host
 * that wrote it alone. Whatever comes from a file is nothing before journal_row_unseal() or
 * journal_row_check_header() has said so.
 */
#pragma once

#include "receipt/journal.h"

struct error;
struct mac;

enum {
	JOURNAL_ROW_BYTES = 320,
	JOURNAL_ROW_VERSION = 1,
	JOURNAL_ROW_SIGNED = JOURNAL_ROW_BYTES - 32, /* bytes that the MAC is of */
};

/* A row as it stands in the file. */
struct journal_row_sealed {
	uint8_t magic[8];
	uint32_t version;
	uint32_t algorithm; /* as in journal_row; its number is part of the format */
	struct identity identity;
	uint64_t shard_size;
	int64_t hashed_s;
	int64_t boot_started_ns;
	uint8_t boot_id[BOOT_ID_BYTES];
	uint32_t digest_algorithm;
	uint8_t digest[DIGEST_BYTES_MAX]; /* zero behind the digest */
	uint8_t reserved[20];             /* 0 */
	uint8_t mac[32];
};

/* The first row of a file. */
struct journal_row_header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t row_bytes;
	uint64_t sorted;       /* rows in the order of identities, behind the index */
	uint8_t reserved[264]; /* 0 */
	uint8_t mac[32];
};

/* Writes ROW with its MAC. Returns 0, or -1 with REASON_INTERNAL. */
int journal_row_seal(const struct journal_row *row, struct mac *mac, struct journal_row_sealed *out,
	struct error *err) __attribute__((nonnull));

/* What SEALED says, if its MAC is right and all of it makes sense; else false. */
bool journal_row_unseal(const struct journal_row_sealed *sealed, struct mac *mac,
	struct journal_row *out) __attribute__((nonnull));

/* What SEALED says, of which journal_row_unseal() has said before that it is right. */
void journal_row_unpack(const struct journal_row_sealed *sealed, struct journal_row *out)
	__attribute__((nonnull));

/* True if SEALED claims to be for that identity, algorithm and shard size: its MAC was not looked
 * at. */
bool journal_row_claims(const struct journal_row_sealed *sealed, const struct identity *identity,
	enum digest_algorithm algorithm, uint64_t shard_size) __attribute__((nonnull));

/* An order by identity, algorithm and shard size; as strcmp(). */
int journal_row_compare(const struct journal_row_sealed *a, const struct journal_row_sealed *b)
	__attribute__((nonnull));

/* The header of a file with so many sorted rows. Returns 0, or -1 with REASON_INTERNAL. */
int journal_row_make_header(uint64_t sorted, struct mac *mac, struct journal_row_header *out,
	struct error *err) __attribute__((nonnull));

/* True if the header is ours and its MAC is right. */
bool journal_row_check_header(const struct journal_row_header *header, struct mac *mac)
	__attribute__((nonnull));
