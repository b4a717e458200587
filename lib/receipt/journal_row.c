#include "receipt/journal_row.h"

#include "border/mac.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct journal_row_sealed) == JOURNAL_ROW_BYTES, "a row has no padding");
static_assert(sizeof(struct journal_row_header) == JOURNAL_ROW_BYTES, "nor has the header");
static_assert(offsetof(struct journal_row_sealed, mac) == JOURNAL_ROW_SIGNED, "the MAC comes last");
static_assert(offsetof(struct journal_row_header, mac) == JOURNAL_ROW_SIGNED, "the MAC comes last");
static_assert(sizeof(((struct journal_row_sealed *)NULL)->mac) == MAC_BYTES, "the MAC is whole");
static_assert(DIGEST_SHA256 == 1 && DIGEST_BLAKE2B == 4 && DIGEST_BLAKE3 == 5,
	"these numbers stand in files");

static const uint8_t row_magic[8] = { 'n', 'i', 'm', 'g', 't', 'r', 'o', 'w' };
static const uint8_t header_magic[8] = { 'n', 'i', 'm', 'g', 't', 'j', 'n', 'l' };

int
journal_row_seal(const struct journal_row *row, struct mac *mac, struct journal_row_sealed *out,
	struct error *err)
{
	struct journal_row_sealed sealed = { .version = JOURNAL_ROW_VERSION,
		.algorithm = row->algorithm,
		.identity = row->identity,
		.shard_size = row->shard_size,
		.hashed_s = row->hashed_s,
		.boot_started_ns = row->boot.started_ns,
		.digest_algorithm = row->digest.algorithm };

	memcpy(sealed.magic, row_magic, sizeof(row_magic));
	memcpy(sealed.boot_id, row->boot.id, sizeof(sealed.boot_id));
	memcpy(sealed.digest, row->digest.bytes, digest_size(row->digest.algorithm));
	if (mac_compute(mac, &sealed, JOURNAL_ROW_SIGNED, sealed.mac, err))
		return -1;
	*out = sealed;
	return 0;
}

void
journal_row_unpack(const struct journal_row_sealed *sealed, struct journal_row *out)
{
	struct journal_row row = { .identity = sealed->identity,
		.digest.algorithm = (enum digest_algorithm)sealed->digest_algorithm,
		.algorithm = (enum digest_algorithm)sealed->algorithm,
		.shard_size = sealed->shard_size,
		.boot.started_ns = sealed->boot_started_ns,
		.hashed_s = sealed->hashed_s };

	memcpy(row.boot.id, sealed->boot_id, sizeof(row.boot.id));
	memcpy(row.digest.bytes, sealed->digest, sizeof(sealed->digest));
	*out = row;
}

bool
journal_row_unseal(
	const struct journal_row_sealed *sealed, struct mac *mac, struct journal_row *out)
{
	if (memcmp(sealed->magic, row_magic, sizeof(row_magic)) != 0 ||
		sealed->version != JOURNAL_ROW_VERSION ||
		!mac_verify(mac, sealed, JOURNAL_ROW_SIGNED, sealed->mac))
		return false;
	/* It is ours; but maybe another release of us knew more algorithms. */
	if (digest_size((enum digest_algorithm)sealed->algorithm) == 0 ||
		digest_size((enum digest_algorithm)sealed->digest_algorithm) == 0)
		return false;
	journal_row_unpack(sealed, out);
	return true;
}

bool
journal_row_claims(const struct journal_row_sealed *sealed, const struct identity *identity,
	enum digest_algorithm algorithm, uint64_t shard_size)
{
	return sealed->algorithm == (uint32_t)algorithm && sealed->shard_size == shard_size &&
	       identity_equal(&sealed->identity, identity);
}

int
journal_row_compare(const struct journal_row_sealed *a, const struct journal_row_sealed *b)
{
	int order = identity_compare(&a->identity, &b->identity);

	if (order)
		return order;
	if (a->algorithm != b->algorithm)
		return a->algorithm < b->algorithm ? -1 : 1;
	if (a->shard_size != b->shard_size)
		return a->shard_size < b->shard_size ? -1 : 1;
	return 0;
}

int
journal_row_make_header(
	uint64_t sorted, struct mac *mac, struct journal_row_header *out, struct error *err)
{
	struct journal_row_header header = {
		.version = JOURNAL_ROW_VERSION, .row_bytes = JOURNAL_ROW_BYTES, .sorted = sorted
	};

	memcpy(header.magic, header_magic, sizeof(header_magic));
	if (mac_compute(mac, &header, JOURNAL_ROW_SIGNED, header.mac, err))
		return -1;
	*out = header;
	return 0;
}

bool
journal_row_check_header(const struct journal_row_header *header, struct mac *mac)
{
	return memcmp(header->magic, header_magic, sizeof(header_magic)) == 0 &&
	       header->version == JOURNAL_ROW_VERSION && header->row_bytes == JOURNAL_ROW_BYTES &&
	       mac_verify(mac, header, JOURNAL_ROW_SIGNED, header->mac);
}
