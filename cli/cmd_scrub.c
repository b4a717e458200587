#include "cli/cmd_scrub.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/idle.h"
#include "cli/notify.h"
#include "cli/option.h"
#include "cli/remember.h"
#include "cli/scrub.h"
#include "cli/stop.h"
#include "policy/policy.h"
#include "receipt/journal.h"

#include <inttypes.h>

struct scrub_options {
	const char *receipts;
	const char *policy;
	bool idle;
};

static const struct option options[] = {
	{ "receipts", OPTION_TEXT, offsetof(struct scrub_options, receipts), "DIR",
		"where receipts are (default: as the policy says)" },
	{ "policy", OPTION_TEXT, offsetof(struct scrub_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "idle", OPTION_FLAG, offsetof(struct scrub_options, idle), NULL,
		"use only time that nobody else wants" },
};

static const struct option_table table = {
	.usage = "scrub [OPTION...]",
	.about =
		"Reads every file again that receipts speak for, from the disk. Receipts of files that were\n"
		"removed or written since are dropped; those of files that are as remembered are renewed. A file\n"
		"with other bytes that the file system calls unchanged is named, and the exit status is 1.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static int
run(const struct scrub_options *values, const struct remember *remember, struct scrub_sum *sum,
	struct error *err)
{
	cleanup_journal struct journal *journal = journal_open(remember->folder, false, err);

	if (!journal)
		return -1;
	if (values->idle)
		idle_begin();
	notify_send("READY=1\nSTATUS=scrub\n");
	return scrub_run(journal, sum, err);
}

static int
report(const struct scrub_sum *sum)
{
	struct error err;

	printf("%zu receipts, %" PRIu64
	       " bytes read: %zu as remembered, %zu gone or written since, "
	       "%zu busy, %zu not mounted, %zu unreadable, %zu wrong\n",
		sum->rows, sum->bytes, sum->equal, sum->gone, sum->busy, sum->away, sum->unreadable,
		sum->wrong);
	if (!sum->wrong && !sum->unreadable)
		return REASON_STATUS_ADMIT;
	if (!sum->wrong)
		error_set(&err, REASON_IO, 0, "%zu receipts are of files that cannot be read",
			sum->unreadable);
	else
		error_set(&err, REASON_CHANGED, 0,
			"%zu receipts speak for other bytes, and the file system knows of no change: raw writes to "
			"the disk, or a disk that fails",
			sum->wrong);
	return console_fail("nimgate scrub", &err);
}

int
cmd_scrub(const struct option_list *argv)
{
	struct scrub_options values = { 0 };
	struct policy policy = { 0 };
	struct remember remember;
	struct scrub_sum sum;
	struct error err;
	int result = option_parse_alone(&table, argv, &values, &err), status;

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || remember_find(values.policy, values.receipts, &policy, &remember, &err) < 0)
		return console_fail("nimgate scrub", &err);
	stop_catch();
	result = run(&values, &remember, &sum, &err);
	status = result ? console_fail("nimgate scrub", &err) : report(&sum);
	policy_release(&policy);
	stop_end();
	return status;
}
