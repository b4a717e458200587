#include "hash/placement.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/pci.h"
#include "base/text.h"
#include "hash/quota.h"

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

/* Headers older than Linux 5.15 lack it. */
enum { MEMORY_PREFERRED_MANY = 5 };

/* The machine and what is found on it. */
struct search {
	int root;
	struct topology topology;
	struct placement *placement;
};

static bool
is_selected(const struct gpu_selector *selector, const struct topology *topology, size_t index)
{
	const struct topology_gpu *gpu = &topology->gpus[index];

	switch (selector->kind) {
	case GPU_INDEX: return selector->number == index;
	case GPU_MINOR: return selector->number == gpu->minor;
	case GPU_PCI: return selector->number == gpu->pci;
	case GPU_UUID:
		return gpu->has_uuid && memcmp(selector->uuid, gpu->uuid, GPU_UUID_BYTES) == 0;
	case GPU_INSTANCE: break;
	}
	return false;
}

/* Adds a GPU once. */
static void
add_gpu(struct placement *placement, const struct topology_gpu *gpu)
{
	for (size_t i = 0; i < placement->gpu_count; i++)
		if (placement->gpus[i].pci == gpu->pci)
			return;
	placement->gpus[placement->gpu_count++] = *gpu;
}

/* No GPU here is what SELECTOR names. */
static int
find_none(const struct gpu_selector *selector, struct error *err)
{
	static const char *const words[] = {
		[GPU_INDEX] = "GPU with that index",
		[GPU_MINOR] = "GPU with that device minor",
		[GPU_PCI] = "GPU with that PCI address",
		[GPU_UUID] = "GPU with that UUID",
		[GPU_INSTANCE] = "GPU with MIG devices",
	};

	return error_set(err, REASON_IO, 0, "this host has no %s", words[selector->kind]);
}

/* A MIG device's UUID is known to NVML alone; but its GPU is one of those that have such devices,
 * and where these share a node, that is all we need. */
static int
select_instance(struct search *search, const struct gpu_selector *selector, struct error *err)
{
	const struct topology *topology = &search->topology;
	const struct topology_gpu *first = NULL;

	for (size_t i = 0; i < topology->count; i++) {
		const struct topology_gpu *gpu = &topology->gpus[i];

		if (!topology_has_instances(search->root, gpu))
			continue;
		if (first && first->node != gpu->node)
			return error_set(err, REASON_IO, 0,
				"only NVML could tell on which GPU the MIG device is, and GPUs on several nodes have such devices");
		add_gpu(search->placement, gpu);
		first = gpu;
	}
	return first ? 0 : find_none(selector, err);
}

static int
select_one(struct search *search, const struct gpu_selector *selector, struct error *err)
{
	if (selector->kind == GPU_INSTANCE)
		return select_instance(search, selector, err);
	for (size_t i = 0; i < search->topology.count; i++)
		if (is_selected(selector, &search->topology, i)) {
			add_gpu(search->placement, &search->topology.gpus[i]);
			return 0;
		}
	return find_none(selector, err);
}

/* Finds the GPUs of the request, at least one. */
static int
select_gpus(struct search *search, const struct gpu_request *request, struct error *err)
{
	for (size_t i = 0; request->kind == GPU_REQUEST_ALL && i < search->topology.count; i++)
		add_gpu(search->placement, &search->topology.gpus[i]);
	for (size_t i = 0; i < request->count; i++)
		if (select_one(search, &request->selectors[i], err))
			return -1;
	if (search->placement->gpu_count == 0)
		return error_set(err, REASON_IO, 0, "this host's driver has no GPU");
	return 0;
}

/* Unites what the GPUs' nodes have. */
static int
unite_nodes(
	const struct search *search, struct cpulist *cpus, struct cpulist *nodes, struct error *err)
{
	const struct placement *placement = search->placement;

	for (size_t i = 0; i < placement->gpu_count; i++) {
		const struct topology_gpu *gpu = &placement->gpus[i];
		char address[PCI_TEXT_BYTES];
		struct cpulist local;

		if (gpu->node == TOPOLOGY_NODE_UNKNOWN ||
			!cpulist_has(&search->topology.nodes, (size_t)gpu->node))
			return error_set(err, REASON_IO, 0,
				"the kernel does not say on which node GPU %s is",
				pci_format(gpu->pci, address));
		if (topology_read_cpus(search->root, gpu, &local, err))
			return -1;
		cpulist_add(nodes, (size_t)gpu->node);
		cpulist_unite(cpus, &local);
	}
	return 0;
}

/* Anywhere is right, and that is why. */
static int
stay(struct placement *placement, const char *why)
{
	placement->kind = PLACEMENT_ANYWHERE;
	snprintf(placement->why, sizeof(placement->why), "%s", why);
	return 0;
}

/* Fills the placement. Returns 0, or -1 where it cannot be found out. */
static int
decide(struct search *search, const struct gpu_request *request, struct error *err)
{
	struct placement *placement = search->placement;
	struct cpulist cpus = { { 0 } }, nodes = { { 0 } };

	if (request->kind == GPU_REQUEST_NONE)
		return stay(placement, "the container gets no GPU");
	if (request->kind == GPU_REQUEST_UNCLEAR)
		return error_set(err, REASON_IO, 0, "%s: %s is not understood",
			gpu_source_words(request->source), TEXT_QUOTE(request->unclear));
	if (topology_read(search->root, &search->topology, err) ||
		select_gpus(search, request, err))
		return error_wrap(err, "%s", gpu_source_words(request->source));
	if (cpulist_count(&search->topology.nodes) <= 1)
		return stay(placement, "this host has one memory node");
	if (unite_nodes(search, &cpus, &nodes, err))
		return -1;
	cpulist_intersect(&cpus, &placement->cpus);
	if (cpulist_count(&cpus) == 0)
		return error_set(
			err, REASON_IO, 0, "this process may use no CPU on the nodes of the GPUs");
	placement->kind = PLACEMENT_NODES;
	placement->cpus = cpus;
	placement->nodes = nodes;
	return 0;
}

void
placement_find(const char *root, const struct gpu_request *request, const struct cpulist *allowed,
	struct placement *out)
{
	cleanup_fd int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct search search = { .root = fd, .placement = out };
	struct error err = { 0 };

	*out = (struct placement){ .cpus = *allowed };
	if (decide(&search, request, &err))
		snprintf(out->why, sizeof(out->why), "%s", err.text);
	out->threads = quota_threads(fd, &out->cpus);
}

int
placement_gpus(const char *root, const struct gpu_request *request,
	struct topology_gpu out[static LIMIT_GPUS], size_t *count, struct error *err)
{
	cleanup_fd int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct placement found = { .gpu_count = 0 };
	struct search search = { .root = fd, .placement = &found };

	if (request->kind != GPU_REQUEST_ALL && request->kind != GPU_REQUEST_LISTED)
		return error_set(err, REASON_IO, 0, "the container's GPUs are not known");
	if (topology_read(fd, &search.topology, err) || select_gpus(&search, request, err))
		return -1;
	for (size_t i = 0; i < found.gpu_count; i++)
		if (topology_has_instances(fd, &found.gpus[i]))
			return error_set(err, REASON_IO, 0, "a GPU is divided into MIG devices");
	memcpy(out, found.gpus, sizeof(found.gpus));
	*count = found.gpu_count;
	return 0;
}

static int
set_affinity(const struct cpulist *cpus)
{
	return sched_setaffinity(0, sizeof(cpus->words), (const cpu_set_t *)cpus->words) ? errno
											 : 0;
}

static int
set_memory_policy(int mode, const struct cpulist *nodes)
{
	/* The kernel wants the number of bits, and one more. */
	return syscall(SYS_set_mempolicy, mode, nodes->words, CPULIST_MAX + 1) ? errno : 0;
}

const struct placement_calls placement_kernel = { set_affinity, set_memory_policy };

void
placement_apply(const struct placement *placement, const struct placement_calls *calls)
{
	if (placement->kind != PLACEMENT_NODES)
		return;
	calls->set_affinity(&placement->cpus);
	/* Kernels before 5.15 prefer one node alone. Several need no policy there: memory comes
	   from the node of the CPU that asks. MPOL_BIND would rather kill than use another node. */
	if (calls->set_memory_policy(MEMORY_PREFERRED_MANY, &placement->nodes) == EINVAL &&
		cpulist_count(&placement->nodes) == 1)
		calls->set_memory_policy(MPOL_PREFERRED, &placement->nodes);
}
