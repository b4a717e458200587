/* Prints "REASON COMMAND HOOK" for each reason, to compare with docs/exit-status.md. */
#include "base/reason.h"

#include <stdio.h>

int
main(void)
{
	int reason;

	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		printf("%s %d %d\n", reason_word((enum reason)reason),
			reason_status((enum reason)reason),
			reason_hook_status((enum reason)reason));
	return 0;
}
