#include "cli/doctor_trust.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/doctor_report.h"
#include "policy/policy.h"
#include "supply/anchor_folder.h"
#include "supply/clerk.h"

#include <stdio.h>

/* The certificate that ends first, of all files of the policy that can be read. */
struct first {
	char path[TEXT_QUOTED_MAX];
	struct chain_signer certificate; /* not_after 0: none */
};

static void
keep_first(const struct anchor_file *file, struct first *first)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct chain_signer *one = &file->certificates[i];

		if (first->certificate.not_after && first->certificate.not_after <= one->not_after)
			continue;
		first->certificate = *one;
		snprintf(first->path, sizeof(first->path), "%s", TEXT_QUOTE(file->path));
	}
}

/* Looks at all files. Returns whether each could be read; else what is wrong is noted. */
static bool
look_at_all(struct doctor_report *report, const struct policy *policy, struct clerk *clerk,
	struct first *first)
{
	bool all = true;

	for (size_t i = 0; i < policy->anchors.count; i++) {
		char path[2 * LIMIT_NAME_BYTES];
		struct anchor_file file;

		snprintf(path, sizeof(path), "%s%s", report->root, policy->anchors.paths[i]);
		anchor_folder_read_file(path, clerk, &file);
		if (file.why.reason != REASON_NONE) {
			doctor_report_add(
				report, "nimgate", "trust", DOCTOR_NOTE, "%s", file.why.text);
			all = false;
		}
		keep_first(&file, first);
		anchor_folder_release_file(&file);
	}
	return all;
}

void
doctor_trust_check(struct doctor_report *report, const struct policy *policy)
{
	cleanup_clerk struct clerk clerk = { 0 };
	struct first first = { .path = "" };
	char warning[96], date[32];
	struct error err;

	/* Bare keys have no end. */
	if (policy->method != TRUST_METHOD_CERTIFICATE)
		return;
	if (clerk_start(&clerk, &err)) {
		doctor_report_add(report, "nimgate", "trust", DOCTOR_NOTE, "%s", err.text);
		return;
	}
	if (!look_at_all(report, policy, &clerk, &first))
		return;
	if (anchor_folder_warn(&first.certificate, clock_now(), warning, sizeof(warning)))
		doctor_report_add(report, "nimgate", "trust", DOCTOR_NOTE, "%s: certificate %s %s",
			first.path, TEXT_QUOTE(first.certificate.subject), warning);
	else
		doctor_report_add(report, "nimgate", "trust", DOCTOR_OK,
			"no anchor ends before %.10s",
			clock_format(first.certificate.not_after, date));
}
