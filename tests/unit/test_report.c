#include "gate/report.h"

#include "base/mem.h"
#include "border/digest.h"

#include "tests/unit/check.h"

#include <stdlib.h>

enum { MANY = 33 };

static void
add(struct report *report, enum reason reason, const char *model, const char *name,
	const char *detail)
{
	struct error err = { 0 };

	if (!report_add(report, reason, model, name, detail, &err))
		check(false, "add", "%s", err.text);
}

static void
test_describe(void)
{
	static const struct {
		enum reason reason;
		const char *name, *detail, *wanted;
	} rows[] = {
		{ REASON_MISSING, "a/b.bin", NULL, "'a/b.bin': missing" },
		{ REASON_EXTRA, "evil.py", NULL, "'evil.py': not signed, yet there" },
		{ REASON_LINK, "a", NULL, "'a': a link where none is allowed" },
		{ REASON_LINK, "a", "a link to '/etc'", "'a': a link to '/etc'" },
		{ REASON_SPECIAL, "a", NULL, "'a': not a regular file" },
		{ REASON_BUSY, "a", NULL, "'a': changed while it was checked" },
		{ REASON_IO, "a", NULL, "'a': io" },
		{ REASON_MISSING, "a\n\033[2J\xe2\x80\xae", NULL,
			"'a\\x0a\\x1b[2J\\xe2\\x80\\xae': missing" },
		{ REASON_EXTRA, "", NULL, "'': not signed, yet there" },
	};
	char line[200], small[12];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct report report = { 0 };

		add(&report, rows[i].reason, "m", rows[i].name, rows[i].detail);
		check_text(report_describe(report.findings, line, sizeof(line)), rows[i].wanted,
			rows[i].wanted);
		snprintf(line, 12, "%s", rows[i].wanted);
		check_text(report_describe(report.findings, small, sizeof(small)), line,
			"describe: cut to its room");
		report_release(&report);
	}
}

static void
test_changed(void)
{
	static const char wanted[] =
		"'x': signed ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, "
		"found e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct report report = { 0 };
	struct error err = { 0 };
	struct finding *finding;
	char line[300];

	finding = report_add(&report, REASON_CHANGED, "m", "x", NULL, &err);
	check(finding &&
			digest_compute(DIGEST_SHA256, "abc", 3, &finding->signed_digest, &err) ==
				0 &&
			digest_compute(DIGEST_SHA256, "", 0, &finding->found_digest, &err) == 0,
		"changed: digests", "%s", err.text);
	check_text(report_describe(report.findings, line, sizeof(line)), wanted, "changed");
	report_release(&report);
}

static void
test_conclude(void)
{
	struct report report = { 0 };
	struct error err = { .reason = REASON_NONE, .text = "untouched" };

	check(report_conclude(&report, &err) == 0, "conclude: nothing", "refused");
	check_text(err.text, "untouched", "conclude: nothing is said");
	add(&report, REASON_MISSING, "org/m:1", "a", NULL);
	add(&report, REASON_EXTRA, "org/m:1", "b", NULL);
	add(&report, REASON_EXTRA, "org/n:2", "c", NULL);
	add(&report, REASON_BUSY, "org/m:1", "d", NULL);
	check_result(report_conclude(&report, &err), REASON_MISSING, &err, "conclude: the first");
	check_text(err.text,
		"org/m:1: 'a': missing; 'b': not signed, yet there; org/n:2: 'c': not signed, yet "
		"there; org/m:1: 'd': changed while it was checked",
		"conclude: a model is named where it changes");
	report_release(&report);
	check(!report.findings && !report.count, "release: zeroed", "not");
}

/* As many as fit, and the number of the others; the sum is right. */
static void
test_many(void)
{
	static const char more[] = " (and ";
	struct report report = { 0 };
	struct error err = { 0 };
	const char *at, *tail;
	size_t told = 0;
	char name[64];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "shard-%02d-of-33-with-a-rather-long-name", i);
		add(&report, REASON_MISSING, "org/team/model:1.0", name, NULL);
	}
	check_result(report_conclude(&report, &err), REASON_MISSING, &err, "many");
	for (at = strstr(err.text, "missing"); at; at = strstr(at + 1, "missing"))
		told++;
	tail = strstr(err.text, more);
	check(tail && told > 3 && (size_t)atoi(tail + strlen(more)) == MANY - told,
		"many: the others are counted", "%zu told: %s", told, err.text);
	check(tail && strcmp(tail + strlen(tail) - 6, " more)") == 0, "many: not cut", "%s",
		err.text);
	report_release(&report);
}

static void
test_long(void)
{
	char label[5000], detail[600];
	struct report report = { 0 };
	struct error err = { 0 };
	const char *more;

	memset(label, 'l', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	memset(detail, 'd', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	add(&report, REASON_LINK, label, "a", detail);
	add(&report, REASON_MISSING, label, "b", NULL);
	check_result(report_conclude(&report, &err), REASON_LINK, &err, "long");
	more = strstr(err.text, "... (and 1 more)");
	check(more && more[16] == '\0', "long: cut and counted", "%s", err.text);
	report_release(&report);
	add(&report, REASON_EXTRA, "/m\033[31m\n", "b\n", NULL);
	check_result(report_conclude(&report, &err), REASON_EXTRA, &err, "hostile");
	check_text(err.text, "/m\\x1b[31m\\x0a: 'b\\x0a': not signed, yet there", "hostile label");
	report_release(&report);
}

/* Every length of the second finding around the end of the line: told whole, or not at all. */
static void
test_edge(void)
{
	char first[150], second[150];

	memset(first, 'a', sizeof(first));
	first[140] = '\0';
	for (size_t length = 1; length < 140; length++) {
		struct report report = { 0 };
		struct error err = { 0 };
		bool told, counted;

		memset(second, 'b', sizeof(second));
		second[length] = '\0';
		add(&report, REASON_MISSING, "m", first, NULL);
		add(&report, REASON_MISSING, "m", first, NULL);
		add(&report, REASON_MISSING, "m", second, NULL);
		report_conclude(&report, &err);
		told = strstr(err.text, "b': missing") != NULL;
		counted = strstr(err.text, " (and 1 more)") != NULL;
		if (told == counted || strstr(err.text, "...")) {
			check(false, "edge", "%zu: %s", length, err.text);
			report_release(&report);
			return;
		}
		report_release(&report);
	}
	check(true, "edge", "-");
}

int
main(void)
{
	test_describe();
	test_changed();
	test_conclude();
	test_many();
	test_long();
	test_edge();
	return check_end();
}
