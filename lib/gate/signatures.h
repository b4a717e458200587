/*
 * The signature folders: which file is the signature of a version. Folders and files are root's
 * alone, or also a user's whom policy names (signature_owner), who may then choose among genuine
 * signatures, and take them away; what is in them is parsed in a contained child.
 */
#pragma once

#include <stdbool.h>

struct error;
struct ngc_ref;
struct policy;

/*
 * Opens the signature of REF in the first of the POLICY's folders that has one: each is asked for
 * nimgate's layout, then for the NGC CLI's (nim/cache.h), before the next one is. The latter names
 * neither organisation nor team: with CLI_LAYOUT false it is not looked at. Returns a descriptor
 * (caller closes), or -1 with REASON_NOT_SIGNED (names the file to put there), or REASON_CONFIG
 * (others can write it).
 */
int signatures_open(const struct policy *policy, const struct ngc_ref *ref, bool cli_layout,
	struct error *err) __attribute__((nonnull));
