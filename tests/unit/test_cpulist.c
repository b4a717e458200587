#include "hash/cpulist.h"

#include "base/mem.h"
#include "base/text.h"

#include "tests/unit/check.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>

static void
test_parse(void)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
		size_t count;
	} rows[] = {
		{ "", "", 0 },
		{ "\n", "", 0 },
		{ "0\n", "0", 1 },
		{ "0-3", "0-3", 4 },
		{ "0-3,8-11\n", "0-3,8-11", 8 },
		{ "1,3,5\n", "1,3,5", 3 },
		{ "0,1,2,3", "0-3", 4 },
		{ "63-64,127-128\n", "63-64,127-128", 4 },
		{ "8191\n", "8191", 1 },
		{ "0-8191\n", "0-8191", CPULIST_MAX },
		{ "8192\n", NULL, 0 },
		{ "0-8192\n", NULL, 0 },
		{ "0-99999999999999999999\n", NULL, 0 },
		{ "18446744073709551616", NULL, 0 },
		{ "-1\n", NULL, 0 },
		{ "3-0\n", NULL, 0 },
		{ "3-3\n", NULL, 0 },
		{ "4,2\n", NULL, 0 },
		{ "0-3,3\n", NULL, 0 },
		{ "0-3,2-5\n", NULL, 0 },
		{ "0-\n", NULL, 0 },
		{ "0-3-5\n", NULL, 0 },
		{ "0,\n", NULL, 0 },
		{ ",0\n", NULL, 0 },
		{ "0,,1\n", NULL, 0 },
		{ "0 1\n", NULL, 0 },
		{ " 0\n", NULL, 0 },
		{ "0\n\n", NULL, 0 },
		{ "0\n1\n", NULL, 0 },
		{ "01\n", NULL, 0 },
		{ "0x1\n", NULL, 0 },
		{ "0-3:1/2\n", NULL, 0 },
		{ "all\n", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cpulist list = { { 5 } };
		char text[CPULIST_TEXT_BYTES];
		int result = cpulist_parse(rows[i].text, strlen(rows[i].text), &list);

		check((result == 0) == (rows[i].wanted != NULL), TEXT_QUOTE(rows[i].text), "%d",
			result);
		if (!rows[i].wanted) {
			check(list.words[0] == 5, TEXT_QUOTE(rows[i].text),
				"the output was touched");
			continue;
		}
		check_text(cpulist_format(&list, text), rows[i].wanted, TEXT_QUOTE(rows[i].text));
		check(cpulist_count(&list) == rows[i].count, TEXT_QUOTE(rows[i].text), "%zu",
			cpulist_count(&list));
	}
}

/* Every other CPU does not fit. */
static void
test_long(void)
{
	struct cpulist list = { { 0 } };
	char text[CPULIST_TEXT_BYTES];

	for (size_t i = 0; i < CPULIST_MAX; i += 2)
		cpulist_add(&list, i);
	cpulist_format(&list, text);
	check(strncmp(text, "0,2,4,", 6) == 0 && strlen(text) < CPULIST_TEXT_BYTES &&
			strcmp(text + strlen(text) - 3, "...") == 0,
		"a list that is too long", "%s", text);
}

static void
test_sets(void)
{
	struct cpulist a, b;
	char text[CPULIST_TEXT_BYTES];

	check(cpulist_parse("0-3,64", 6, &a) == 0 && cpulist_parse("2-5,8191", 8, &b) == 0, "sets",
		"refused");
	check(cpulist_has(&a, 64) && !cpulist_has(&a, 65) && cpulist_has(&b, 8191), "has", "wrong");
	cpulist_unite(&a, &b);
	check_text(cpulist_format(&a, text), "0-5,64,8191", "union");
	cpulist_intersect(&a, &b);
	check_text(cpulist_format(&a, text), "2-5,8191", "intersection");
}

/* The mask of the process is the kernel's. */
static void
test_allowed(void)
{
	struct cpulist all = cpulist_allowed(), few;
	size_t first = 0;
	cpu_set_t one;

	check(cpulist_count(&all) > 0, "allowed CPUs", "none");
	while (!cpulist_has(&all, first))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	check(sched_setaffinity(0, sizeof(one), &one) == 0, "one CPU", "refused");
	few = cpulist_allowed();
	check(cpulist_count(&few) == 1 && cpulist_has(&few, first), "one allowed CPU", "%zu",
		cpulist_count(&few));
}

int
main(void)
{
	test_parse();
	test_long();
	test_sets();
	test_allowed();
	return check_end();
}
