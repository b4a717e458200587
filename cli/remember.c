#include "cli/remember.h"

#include "base/error.h"
#include "policy/policy.h"
#include "receipt/journal.h"

#include <sys/stat.h>

static bool
is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

int
remember_find(const char *path, const char *given, struct policy *policy, struct remember *out,
	struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	const bool wanted = path || is_there(POLICY_PATH_DEFAULT) || is_there(POLICY_PATH_VENDOR);
	struct remember found = {
		.folder = JOURNAL_DIRECTORY, .age_max_s = INT64_MAX, .files = RECEIPTS_GUARDED
	};

	if (wanted && policy_load(path ? path : POLICY_PATH_DEFAULT, &nobody, policy, err))
		return -1;
	if (wanted) {
		found.age_max_s = policy->receipt_age_s;
		found.files = policy->receipt_files;
	}
	if (wanted && policy->receipts_folder)
		found.folder = policy->receipts_folder;
	if (given)
		found.folder = given;
	*out = found;
	return wanted;
}

int
remember_open(
	const struct remember *remember, bool read_only, struct receipts *out, struct error *err)
{
	receipts_open(remember->folder, remember->age_max_s, read_only, out);
	out->files = remember->files;
	if (out->journal)
		return 0;
	return error_set(err, REASON_CONFIG, 0, "%s", out->why);
}
