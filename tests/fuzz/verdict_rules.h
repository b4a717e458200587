/*
 * What an admitted statement must be, said again and independently of lib/oms: facts: oms, sections
 * 4 to 7, in the order of the text and without regard to speed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True if the statement in PAYLOAD lists exactly the files of verdict_model.h with their digests,
 * each byte once. LEGACY: the statement of release 0.2.0 counts, too. Digests that OpenSSL does not
 * know are taken as they are.
 */
bool verdict_rules_hold(const uint8_t *payload, size_t length, bool legacy);
