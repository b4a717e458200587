#include "cli/remember.h"

#include "gate/journal.h"
#include "gate/policy.h"

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
	struct remember found = { .folder = JOURNAL_DIRECTORY, .age_max_s = INT64_MAX };

	if (wanted && policy_load(path ? path : POLICY_PATH_DEFAULT, &nobody, policy, err))
		return -1;
	if (wanted)
		found.age_max_s = policy->receipt_age_s;
	if (wanted && policy->receipts_folder)
		found.folder = policy->receipts_folder;
	if (given)
		found.folder = given;
	*out = found;
	return wanted;
}
