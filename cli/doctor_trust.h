/*
 * nimgate doctor: when the anchors of the policy end.
 */
#pragma once

struct doctor_report;
struct policy;

/* One line for all: well, or a note that names the first to end. */
void doctor_trust_check(struct doctor_report *report, const struct policy *policy)
	__attribute__((nonnull));
