#include "hash/topology.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pci.h"
#include "base/text.h"
#include "base/tree.h"
#include "hash/gpu_list.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>

#define DRIVER_GPUS "/proc/driver/nvidia/gpus"
#define INFORMATION "/information"

enum {
	NODES_MAX = 1024,             /* as many as any Linux is built for */
	ENTRIES_MAX = 8 * LIMIT_GPUS, /* a GPU has three: information, power, registry */
};

static int
read_list(int root, const char *path, struct cpulist *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };

	if (file_read_in_root(root, path, LIMIT_KERNEL_FILE_BYTES, &file, err))
		return -1;
	if (cpulist_parse(file.bytes, file.length, out))
		return error_set(
			err, REASON_IO, 0, "%s: no list of numbers in ascending order", path);
	return 0;
}

/* A kernel without NUMA has no such file. */
static int
read_nodes(int root, struct cpulist *out, struct error *err)
{
	*out = (struct cpulist){ { 0 } };
	if (read_list(root, "/sys/devices/system/node/online", out, err) == 0)
		return 0;
	return err->os_errno == ENOENT ? 0 : -1;
}

/* The value behind NAME and a colon at a line's beginning, without spaces around it; its length is
 * 0 where there is none. */
static const char *
find_value(const struct file_bytes *file, const char *name, size_t *length)
{
	const char *at = file->bytes, *end;

	for (; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		if (strncmp(at, name, strlen(name)) != 0 || at[strlen(name)] != ':')
			continue;
		at += strlen(name) + 1;
		at += strspn(at, " \t");
		while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*length = (size_t)(end - at);
		return at;
	}
	*length = 0;
	return at;
}

/* What the driver says about the GPU. Returns 0 with *excluded, or -1. */
static int
parse_information(const struct file_bytes *file, struct topology_gpu *gpu, bool *excluded)
{
	static const char prefix[] = "GPU-";
	size_t length;
	const char *value = find_value(file, "Model", &length);

	if (length)
		text_escape(gpu->model, sizeof(gpu->model), value, length);
	value = find_value(file, "GPU Excluded", &length);
	*excluded = length == strlen("Yes") && strncmp(value, "Yes", length) == 0;
	value = find_value(file, "GPU UUID", &length);
	gpu->has_uuid =
		length > strlen(prefix) && strncmp(value, prefix, strlen(prefix)) == 0 &&
		gpu_parse_uuid(value + strlen(prefix), length - strlen(prefix), gpu->uuid) == 0;
	value = find_value(file, "Device Minor", &length);
	return text_parse_count(value, length, &gpu->minor);
}

/* The node on which the kernel sees the GPU. */
static int
read_node(int root, const struct topology_gpu *gpu)
{
	cleanup_bytes struct file_bytes file = { 0 };
	char path[96], address[PCI_TEXT_BYTES];
	struct error ignored;
	uint64_t node;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/numa_node",
		pci_format(gpu->pci, address));
	if (file_read_in_root(root, path, LIMIT_KERNEL_FILE_BYTES, &file, &ignored))
		return TOPOLOGY_NODE_UNKNOWN;
	if (file.length && file.bytes[file.length - 1] == '\n')
		file.length--;
	if (text_parse_count(file.bytes, file.length, &node) || node >= NODES_MAX)
		return TOPOLOGY_NODE_UNKNOWN;
	return (int)node;
}

/* Adds the GPU with ADDRESS to the topology, unless the driver excludes it. */
static int
add_gpu(int root, uint64_t address, struct topology *topology, struct error *err)
{
	struct topology_gpu gpu = { .pci = address };
	cleanup_bytes struct file_bytes file = { 0 };
	char path[96], text[PCI_TEXT_BYTES];
	bool excluded;

	snprintf(path, sizeof(path), DRIVER_GPUS "/%s" INFORMATION, pci_format(address, text));
	if (file_read_in_root(root, path, LIMIT_KERNEL_FILE_BYTES, &file, err))
		return -1;
	if (parse_information(&file, &gpu, &excluded))
		return error_set(err, REASON_IO, 0, "%s: no device minor", path);
	if (excluded)
		return 0;
	if (topology->count == LIMIT_GPUS)
		return error_set(err, REASON_IO, 0, "more than %d GPUs", LIMIT_GPUS);
	gpu.node = read_node(root, &gpu);
	topology->gpus[topology->count++] = gpu;
	return 0;
}

/* What is below the directory PATH of ROOT, sorted. */
static int
read_tree(int root, const char *path, struct tree *out, struct error *err)
{
	/* Containers see these directories as mounts, one by one. */
	const struct tree_options options = {
		.entries_max = ENTRIES_MAX,
		.cross_mounts = true,
	};
	cleanup_fd int dir = file_openat2(
		root, path, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (dir < 0 && errno == ENOENT)
		return error_set(err, REASON_IO, ENOENT,
			"NVIDIA's driver is not loaded: there is no %s", path);
	if (dir < 0)
		return error_set_os(err, REASON_IO, errno, "%s", path);
	return tree_read(dir, &options, out, err);
}

static int
by_address(const void *a, const void *b)
{
	uint64_t left = ((const struct topology_gpu *)a)->pci;
	uint64_t right = ((const struct topology_gpu *)b)->pci;

	return left > right ? 1 : left < right ? -1 : 0;
}

static int
read_gpus(int root, struct topology *topology, struct error *err)
{
	cleanup_tree struct tree tree = { 0 };

	if (read_tree(root, DRIVER_GPUS, &tree, err))
		return -1;
	for (size_t i = 0; i < tree.count; i++) {
		const char *name = tree.entries[i].name, *end = strchrnul(name, '/');
		uint64_t address;

		if (strcmp(end, INFORMATION) != 0)
			continue;
		if (pci_parse(name, (size_t)(end - name), &address))
			return error_set(err, REASON_IO, 0, DRIVER_GPUS "/%s: no PCI address",
				TEXT_QUOTE(name));
		if (add_gpu(root, address, topology, err))
			return -1;
	}
	qsort(topology->gpus, topology->count, sizeof(topology->gpus[0]), by_address);
	return 0;
}

/* What nimgate gpus has found out, of each GPU that is still the same model at its place. */
static void
add_details(int root, struct topology *topology)
{
	static struct gpu_list list;
	struct error ignored;

	if (topology->count == 0 || gpu_list_read(root, &list, &ignored))
		return;
	for (size_t i = 0; i < topology->count; i++) {
		struct topology_gpu *gpu = &topology->gpus[i];
		const struct gpu_list_item *item = gpu_list_find(&list, gpu->pci);

		if (!item || strcmp(item->model, gpu->model) != 0)
			continue;
		gpu->memory_mib = item->memory_mib;
		gpu->capability = item->capability;
	}
}

int
topology_read(int root, struct topology *out, struct error *err)
{
	out->count = 0;
	if (read_nodes(root, &out->nodes, err) || read_gpus(root, out, err))
		return -1;
	add_details(root, out);
	return 0;
}

int
topology_read_cpus(int root, const struct topology_gpu *gpu, struct cpulist *out, struct error *err)
{
	char path[96], address[PCI_TEXT_BYTES];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", gpu->node);
	if (read_list(root, path, out, err))
		return -1;
	if (cpulist_count(out))
		return 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/local_cpulist",
		pci_format(gpu->pci, address));
	if (read_list(root, path, out, err))
		return -1;
	if (!cpulist_count(out))
		return error_set(err, REASON_IO, 0, "%s: no CPU", path);
	return 0;
}

bool
topology_has_instances(int root, const struct topology_gpu *gpu)
{
	cleanup_tree struct tree tree = { 0 };
	struct error ignored;
	char path[96];

	snprintf(path, sizeof(path), "/proc/driver/nvidia/capabilities/gpu%" PRIu64 "/mig",
		gpu->minor);
	if (read_tree(root, path, &tree, &ignored))
		return false;
	for (size_t i = 0; i < tree.count; i++)
		if (strncmp(tree.entries[i].name, "gi", 2) == 0)
			return true;
	return false;
}
