#include "hash/topology.h"

#include "base/error.h"
#include "base/pci.h"

#include "tests/unit/check.h"
#include "tests/unit/machine.h"

static struct topology topology;

static int
read_machine(struct error *err)
{
	cleanup_fd int root = machine_open();

	return topology_read(root, &topology, err);
}

static void
test_machine(void)
{
	static const char *const addresses[] = { "0000:07:00.0", "0000:0b:00.0", "0000:87:00.0",
		"0001:01:00.0" };
	struct error err = { 0 };
	char text[CPULIST_TEXT_BYTES];

	machine_make();
	check_result(read_machine(&err), REASON_NONE, &err, "two nodes, four GPUs");
	check(topology.count == 4, "four GPUs", "%zu", topology.count);
	check_text(cpulist_format(&topology.nodes, text), "0-1", "nodes");
	for (size_t i = 0; i < topology.count; i++) {
		const struct topology_gpu *gpu = &topology.gpus[i];

		check_text(pci_format(gpu->pci, text), addresses[i], "address");
		check_text(gpu->model, "NVIDIA H100 80GB HBM3", "model");
		check(gpu->minor == 3 - i && gpu->has_uuid && gpu->uuid[15] == i &&
				gpu->node == (int)i / 2,
			addresses[i], "minor %d, uuid %d, node %d", (int)gpu->minor, gpu->uuid[15],
			gpu->node);
	}
}

/* What nimgate gpus wrote about the first GPU; MEMORY 0: it does not count. */
static void
test_details(void)
{
	static const char good[] = "nimgate-gpus 1\n0000:07:00.0 81559 9.0 NVIDIA H100 80GB HBM3\n";
	static const struct {
		const char *name, *text;
		mode_t mode;
		uint64_t memory;
	} rows[] = {
		{ "details: good", good, 0600, 81559 },
		{ "details: readable", good, 0644, 81559 },
		{ "details: others can write it", good, 0666, 0 },
		{ "details: another model", "nimgate-gpus 1\n0000:07:00.0 1 9.0 NVIDIA A100\n",
			0600, 0 },
		{ "details: another address",
			"nimgate-gpus 1\n0000:08:00.0 1 9.0 NVIDIA H100 80GB HBM3\n", 0600, 0 },
		{ "details: junk", "nimgate-gpus 1\nx\n", 0600, 0 },
	};
	struct error err = { 0 };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		machine_make();
		machine_write_bytes("/run/nimgate/gpus", rows[i].text, strlen(rows[i].text));
		snprintf(path, sizeof(path), "%s/run/nimgate/gpus", machine_root);
		chmod(path, rows[i].mode);
		check_result(read_machine(&err), REASON_NONE, &err, rows[i].name);
		check(topology.gpus[0].memory_mib == rows[i].memory &&
				topology.gpus[0].capability == (rows[i].memory ? 90 : 0) &&
				topology.gpus[1].memory_mib == 0,
			rows[i].name, "%llu MiB", (unsigned long long)topology.gpus[0].memory_mib);
		unlink(path);
	}
}

/* Files with other contents: what is left of the first GPU, or why the machine is not understood.
 */
static void
test_contents(void)
{
	static const char information[] = "/proc/driver/nvidia/gpus/0000:07:00.0/information";
	static const char numa_node[] = "/sys/devices/pci0000:00/0000:07:00.0/numa_node";
	static const char online[] = "/sys/devices/system/node/online";
	static const struct {
		const char *name, *path, *text;
		const char *refused; /* NULL: it is read */
		int node;
		bool named; /* has a UUID */
	} rows[] = {
		{ "no node", numa_node, "-1\n", NULL, -1, true },
		{ "an empty node", numa_node, "", NULL, -1, true },
		{ "a node without line end", numa_node, "1", NULL, 1, true },
		{ "the last node", numa_node, "1023\n", NULL, 1023, true },
		{ "a node too high", numa_node, "1024\n", NULL, -1, true },
		{ "a huge node", numa_node, "99999999999999999999999\n", NULL, -1, true },
		{ "a node of 2^32", numa_node, "4294967296\n", NULL, -1, true },
		{ "a node and junk", numa_node, "0 x\n", NULL, -1, true },
		{ "two lines", numa_node, "0\n\n", NULL, -1, true },
		{ "a hexadecimal node", numa_node, "0x0\n", NULL, -1, true },
		{ "a driver that has not started it", information,
			"Model: \t\t NVIDIA H100\nGPU UUID: \t "
			"GPU-\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?\?\?\?\?\?\?\?\?\n"
			"Device Minor: \t 3\n",
			NULL, 0, false },
		{ "no UUID", information, "Device Minor: 3\n", NULL, 0, false },
		{ "a UUID of another kind", information,
			"GPU UUID: MIG-" MACHINE_UUID "0\nDevice Minor: 3\n", NULL, 0, false },
		{ "the least", information, "GPU UUID:GPU-" MACHINE_UUID "0\nDevice Minor:3", NULL,
			0, true },
		{ "no minor", information, "Model: x\n", "no device minor", 0, false },
		{ "a minor below zero", information, "Device Minor: -3\n", "no device minor", 0,
			false },
		{ "a minor and junk", information, "Device Minor: 3 4\n", "no device minor", 0,
			false },
		{ "another name", information, "XDevice Minor: 3\nDevice Minority: 3\n",
			"no device minor", 0, false },
		{ "nothing about a GPU", information, "", "no device minor", 0, false },
		{ "nodes that are no list", online, "0-x\n", "node/online: no list", 0, false },
		{ "nodes out of bounds", online, "0-8192\n", "node/online: no list", 0, false },
		{ "one node", online, "0\n", NULL, 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		int result;

		machine_make();
		machine_write(rows[i].path, rows[i].text);
		result = read_machine(&err);
		check_result(result, rows[i].refused ? REASON_IO : REASON_NONE, &err, rows[i].name);
		if (rows[i].refused) {
			check(strstr(err.text, rows[i].refused) != NULL, rows[i].name, "%s",
				err.text);
			continue;
		}
		check(topology.count == 4 && topology.gpus[0].node == rows[i].node &&
				topology.gpus[0].has_uuid == rows[i].named &&
				topology.gpus[0].minor == 3,
			rows[i].name, "%zu GPUs, node %d, UUID %d", topology.count,
			topology.gpus[0].node, topology.gpus[0].has_uuid);
	}
}

static void
test_large(void)
{
	static char text[LIMIT_KERNEL_FILE_BYTES + 1];
	struct error err = { 0 };

	machine_make();
	memset(text, 'x', sizeof(text));
	machine_write_bytes(
		"/proc/driver/nvidia/gpus/0000:07:00.0/information", text, sizeof(text));
	check_result(read_machine(&err), REASON_IO, &err, "a huge file");
	check(err.os_errno == EFBIG, "a huge file", "%d", err.os_errno);
	/* A model's name is cut, and its control characters cannot reach a terminal. */
	memcpy(text, "Model: \033[31m", 12);
	strcpy(text + 4000, "\nDevice Minor: 3\n");
	machine_write("/proc/driver/nvidia/gpus/0000:07:00.0/information", text);
	check_result(read_machine(&err), REASON_NONE, &err, "a huge model");
	check(strncmp(topology.gpus[0].model, "\\x1b[31mxx", 10) == 0 &&
			strlen(topology.gpus[0].model) < TOPOLOGY_MODEL_BYTES,
		"a huge model", "%s", topology.gpus[0].model);
}

/* What the driver excludes has no index. */
static void
test_excluded(void)
{
	struct error err = { 0 };

	machine_make();
	machine_write_gpu("0000:07:00.0", "GPU-" MACHINE_UUID "0", 3, "Yes");
	check_result(read_machine(&err), REASON_NONE, &err, "an excluded GPU");
	check(topology.count == 3 && topology.gpus[0].minor == 2, "an excluded GPU", "%zu, %d",
		topology.count, (int)topology.gpus[0].minor);
}

static void
test_absent(void)
{
	struct error err = { 0 };

	machine_make();
	machine_remove("/proc/driver/nvidia");
	check_result(read_machine(&err), REASON_IO, &err, "no driver");
	check(err.os_errno == ENOENT && strstr(err.text, "driver is not loaded"), "no driver",
		"%d: %s", err.os_errno, err.text);

	machine_make();
	machine_remove("/proc/driver/nvidia/gpus");
	machine_write("/proc/driver/nvidia/gpus/README", "");
	check_result(read_machine(&err), REASON_NONE, &err, "a driver without GPUs");
	check(topology.count == 0, "a driver without GPUs", "%zu", topology.count);

	machine_make();
	machine_write("/proc/driver/nvidia/gpus/7/information", "Device Minor: 3\n");
	check_result(read_machine(&err), REASON_IO, &err, "a GPU without address");
	check(strstr(err.text, "no PCI address") != NULL, "a GPU without address", "%s", err.text);

	machine_make();
	machine_remove("/sys/devices/system");
	check_result(read_machine(&err), REASON_NONE, &err, "a kernel without NUMA");
	check(cpulist_count(&topology.nodes) == 0 && topology.count == 4, "a kernel without NUMA",
		"%zu", cpulist_count(&topology.nodes));

	machine_make();
	machine_remove("/sys/bus");
	check_result(read_machine(&err), REASON_NONE, &err, "no sysfs");
	check(topology.count == 4 && topology.gpus[0].node == TOPOLOGY_NODE_UNKNOWN, "no sysfs",
		"%d", topology.gpus[0].node);
}

/* Indices follow the addresses, not their letters. */
static void
test_order(void)
{
	struct error err = { 0 };

	machine_make();
	machine_write_gpu("10000:01:00.0", "", 5, "No");
	machine_write_gpu("2000:01:00.0", "", 4, "No");
	check_result(read_machine(&err), REASON_NONE, &err, "order");
	check(topology.count == 6 && topology.gpus[4].minor == 4 && topology.gpus[5].minor == 5,
		"order", "minors %d, %d", (int)topology.gpus[4].minor, (int)topology.gpus[5].minor);
}

/* As many GPUs as there are places, and one more. */
static void
test_many(void)
{
	struct error err = { 0 };
	char address[PCI_TEXT_BYTES];

	machine_make();
	machine_remove("/proc/driver/nvidia/gpus");
	for (int i = 0; i <= LIMIT_GPUS; i++) {
		machine_write_gpu(pci_format((uint64_t)i << 8, address), "", i, "No");
		if (i == LIMIT_GPUS - 1) {
			check_result(read_machine(&err), REASON_NONE, &err, "most GPUs");
			check(topology.count == LIMIT_GPUS, "most GPUs", "%zu", topology.count);
		}
	}
	check_result(read_machine(&err), REASON_IO, &err, "one GPU too many");
	check(strstr(err.text, "more than 128 GPUs") != NULL, "one GPU too many", "%s", err.text);
}

static void
test_cpus(void)
{
	static const struct {
		const char *name, *node, *local;
		const char *wanted; /* NULL: refused */
	} rows[] = {
		{ "the node's", "0-3,8-11\n", "0-1\n", "0-3,8-11" },
		{ "a node of memory alone", "\n", "4-7\n", "4-7" },
		{ "no CPU at all", "\n", "\n", NULL },
		{ "a node's junk", "0-3;8\n", "0-1\n", NULL },
		{ "a GPU's junk", "\n", "99999\n", NULL },
	};
	cleanup_fd int root = -1;
	struct error err = { 0 };

	machine_make();
	check_result(read_machine(&err), REASON_NONE, &err, "machine");
	root = machine_open();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cpulist cpus = { { 0 } };
		char text[CPULIST_TEXT_BYTES];

		machine_write("/sys/devices/system/node/node0/cpulist", rows[i].node);
		machine_write("/sys/devices/pci0000:00/0000:07:00.0/local_cpulist", rows[i].local);
		check_result(topology_read_cpus(root, &topology.gpus[0], &cpus, &err),
			rows[i].wanted ? REASON_NONE : REASON_IO, &err, rows[i].name);
		if (rows[i].wanted)
			check_text(cpulist_format(&cpus, text), rows[i].wanted, rows[i].name);
	}
}

static void
test_instances(void)
{
	cleanup_fd int root = -1;
	struct error err = { 0 };

	machine_make();
	machine_divide(2);
	machine_write("/proc/driver/nvidia/capabilities/gpu1/mig/config", "");
	check_result(read_machine(&err), REASON_NONE, &err, "machine");
	root = machine_open();
	for (size_t i = 0; i < topology.count; i++)
		check(topology_has_instances(root, &topology.gpus[i]) == (i == 1), "MIG devices",
			"GPU %zu", i);
}

/* Links lead nowhere but below the root, and nothing but a file is read. */
static void
test_links(void)
{
	char file[256];
	struct error err = { 0 };

	machine_make();
	snprintf(file, sizeof(file), "%s/sys/devices/system/node/online", machine_root);
	machine_need(
		unlink(file) == 0 && symlink("../../../../../../../../../etc/passwd", file) == 0,
		"link");
	check_result(read_machine(&err), REASON_NONE, &err, "a link out of the root");
	check(cpulist_count(&topology.nodes) == 0, "a link out of the root", "something was read");
	machine_need(unlink(file) == 0 && mkfifo(file, 0600) == 0, "FIFO");
	check_result(read_machine(&err), REASON_IO, &err, "a FIFO");
	check(strstr(err.text, "not a regular file") != NULL, "a FIFO", "%s", err.text);
}

int
main(void)
{
	test_machine();
	test_details();
	test_contents();
	test_large();
	test_excluded();
	test_absent();
	test_order();
	test_many();
	test_cpus();
	test_instances();
	test_links();
	return check_end();
}
