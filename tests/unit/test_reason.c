#include "base/reason.h"

#include "base/mem.h"

#include "tests/unit/check.h"

/* The interface that scripts rely on. A row may be added here, never changed. */
static const struct {
	enum reason reason;
	const char *word;
	int status, hook_status;
} frozen[] = {
	{ REASON_NONE, "internal", 70, 70 },
	{ REASON_CHANGED, "changed", 1, 11 },
	{ REASON_MISSING, "missing", 1, 11 },
	{ REASON_EXTRA, "extra", 1, 11 },
	{ REASON_LINK, "link", 1, 11 },
	{ REASON_SPECIAL, "special", 1, 11 },
	{ REASON_BUSY, "busy", 1, 11 },
	{ REASON_NOT_CACHED, "not-cached", 1, 11 },
	{ REASON_USAGE, "usage", 2, 12 },
	{ REASON_CONFIG, "config", 2, 12 },
	{ REASON_NOT_SIGNED, "not-signed", 3, 13 },
	{ REASON_BUNDLE, "bundle", 4, 14 },
	{ REASON_SIGNATURE, "signature", 4, 14 },
	{ REASON_UNTRUSTED, "untrusted", 4, 14 },
	{ REASON_SIGNER, "signer", 4, 14 },
	{ REASON_EXPIRED, "expired", 4, 14 },
	{ REASON_STATEMENT, "statement", 4, 14 },
	{ REASON_PENDING, "pending", 5, 15 },
	{ REASON_POLICY, "policy", 6, 16 },
	{ REASON_UNPINNED, "unpinned", 6, 16 },
	{ REASON_PROFILE, "profile", 6, 16 },
	{ REASON_MANIFEST, "manifest", 6, 16 },
	{ REASON_LOCK, "lock", 6, 16 },
	{ REASON_UNCLEAR, "unclear", 6, 16 },
	{ REASON_IO, "io", 7, 17 },
	{ REASON_NETWORK, "network", 7, 17 },
	{ REASON_DEADLINE, "deadline", 8, 18 },
	{ REASON_UNSEEN, "unseen", 9, 19 },
	{ REASON_INTERNAL, "internal", 70, 70 },
	{ REASON_COUNT, "internal", 70, 70 },
	{ (enum reason) - 1, "internal", 70, 70 },
	{ (enum reason)0x7fffffff, "internal", 70, 70 },
};

int
main(void)
{
	bool seen[REASON_COUNT] = { false };

	for (size_t i = 0; i < ARRAY_SIZE(frozen); i++) {
		enum reason reason = frozen[i].reason;

		check_text(reason_word(reason), frozen[i].word, "reason: word");
		check(reason_status(reason) == frozen[i].status, "reason: status", "%s has %d",
			frozen[i].word, reason_status(reason));
		check(reason_hook_status(reason) == frozen[i].hook_status, "reason: hook status",
			"%s has %d", frozen[i].word, reason_hook_status(reason));
		if ((unsigned int)reason < REASON_COUNT)
			seen[reason] = true;
	}
	for (int reason = 0; reason < REASON_COUNT; reason++)
		check(seen[reason], "reason: in the table", "reason %d is not", reason);
	return check_end();
}
