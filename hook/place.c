#include "hook/place.h"

#include "base/pci.h"
#include "hash/cpulist.h"
#include "hash/share.h"
#include "hook/admit.h"

#include <inttypes.h>
#include <stdio.h>

static void
explain_gpu(const struct admission *admission, const struct topology_gpu *gpu)
{
	char address[PCI_TEXT_BYTES], memory[32] = "";

	if (gpu->memory_mib)
		snprintf(memory, sizeof(memory), ", %" PRIu64 " MiB", gpu->memory_mib);
	if (gpu->node == TOPOLOGY_NODE_UNKNOWN)
		admit_explain(admission, "GPU %s (%s%s): node unknown",
			pci_format(gpu->pci, address), gpu->model, memory);
	else
		admit_explain(admission, "GPU %s (%s%s): node %d", pci_format(gpu->pci, address),
			gpu->model, memory, gpu->node);
}

static void
explain(const struct admission *admission)
{
	static const char *const kinds[] = {
		[PLACEMENT_UNKNOWN] = "unknown",
		[PLACEMENT_ANYWHERE] = "anywhere",
		[PLACEMENT_NODES] = "on nodes ",
	};
	const struct placement *placement = &admission->placement;
	char cpus[CPULIST_TEXT_BYTES], nodes[CPULIST_TEXT_BYTES];

	for (size_t i = 0; i < placement->gpu_count; i++)
		explain_gpu(admission, &placement->gpus[i]);
	admit_explain(admission, "placement: %s%s, CPUs %s, threads %zu%s%s",
		kinds[placement->kind], cpulist_format(&placement->nodes, nodes),
		cpulist_format(&placement->cpus, cpus), placement->threads,
		placement->why[0] ? ": " : "", placement->why);
}

void
place_find(struct admission *admission)
{
	const struct cpulist allowed = cpulist_allowed();

	placement_find("/", &admission->start.gpus, &allowed, &admission->placement);
	if (admission->options->explain)
		explain(admission);
}

/* What the kernel and the others let us have. */
static void
explain_share(const struct admission *admission, const struct share *share)
{
	const struct cpulist cpus = cpulist_allowed();
	char text[CPULIST_TEXT_BYTES];

	admit_explain(admission, "hashing: CPUs %s, threads up to %zu, beside %zu others",
		cpulist_format(&cpus, text), share->threads, share->others);
}

void
place_take(const struct admission *admission, struct share *out)
{
	const struct placement *placement = &admission->placement;

	placement_apply(placement, &placement_kernel);
	share_take(SHARE_DIRECTORY, placement->threads, out);
	if (admission->options->explain)
		explain_share(admission, out);
}
