#include "cli/nvml.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/pci.h"
#include "base/text.h"
#include "hash/gpu_list.h"

#include <dlfcn.h>
#include <string.h>

/* What we use of nvml.h, in its own layout; all of it is frozen (NVML API reference). */
enum { NAME_BYTES = 96 };

struct pci_info {
	char bus_id_legacy[16];
	unsigned int domain, bus, device, device_id, subsystem_id;
	char bus_id[32];
};

struct memory_info {
	unsigned long long total, free, used; /* bytes */
};

struct library {
	void *handle;
	int (*init)(void);
	int (*shutdown)(void);
	int (*count)(unsigned int *count);
	int (*device)(unsigned int index, void **device);
	int (*name)(void *device, char *name, unsigned int length);
	int (*memory)(void *device, struct memory_info *memory);
	int (*pci)(void *device, struct pci_info *pci);
	int (*capability)(void *device, int *major, int *minor);
};

static int
load(const char *name, struct library *out, struct error *err)
{
	struct library library = { .handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) };
	const struct {
		const char *symbol;
		void *place; /* a pointer to a function */
	} symbols[] = {
		{ "nvmlInit_v2", &library.init },
		{ "nvmlShutdown", &library.shutdown },
		{ "nvmlDeviceGetCount_v2", &library.count },
		{ "nvmlDeviceGetHandleByIndex_v2", &library.device },
		{ "nvmlDeviceGetName", &library.name },
		{ "nvmlDeviceGetMemoryInfo", &library.memory },
		{ "nvmlDeviceGetPciInfo_v3", &library.pci },
		{ "nvmlDeviceGetCudaComputeCapability", &library.capability },
	};

	if (!library.handle)
		return error_set(err, REASON_CONFIG, 0,
			"%s cannot be loaded: NVIDIA's driver is not installed, or without its libraries",
			TEXT_QUOTE(name));
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *symbol = dlsym(library.handle, symbols[i].symbol);

		/* POSIX lets functions be found like this; C has no word for it. */
		memcpy(symbols[i].place, &symbol, sizeof(symbol));
		if (!symbol) {
			dlclose(library.handle);
			return error_set(err, REASON_CONFIG, 0, "%s has no %s: too old",
				TEXT_QUOTE(name), symbols[i].symbol);
		}
	}
	*out = library;
	return 0;
}

static int
fail(const char *what, int result, struct error *err)
{
	return error_set(err, REASON_IO, 0, "NVML: %s: error %d", what, result);
}

static int
read_gpu(const struct library *library, unsigned int index, struct gpu_list_item *out,
	struct error *err)
{
	struct gpu_list_item item = { .pci = 0 };
	struct memory_info memory = { 0 };
	struct pci_info pci = { .domain = 0 };
	char name[NAME_BYTES] = "";
	int major = 0, minor = 0, result;
	void *device = NULL;

	result = library->device(index, &device);
	if (result == 0)
		result = library->name(device, name, sizeof(name) - 1);
	if (result == 0)
		result = library->memory(device, &memory);
	if (result == 0)
		result = library->pci(device, &pci);
	if (result == 0)
		result = library->capability(device, &major, &minor);
	if (result)
		return fail("a GPU", result, err);
	pci.bus_id[sizeof(pci.bus_id) - 1] = '\0';
	name[sizeof(name) - 1] = '\0';
	if (pci_parse(pci.bus_id, strlen(pci.bus_id), &item.pci) || major < 1 || major > 99 ||
		minor < 0 || minor > 9 || strlen(name) >= sizeof(item.model))
		return error_set(err, REASON_IO, 0, "NVML: GPU %u, %s at %s: not understood", index,
			TEXT_QUOTE(name), TEXT_QUOTE(pci.bus_id));
	item.memory_mib = memory.total >> 20;
	item.capability = (unsigned int)(major * 10 + minor);
	memcpy(item.model, name, strlen(name) + 1);
	*out = item;
	return 0;
}

static int
by_address(const void *a, const void *b)
{
	uint64_t left = ((const struct gpu_list_item *)a)->pci;
	uint64_t right = ((const struct gpu_list_item *)b)->pci;

	return left > right ? 1 : left < right ? -1 : 0;
}

static int
read_gpus(const struct library *library, struct gpu_list *out, struct error *err)
{
	unsigned int count = 0;
	int result = library->count(&count);

	if (result)
		return fail("the number of GPUs", result, err);
	if (count > LIMIT_GPUS)
		return error_set(
			err, REASON_IO, 0, "NVML: %u GPUs, more than %d", count, LIMIT_GPUS);
	for (unsigned int i = 0; i < count; i++)
		if (read_gpu(library, i, &out->items[i], err))
			return -1;
	out->count = count;
	qsort(out->items, out->count, sizeof(out->items[0]), by_address);
	return 0;
}

int
nvml_list(const char *name, struct gpu_list *out, struct error *err)
{
	struct library library;
	int result;

	out->count = 0;
	if (load(name, &library, err))
		return -1;
	result = library.init();
	if (result)
		result = fail("it does not start", result, err);
	else {
		result = read_gpus(&library, out, err);
		library.shutdown();
	}
	dlclose(library.handle);
	return result;
}
