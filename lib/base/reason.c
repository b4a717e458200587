#include "base/reason.h"

#include <stddef.h>

static const struct {
	const char *word;
	int status;
} reasons[REASON_COUNT] = {
	[REASON_NONE] = { "internal", REASON_STATUS_INTERNAL },
	[REASON_CHANGED] = { "changed", 1 },
	[REASON_MISSING] = { "missing", 1 },
	[REASON_EXTRA] = { "extra", 1 },
	[REASON_LINK] = { "link", 1 },
	[REASON_SPECIAL] = { "special", 1 },
	[REASON_BUSY] = { "busy", 1 },
	[REASON_NOT_CACHED] = { "not-cached", 1 },
	[REASON_USAGE] = { "usage", 2 },
	[REASON_CONFIG] = { "config", 2 },
	[REASON_NOT_SIGNED] = { "not-signed", 3 },
	[REASON_BUNDLE] = { "bundle", 4 },
	[REASON_SIGNATURE] = { "signature", 4 },
	[REASON_UNTRUSTED] = { "untrusted", 4 },
	[REASON_SIGNER] = { "signer", 4 },
	[REASON_EXPIRED] = { "expired", 4 },
	[REASON_STATEMENT] = { "statement", 4 },
	[REASON_PENDING] = { "pending", 5 },
	[REASON_POLICY] = { "policy", 6 },
	[REASON_UNPINNED] = { "unpinned", 6 },
	[REASON_PROFILE] = { "profile", 6 },
	[REASON_MANIFEST] = { "manifest", 6 },
	[REASON_LOCK] = { "lock", 6 },
	[REASON_UNCLEAR] = { "unclear", 6 },
	[REASON_IO] = { "io", 7 },
	[REASON_NETWORK] = { "network", 7 },
	[REASON_DEADLINE] = { "deadline", 8 },
	[REASON_UNSEEN] = { "unseen", 9 },
	[REASON_INTERNAL] = { "internal", REASON_STATUS_INTERNAL },
};

static enum reason
known(enum reason reason)
{
	return (unsigned int)reason < REASON_COUNT ? reason : REASON_INTERNAL;
}

const char *
reason_word(enum reason reason)
{
	return reasons[known(reason)].word;
}

int
reason_status(enum reason reason)
{
	return reasons[known(reason)].status;
}

int
reason_hook_status(enum reason reason)
{
	int status = reason_status(reason);

	return status == REASON_STATUS_INTERNAL ? status : status + REASON_HOOK_OFFSET;
}
