#include "hash/quota.h"

#include "base/limits.h"
#include "hash/cpulist.h"

#include "tests/unit/check.h"
#include "tests/unit/machine.h"

#include <stdint.h>

#define V2    "/sys/fs/cgroup"
#define V1    "/sys/fs/cgroup/cpu,cpuacct"
#define ALONE "/sys/fs/cgroup/cpu"

/* A file of a control group. */
struct group_file {
	const char *path, *text;
};

static const struct {
	const char *name, *membership;
	struct group_file files[6];
	size_t wanted; /* 0: none */
} group_rows[] = {
	{ "v2: none", "0::/a\n", { { V2 "/a/cpu.max", "max 100000\n" } }, 0 },
	{ "v2: one CPU", "0::/a\n", { { V2 "/a/cpu.max", "100000 100000\n" } }, 1 },
	{ "v2: half a CPU", "0::/a\n", { { V2 "/a/cpu.max", "50000 100000\n" } }, 1 },
	{ "v2: one and a half", "0::/a\n", { { V2 "/a/cpu.max", "150000 100000\n" } }, 2 },
	{ "v2: one and a little", "0::/a\n", { { V2 "/a/cpu.max", "100001 100000\n" } }, 2 },
	{ "v2: other periods", "0::/a\n", { { V2 "/a/cpu.max", "8000000 1000000\n" } }, 8 },
	{ "v2: the group above", "0::/a/b.slice/c:d\n",
		{ { V2 "/a/b.slice/c:d/cpu.max", "900000 100000\n" },
			{ V2 "/a/b.slice/cpu.max", "max 100000\n" },
			{ V2 "/a/cpu.max", "300000 100000\n" } },
		3 },
	{ "v2: own group below a larger one", "0::/a/b\n",
		{ { V2 "/a/b/cpu.max", "200000 100000\n" },
			{ V2 "/a/cpu.max", "900000 100000\n" } },
		2 },
	{ "v2: the root of a namespace, above", "0::/a\n", { { V2 "/cpu.max", "400000 100000\n" } },
		4 },
	{ "v2: the root of a namespace", "0::/\n", { { V2 "/cpu.max", "400000 100000\n" } }, 4 },
	{ "v2: outside of the namespace", "0::/../a\n", { { V2 "/cpu.max", "400000 100000\n" } },
		0 },
	{ "v2: no controller", "0::/a\n", { { V2 "/a/cgroup.procs", "1\n" } }, 0 },
	{ "v2: zero", "0::/a\n", { { V2 "/a/cpu.max", "0 100000\n" } }, 0 },
	{ "v2: a period of zero", "0::/a\n", { { V2 "/a/cpu.max", "100000 0\n" } }, 0 },
	{ "v2: no period", "0::/a\n", { { V2 "/a/cpu.max", "100000\n" } }, 0 },
	{ "v2: three numbers", "0::/a\n", { { V2 "/a/cpu.max", "100000 100000 1\n" } }, 0 },
	{ "v2: below zero", "0::/a\n", { { V2 "/a/cpu.max", "-1 100000\n" } }, 0 },
	{ "v2: beyond all numbers", "0::/a\n",
		{ { V2 "/a/cpu.max", "99999999999999999999999 100000\n" } }, 0 },
	{ "v2: a huge number", "0::/a\n", { { V2 "/a/cpu.max", "9223372036854775807 1\n" } }, 0 },
	{ "v2: empty", "0::/a\n", { { V2 "/a/cpu.max", "" } }, 0 },
	{ "v2: junk beside a limit above", "0::/a/b\n",
		{ { V2 "/a/b/cpu.max", "lots\n" }, { V2 "/a/cpu.max", "300000 100000\n" } }, 3 },
	{ "v1: none", "4:cpu,cpuacct:/a\n",
		{ { V1 "/a/cpu.cfs_quota_us", "-1\n" }, { V1 "/a/cpu.cfs_period_us", "100000\n" } },
		0 },
	{ "v1: two CPUs", "4:cpu,cpuacct:/a\n",
		{ { V1 "/a/cpu.cfs_quota_us", "200000\n" },
			{ V1 "/a/cpu.cfs_period_us", "100000\n" } },
		2 },
	{ "v1: no period", "4:cpu,cpuacct:/a\n", { { V1 "/a/cpu.cfs_quota_us", "200000\n" } }, 0 },
	{ "v1: the group above", "4:cpu,cpuacct:/a/b\n",
		{ { V1 "/a/b/cpu.cfs_quota_us", "-1\n" },
			{ V1 "/a/b/cpu.cfs_period_us", "100000\n" },
			{ V1 "/a/cpu.cfs_quota_us", "250000\n" },
			{ V1 "/a/cpu.cfs_period_us", "50000\n" } },
		5 },
	{ "hybrid: the controller is in v1", "9:cpuset:/x\n2:cpuacct:/x\n1:cpu:/a\n0::/u\n",
		{ { ALONE "/a/cpu.cfs_quota_us", "600000\n" },
			{ ALONE "/a/cpu.cfs_period_us", "100000\n" },
			{ "/sys/fs/cgroup/cpuset/x/cpu.cfs_quota_us", "100000\n" },
			{ "/sys/fs/cgroup/cpuset/x/cpu.cfs_period_us", "100000\n" },
			{ V2 "/unified/u/cgroup.procs", "1\n" } },
		6 },
	{ "no group", "", { { V2 "/cpu.max", "100000 100000\n" } }, 0 },
	{ "lines that are none", "0\n1:cpu\n::\n0:::\n", { { V2 "/cpu.max", "100000 100000\n" } },
		0 },
	{ "a relative path", "0::a\n", { { V2 "/cpu.max", "100000 100000\n" } }, 0 },
	{ "no file at all", NULL, { { V2 "/cpu.max", "100000 100000\n" } }, 0 },
};

/* CPUs, quota and LIMIT_THREADS, whichever is least. */
static void
test_threads(void)
{
	static const struct {
		const char *name, *cpus, *quota;
		size_t wanted;
	} rows[] = {
		{ "CPUs", "0-7", "max 100000", 8 },
		{ "a quota", "0-7", "210000 100000", 3 },
		{ "a quota above the CPUs", "0-7", "9000000 100000", 8 },
		{ "no CPU", "", "max 100000", 1 },
		{ "more than threads", "0-8191", "max 100000", LIMIT_THREADS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_fd int root = -1;
		struct cpulist cpus = { { 0 } };
		size_t found;

		machine_clear();
		machine_write("/proc/self/cgroup", "0::/\n");
		machine_write(V2 "/cpu.max", rows[i].quota);
		machine_need(cpulist_parse(rows[i].cpus, strlen(rows[i].cpus), &cpus) == 0,
			rows[i].cpus);
		root = machine_open();
		found = quota_threads(root, &cpus);
		check(found == rows[i].wanted, rows[i].name, "%zu", found);
	}
}

static void
test_groups(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(group_rows); i++) {
		cleanup_fd int root = -1;
		size_t found;

		machine_clear();
		if (group_rows[i].membership)
			machine_write("/proc/self/cgroup", group_rows[i].membership);
		for (const struct group_file *file = group_rows[i].files;
			file < group_rows[i].files + ARRAY_SIZE(group_rows[i].files) && file->path;
			file++)
			machine_write(file->path, file->text);
		root = machine_open();
		found = quota_cpus(root);
		check(found == (group_rows[i].wanted ? group_rows[i].wanted : SIZE_MAX),
			group_rows[i].name, "%zu", found);
	}
}

int
main(void)
{
	test_groups();
	test_threads();
	return check_end();
}
