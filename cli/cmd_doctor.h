#pragma once

struct doctor_report;
struct error;
struct option_list;

/* nimgate doctor [ENGINE...]. Returns the exit status. */
int cmd_doctor(const struct option_list *argv) __attribute__((nonnull));

/* Adds what it finds about the engines that WORDS name, or all that are there. Returns 0, or -1
 * with REASON_USAGE. */
int cmd_doctor_examine(struct doctor_report *report, const struct option_list *words,
	struct error *err) __attribute__((nonnull));
