#include "cli/cmd_receipt.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/option.h"
#include "cli/receipt_forget.h"
#include "cli/receipt_list.h"
#include "cli/remember.h"
#include "policy/policy.h"
#include "receipt/journal.h"
#include "receipt/memo.h"
#include "receipt/receipts.h"

#include <string.h>

struct receipt_options {
	const char *receipts;
	const char *policy;
	const char *output;
	bool all;
};

static const struct option options[] = {
	{ "all", OPTION_FLAG, offsetof(struct receipt_options, all), NULL, "forget: everything" },
	{ "receipts", OPTION_TEXT, offsetof(struct receipt_options, receipts), "DIR",
		"where receipts are (default: as the policy says)" },
	{ "policy", OPTION_TEXT, offsetof(struct receipt_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "output", OPTION_TEXT, offsetof(struct receipt_options, output), "text|json",
		"list: what to print (default: text)" },
};

static const struct option_table table = {
	.usage = "receipt list [OPTION...] | receipt forget --all|PATH... [OPTION...]",
	.about =
		"list    Prints what is remembered: file, size, digest, age, and whether it counts now, or why not.\n"
		"forget  Drops the receipts of files, as they are or ever were: the next start hashes them again.\n"
		"        With --all also the memos of manifests: the next start reads them again.\n"
		"\n"
		"PATH is a file, or a directory, snapshot, models--... folder or cache with all its files.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static int
list(const struct receipt_options *values, const struct remember *remember, struct error *err)
{
	cleanup_receipts struct receipts receipts = { 0 };
	bool json;

	if (option_parse_output(values->output, &json, err))
		return -1;
	if (remember_open(remember, true, &receipts, err))
		return -1;
	return receipt_list_print(&receipts, json, err);
}

static int
forget(const struct remember *remember, const struct option_list *paths, struct error *err)
{
	cleanup_journal struct journal *journal = journal_open(remember->folder, false, err);
	size_t dropped, memos = 0;

	if (!journal || receipt_forget(journal, paths, &dropped, err))
		return -1;
	printf("%zu receipts forgotten\n", dropped);
	/* Manifests are in no path that could be named. */
	if (paths->count == 0 && memo_forget(remember->folder, &memos, err))
		return -1;
	if (memos)
		printf("%zu memos forgotten\n", memos);
	return 0;
}

static int
check_words(
	const struct receipt_options *values, const struct option_list *words, struct error *err)
{
	const char *what = words->count ? words->values[0] : "";

	if (strcmp(what, "list") == 0 && words->count == 1 && !values->all)
		return 0;
	if (strcmp(what, "forget") == 0 && (words->count > 1) != values->all)
		return 0;
	return error_set(err, REASON_USAGE, 0,
		"expected list; or forget with either PATH... or --all (see --help)");
}

static int
run(const struct receipt_options *values, const struct option_list *words, struct error *err)
{
	static struct option_list paths;
	struct policy policy = { 0 };
	struct remember remember;
	int result = remember_find(values->policy, values->receipts, &policy, &remember, err);

	paths.count = words->count - 1;
	memcpy(paths.values, words->values + 1, paths.count * sizeof(paths.values[0]));
	if (result >= 0)
		result = strcmp(words->values[0], "list") == 0 ? list(values, &remember, err)
							       : forget(&remember, &paths, err);
	policy_release(&policy);
	return result;
}

int
cmd_receipt(const struct option_list *argv)
{
	struct receipt_options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || check_words(&values, &words, &err) || run(&values, &words, &err))
		return console_fail("nimgate receipt", &err);
	return REASON_STATUS_ADMIT;
}
