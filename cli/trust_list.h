/*
 * nimgate trust list: the certificates of the trust folder and of the policy, and when they end.
 */
#pragma once

#include <stdbool.h>

struct error;

/* Lists what FOLDER holds, and which files of POLICY name it. Returns 0, 4 where a certificate has
 * expired, or -1 with REASON_CONFIG or REASON_INTERNAL. */
int trust_list(const char *folder, const char *policy, bool json, struct error *err)
	__attribute__((nonnull));
