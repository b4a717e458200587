#include "hash/placement.h"

#include "tests/unit/check.h"
#include "tests/unit/machine.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define UUID(i)     "GPU-" MACHINE_UUID #i
#define EVERY_CPU   "0-15"
#define FIRST_NODE  "0-3,8-11"
#define SECOND_NODE "4-7,12-15"

static struct placement placement;

static struct cpulist
list_of(const char *text)
{
	struct cpulist list = { { 0 } };

	machine_need(cpulist_parse(text, strlen(text), &list) == 0, text);
	return list;
}

/* Asks for the GPUs with these names, separated by spaces; a name "/dev/nvidiaN" is a minor. */
static struct gpu_request
request_of(const char *names)
{
	struct gpu_request request = { .source = GPU_SOURCE_ENVIRONMENT };

	while (*names) {
		size_t length = strcspn(names, " ");
		struct gpu_selector minor = { .kind = GPU_MINOR };

		if (strncmp(names, "/dev/nvidia", 11) == 0) {
			minor.number = (uint64_t)(names[11] - '0');
			gpu_add(&request, &minor);
		} else {
			gpu_add_word(&request, names, length);
		}
		names += length + (names[length] == ' ');
	}
	return request;
}

static void
find(const char *names, const char *allowed)
{
	const struct gpu_request request = request_of(names);
	const struct cpulist cpus = list_of(allowed);

	placement_find(machine_root, &request, &cpus, &placement);
}

/* What the kernel was asked for, in order. */
static struct {
	int policy_result; /* what set_memory_policy() answers to all but MPOL_PREFERRED */
	char calls[512];
	size_t used;
} record;

static void
note(const char *what, const struct cpulist *list)
{
	char text[CPULIST_TEXT_BYTES];

	record.used += (size_t)snprintf(record.calls + record.used,
		sizeof(record.calls) - record.used, "%s(%s)", what, cpulist_format(list, text));
}

static int
record_affinity(const struct cpulist *cpus)
{
	note("affinity", cpus);
	return 0;
}

static int
record_policy(int mode, const struct cpulist *nodes)
{
	note(mode == MPOL_PREFERRED ? " preferred"
				    : (mode == 5 ? " preferred-many" : " another policy"),
		nodes);
	return mode == MPOL_PREFERRED ? 0 : record.policy_result;
}

static const struct placement_calls recorder = { record_affinity, record_policy };

static const char *
apply(int policy_result)
{
	memset(&record, 0, sizeof(record));
	record.policy_result = policy_result;
	placement_apply(&placement, &recorder);
	return record.calls;
}

/* All of the GPUs and whole ones, or none. */
static void
test_gpus(void)
{
	static const struct {
		const char *name, *names;
		int divided; /* minor; -1: none */
		const char *words;
		size_t count;
	} rows[] = {
		{ "gpus: one", "2", -1, NULL, 1 },
		{ "gpus: two names of one", "0 /dev/nvidia3", -1, NULL, 1 },
		{ "gpus: some", "/dev/nvidia0 0 1", -1, NULL, 3 },
		{ "gpus: all", "all", -1, NULL, 4 },
		{ "gpus: none", "", -1, "not known", 0 },
		{ "gpus: unclear", "0 some", -1, "not known", 0 },
		{ "gpus: one that is not there", "0 1 4", -1, "no GPU with that index", 0 },
		{ "gpus: one is divided", "0 1", 2, "MIG", 0 },
		{ "gpus: a part of it", "1:0", 2, "MIG", 0 },
		{ "gpus: a part of it by its UUID", "MIG-" MACHINE_UUID "9", 2, "MIG", 0 },
		{ "gpus: another is divided", "0", 2, NULL, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct gpu_request request = request_of(rows[i].names);
		static struct topology_gpu gpus[LIMIT_GPUS];
		struct error err = { 0 };
		size_t count = 0;

		machine_make();
		if (rows[i].divided >= 0)
			machine_divide(rows[i].divided);
		check_result(placement_gpus(machine_root, &request, gpus, &count, &err),
			rows[i].words ? REASON_IO : REASON_NONE, &err, rows[i].name);
		check(count == rows[i].count, rows[i].name, "%zu", count);
		check(!rows[i].words || strstr(err.text, rows[i].words), rows[i].name, "text: %s",
			err.text);
		if (count)
			check_text(gpus[0].model, "NVIDIA H100 80GB HBM3", rows[i].name);
	}
}

/* A machine without the driver, and no machine. */
static void
test_no_gpus(void)
{
	const struct gpu_request request = request_of("all");
	static struct topology_gpu gpus[LIMIT_GPUS];
	struct error err = { 0 };
	size_t count = 0;

	machine_make();
	machine_remove("/proc/driver");
	check_result(placement_gpus(machine_root, &request, gpus, &count, &err), REASON_IO, &err,
		"gpus: no driver");
	check_result(placement_gpus("/nowhere", &request, gpus, &count, &err), REASON_IO, &err,
		"gpus: no root");
	check(count == 0, "gpus: written although refused", "%zu", count);
}

/* Every way to name GPUs, and the calls that follow. */
static void
test_nodes(void)
{
	static const char first[] = "affinity(" FIRST_NODE ") preferred-many(0)";
	static const char second[] = "affinity(" SECOND_NODE ") preferred-many(1)";
	static const char both[] = "affinity(" EVERY_CPU ") preferred-many(0-1)";
	static const struct {
		const char *names, *calls;
		size_t gpus, threads;
	} rows[] = {
		{ "0", first, 1, 8 },
		{ "1", first, 1, 8 },
		{ "2", second, 1, 8 },
		{ "3", second, 1, 8 },
		{ "0 1", first, 2, 8 },
		{ "2 gpu3", second, 2, 8 },
		{ "1 2", both, 2, 16 },
		{ "all", both, 4, 16 },
		{ "/dev/nvidia3", first, 1, 8 },
		{ "/dev/nvidia2", first, 1, 8 },
		{ "/dev/nvidia1", second, 1, 8 },
		{ "/dev/nvidia0 /dev/nvidia1", second, 2, 8 },
		{ "/dev/nvidia0 /dev/nvidia3", both, 2, 16 },
		{ UUID(0), first, 1, 8 },
		{ UUID(3), second, 1, 8 },
		{ "0 " UUID(0) " /dev/nvidia3 00000000:07:00.0", first, 1, 8 },
		{ "00000000:87:00.0", second, 1, 8 },
		{ "0001:01:00.0", second, 1, 8 },
		{ "2:0", second, 1, 8 },
		{ "MIG-" UUID(2) "/3/0", second, 1, 8 },
	};

	machine_make();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		find(rows[i].names, EVERY_CPU);
		check(placement.kind == PLACEMENT_NODES && placement.why[0] == '\0', rows[i].names,
			"kind %d: %s", placement.kind, placement.why);
		check(placement.gpu_count == rows[i].gpus && placement.threads == rows[i].threads,
			rows[i].names, "%zu GPUs, %zu threads", placement.gpu_count,
			placement.threads);
		check_text(apply(0), rows[i].calls, rows[i].names);
	}
}

/* Older kernels prefer one node, or none. */
static void
test_old_kernel(void)
{
	machine_make();
	find("2", EVERY_CPU);
	check_text(apply(EINVAL), "affinity(" SECOND_NODE ") preferred-many(1) preferred(1)",
		"one node before Linux 5.15");
	find("all", EVERY_CPU);
	check_text(apply(EINVAL), "affinity(" EVERY_CPU ") preferred-many(0-1)",
		"two nodes before Linux 5.15");
	find("2", EVERY_CPU);
	check_text(apply(ENOSYS), "affinity(" SECOND_NODE ") preferred-many(1)",
		"a kernel without NUMA");
}

static void
test_allowed(void)
{
	static const struct {
		const char *name, *gpus, *allowed, *calls;
		size_t threads;
		const char *why;
	} rows[] = {
		{ "half of a node", "0", "0-1,4-7", "affinity(0-1) preferred-many(0)", 2, "" },
		{ "one CPU of each", "all", "3-4", "affinity(3-4) preferred-many(0-1)", 2, "" },
		{ "none of the node", "0", SECOND_NODE, "", 8, "may use no CPU on the nodes" },
		{ "more CPUs than workers", "0", "0-8191",
			"affinity(" FIRST_NODE ") preferred-many(0)", 8, "" },
		{ "not one CPU known", "0", "", "", 1, "may use no CPU on the nodes" },
	};

	machine_make();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		find(rows[i].gpus, rows[i].allowed);
		check_text(apply(0), rows[i].calls, rows[i].name);
		check(placement.threads == rows[i].threads, rows[i].name, "%zu threads",
			placement.threads);
		check(rows[i].why[0] ? strstr(placement.why, rows[i].why) != NULL
				     : placement.why[0] == '\0',
			rows[i].name, "%s", placement.why);
	}
	find("", "0-8191");
	check(placement.threads == LIMIT_THREADS, "more CPUs than threads", "%zu",
		placement.threads);
}

static void
test_quota(void)
{
	machine_make();
	machine_write("/proc/self/cgroup", "0::/a\n");
	machine_write("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
	find("0", EVERY_CPU);
	check(placement.threads == 3, "a quota", "%zu", placement.threads);
	check_text(apply(0), "affinity(" FIRST_NODE ") preferred-many(0)", "a quota moves nothing");
	find("", EVERY_CPU);
	check(placement.threads == 3, "a quota without GPUs", "%zu", placement.threads);
	machine_write("/sys/fs/cgroup/a/cpu.max", "2500000 100000\n");
	find("0", EVERY_CPU);
	check(placement.threads == 8, "a quota above the node", "%zu", placement.threads);
}

/* What cannot be found out, or needs no place: no call is made, all CPUs stay. */
static void
test_elsewhere(void)
{
	static const struct {
		const char *name, *gpus;
		enum placement_kind kind;
		const char *why, *path, *text; /* a file with other contents; TEXT NULL: removed */
	} rows[] = {
		{ "no GPU", "", PLACEMENT_ANYWHERE, "the container gets no GPU", NULL, NULL },
		{ "an unclear name", "0 \033", PLACEMENT_UNKNOWN,
			"NVIDIA_VISIBLE_DEVICES: '\\x1b' is not understood", NULL, NULL },
		{ "no such index", "0 4", PLACEMENT_UNKNOWN,
			"NVIDIA_VISIBLE_DEVICES: this host has no GPU with that index", NULL,
			NULL },
		{ "no such minor", "/dev/nvidia4", PLACEMENT_UNKNOWN,
			"no GPU with that device minor", NULL, NULL },
		{ "no such UUID", UUID(4), PLACEMENT_UNKNOWN, "no GPU with that UUID", NULL, NULL },
		{ "no such address", "0000:08:00.0", PLACEMENT_UNKNOWN,
			"no GPU with that PCI address", NULL, NULL },
		{ "a MIG device of nobody", "MIG-" MACHINE_UUID "7", PLACEMENT_UNKNOWN,
			"no GPU with MIG devices", NULL, NULL },
		{ "no driver", "all", PLACEMENT_UNKNOWN, "driver is not loaded",
			"/proc/driver/nvidia", NULL },
		{ "no driver, one GPU", "0", PLACEMENT_UNKNOWN, "driver is not loaded",
			"/proc/driver", NULL },
		{ "a driver without GPUs", "all", PLACEMENT_UNKNOWN, "driver has no GPU",
			"/proc/driver/nvidia/gpus", NULL },
		{ "no node", "all", PLACEMENT_UNKNOWN, "on which node GPU 0001:01:00.0 is",
			"/sys/devices/pci0000:00/0001:01:00.0/numa_node", "-1\n" },
		{ "a node that is not online", "3", PLACEMENT_UNKNOWN,
			"on which node GPU 0001:01:00.0 is",
			"/sys/devices/pci0000:00/0001:01:00.0/numa_node", "2\n" },
		{ "a node's junk", "all", PLACEMENT_UNKNOWN, "node1/cpulist: no list",
			"/sys/devices/system/node/node1/cpulist", "4-\n" },
		{ "a node without list", "all", PLACEMENT_UNKNOWN,
			"node1/cpulist' (does not exist)", "/sys/devices/system/node/node1", NULL },
		{ "one node", "all", PLACEMENT_ANYWHERE, "one memory node",
			"/sys/devices/system/node/online", "0\n" },
		{ "a kernel without NUMA", "all", PLACEMENT_ANYWHERE, "one memory node",
			"/sys/devices/system", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[CPULIST_TEXT_BYTES];

		machine_make();
		if (rows[i].path && !rows[i].text)
			machine_remove(rows[i].path);
		if (rows[i].text)
			machine_write(rows[i].path, rows[i].text);
		if (strcmp(rows[i].name, "a driver without GPUs") == 0)
			machine_write("/proc/driver/nvidia/gpus/README", "");
		find(rows[i].gpus, EVERY_CPU);
		check(placement.kind == rows[i].kind && strstr(placement.why, rows[i].why),
			rows[i].name, "kind %d: %s", placement.kind, placement.why);
		check_text(apply(0), "", rows[i].name);
		check_text(cpulist_format(&placement.cpus, text), EVERY_CPU, rows[i].name);
		check(placement.threads == 16 && cpulist_count(&placement.nodes) == 0, rows[i].name,
			"%zu threads, %zu nodes", placement.threads,
			cpulist_count(&placement.nodes));
	}
}

/* A MIG device's GPU is one of those with MIG devices. */
static void
test_instances(void)
{
	machine_make();
	machine_divide(1);
	find("MIG-" MACHINE_UUID "7", EVERY_CPU);
	check_text(apply(0), "affinity(" SECOND_NODE ") preferred-many(1)", "one divided GPU");
	check(placement.gpu_count == 1, "one divided GPU", "%zu", placement.gpu_count);
	machine_divide(0);
	find("MIG-" MACHINE_UUID "7 MIG-" MACHINE_UUID "8", EVERY_CPU);
	check_text(apply(0), "affinity(" SECOND_NODE ") preferred-many(1)",
		"two divided GPUs on one node");
	check(placement.gpu_count == 2, "two divided GPUs on one node", "%zu", placement.gpu_count);
	machine_divide(2);
	find("MIG-" MACHINE_UUID "7", EVERY_CPU);
	check(placement.kind == PLACEMENT_UNKNOWN && strstr(placement.why, "only NVML could tell"),
		"divided GPUs on two nodes", "%d: %s", placement.kind, placement.why);
	check_text(apply(0), "", "divided GPUs on two nodes");
}

static void
test_no_root(void)
{
	const struct gpu_request request = request_of("all");
	const struct cpulist cpus = list_of(EVERY_CPU);

	placement_find("/nonexistent", &request, &cpus, &placement);
	check(placement.kind == PLACEMENT_UNKNOWN && placement.threads == 16 &&
			placement.why[0] != '\0',
		"no root", "kind %d, %zu: %s", placement.kind, placement.threads, placement.why);
}

/* The memory policy of the calling thread: its mode, or -1. */
static int
read_policy(struct cpulist *nodes)
{
	int mode = -1;

	*nodes = (struct cpulist){ { 0 } };
	if (syscall(SYS_get_mempolicy, &mode, nodes->words, (unsigned long)CPULIST_MAX, NULL, 0ul))
		return -1;
	return mode;
}

struct seen {
	struct cpulist cpus;
	int mode;
	struct cpulist nodes;
};

static void *
look(void *context)
{
	struct seen *seen = context;

	seen->cpus = cpulist_allowed();
	seen->mode = read_policy(&seen->nodes);
	return NULL;
}

/* The real calls: on the last CPU that is allowed here, with the first node's memory, seen by a
 * thread that is started afterwards. */
static int
use_kernel(void)
{
	const struct cpulist allowed = cpulist_allowed();
	struct seen seen = { .mode = -1 };
	size_t last = CPULIST_MAX - 1;
	pthread_t thread;

	while (!cpulist_has(&allowed, last))
		last--;
	placement = (struct placement){ .kind = PLACEMENT_NODES };
	cpulist_add(&placement.cpus, last);
	cpulist_add(&placement.nodes, 0);
	placement_apply(&placement, &placement_kernel);
	if (pthread_create(&thread, NULL, look, &seen) || pthread_join(thread, NULL))
		abort();
	check(memcmp(&seen.cpus, &placement.cpus, sizeof(seen.cpus)) == 0, "real affinity",
		"%zu CPUs", cpulist_count(&seen.cpus));
	if (seen.mode == -1)
		check_skip("cpu real memory policy", "this kernel has no NUMA");
	else
		check((seen.mode == 5 || seen.mode == MPOL_PREFERRED) &&
				memcmp(&seen.nodes, &placement.nodes, sizeof(seen.nodes)) == 0,
			"real memory policy", "mode %d", seen.mode);
	return check_end();
}

/* In a process of its own, since it narrows what this one may do. */
static void
test_kernel(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = use_kernel();
		fflush(stdout);
		_exit(status);
	}
	check(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "real calls", "status %d",
		status);
}

int
main(void)
{
	test_gpus();
	test_no_gpus();
	test_nodes();
	test_old_kernel();
	test_allowed();
	test_quota();
	test_elsewhere();
	test_instances();
	test_no_root();
	test_kernel();
	return check_end();
}
