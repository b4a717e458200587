#include "hash/kernel_plan.h"

#include "base/mem.h"
#include "tests/unit/check.h"

#include <string.h>

/* Kernels that are never run: only their widths count. */
static const struct kernel fakes[] = {
	{ "x1", 1, 0, NULL },
	{ "x2", 2, 0, NULL },
	{ "x3", 3, 0, NULL },
	{ "x4", 4, 0, NULL },
	{ "x16", 16, 0, NULL },
};
static const struct kernel_set all = { { &fakes[0], &fakes[1], &fakes[2], &fakes[3], &fakes[4] },
	5 };

enum { MB = 1000000 };

/* Rates as measured or published (facts: hashing, section 3), and what follows from them. */
static const struct {
	const char *name;
	uint64_t x1, x2, x3, x4, x16, openssl; /* MB/s; 0: not there */
	size_t live;
	const char *wanted; /* width:live of each group */
	bool gains;
} cases[] = {
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 1, "1:1", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 2, "2:2", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 3, "3:3", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 4, "4:4", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 5, "3:3 2:2", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 6, "4:4 2:2", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 7, "4:4 3:3", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 8, "4:4 4:4", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 10, "16:10", true },
	{ "zen 5", 1810, 2750, 3100, 3360, 5800, 1790, 16, "16:16", true },
	{ "zen 5: more than lanes", 1810, 2750, 3100, 3360, 5800, 1790, 40, "16:16", true },
	{ "ice lake", 875, 877, 879, 881, 2300, 875, 3, "3:3", true },
	{ "ice lake", 875, 877, 879, 881, 2300, 875, 6, "4:4 2:2", true },
	{ "ice lake", 875, 877, 879, 881, 2300, 875, 7, "16:7", true },
	{ "interleaving costs", 875, 800, 700, 600, 0, 875, 3, "1:1 1:1 1:1", true },
	{ "skylake", 0, 0, 0, 0, 3500, 449, 1, "16:1", false },
	{ "skylake", 0, 0, 0, 0, 3500, 449, 2, "16:2", true },
	{ "arm", 1560, 2900, 0, 3000, 0, 1560, 3, "2:2 1:1", true },
	{ "arm", 1560, 2900, 0, 3000, 0, 1560, 6, "4:4 2:2", true },
	{ "arm: all lanes", 1560, 2900, 0, 3000, 0, 1560, 16, "4:4 4:4 4:4 4:4", true },
	{ "zen 1", 1800, 3300, 3200, 3100, 0, 1800, 4, "2:2 2:2", true },
	{ "slow here", 1000, 0, 0, 0, 0, 1800, 4, "1:1 1:1 1:1 1:1", false },
	{ "openssl: nearly as fast", 1000, 0, 0, 0, 0, 1050, 1, "1:1", true },
	{ "openssl: unknown", 1000, 0, 0, 0, 0, 0, 1, "1:1", true },
	{ "none", 0, 0, 0, 0, 0, 1800, 3, "", false },
};

/* The groups for LIVE lanes, as in the table. */
static const char *
groups(const struct kernel_plan *plan, size_t live)
{
	static char text[256];
	size_t length = 0;

	text[0] = 0;
	if (live > KERNEL_LANES_MAX)
		live = KERNEL_LANES_MAX;
	while (live) {
		struct kernel_group group = kernel_plan_next(plan, live);

		if (!group.kernel || group.live > live || group.live < 1)
			return text;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%zu:%zu",
			length ? " " : "", group.kernel->lanes, group.live);
		live -= group.live;
	}
	return text;
}

static void
test_rates(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel_rates rates = { { cases[i].x1 * MB, cases[i].x2 * MB,
						      cases[i].x3 * MB, cases[i].x4 * MB,
						      cases[i].x16 * MB },
			cases[i].openssl * MB };
		struct kernel_plan plan;
		char name[64];

		kernel_plan_make(&all, &rates, &plan);
		snprintf(name, sizeof(name), "%s, %zu lanes", cases[i].name, cases[i].live);
		check_text(groups(&plan, cases[i].live), cases[i].wanted, name);
		check(kernel_plan_gains(&plan, cases[i].live) == cases[i].gains, name, "gains");
	}
}

/* The set of this machine: whatever it has, every lane is in a group. */
static void
test_here(void)
{
	struct kernel_set set, none = { 0 };
	struct kernel_rates typical, measured;
	struct kernel_plan plan;
	struct error err = { 0 };
	size_t unmeasured = 0, slow = 0;

	kernel_find(&set);
	typical = kernel_plan_typical(&set);
	check_result(kernel_plan_measure(&set, &measured, &err), REASON_NONE, &err, "measure");
	for (size_t i = 0; i < set.count; i++) {
		unmeasured += !measured.kernels[i];
		slow += !typical.kernels[i];
	}
	check(!unmeasured && measured.openssl, "measure: every kernel", "%zu not", unmeasured);
	check(!slow && typical.openssl, "typical: every kernel", "%zu not", slow);
	for (size_t live = 1; live <= KERNEL_LANES_MAX && set.count; live++) {
		size_t left = live;

		kernel_plan_make(&set, live % 2 ? &measured : &typical, &plan);
		while (left && kernel_plan_next(&plan, left).kernel)
			left -= kernel_plan_next(&plan, left).live;
		check(left == 0, "plan: takes every lane", "%zu of %zu are left", left, live);
	}
	kernel_plan_make(&none, &measured, &plan);
	check(!kernel_plan_next(&plan, 1).kernel && !kernel_plan_gains(&plan, 1), "plan: no kernel",
		"there is one");
	memset(&plan, 0, sizeof(plan));
	check(!kernel_plan_next(&plan, 9).kernel && !kernel_plan_gains(&plan, 9), "plan: zeroed",
		"there is one");
}

int
main(void)
{
	test_rates();
	test_here();
	return check_end();
}
