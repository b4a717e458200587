/*
 * What an admitted statement must be, said again and independently of lib/oms: facts: oms, sections
 * 4 to 7, in the order of the text and without regard to speed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, borrowed. */
struct verdict_bytes {
	const uint8_t *bytes;
	size_t length;
};

/* True if the signer of verdict_sign.h made SIGNATURE over PAYLOAD as DSSE has it. */
bool verdict_rules_signed(
	const struct verdict_bytes *payload, const struct verdict_bytes *signature);

/* True for a statement that says of itself that it is of release 0.2.0. */
bool verdict_rules_legacy(const struct verdict_bytes *payload);

/*
 * True if the statement in PAYLOAD lists exactly the files of verdict_model.h with their digests,
 * each byte once. Digests that OpenSSL does not know are taken as they are.
 */
bool verdict_rules_hold(const struct verdict_bytes *payload);
