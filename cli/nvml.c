#include "cli/nvml.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pci.h"
#include "base/text.h"
#include "hash/gpu_list.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What we use of nvml.h, in its own layout; all of it is frozen (NVML API reference). */
enum {
	NAME_BYTES = 96,
	NOT_SUPPORTED = 3, /* NVML_ERROR_NOT_SUPPORTED */
};

/* Where drivers are put, most usual first. A driver that runs as a container has its files below
 * /run; a library for another kind of machine does not load, and the next one is tried. */
static const char *const places[] = {
	"/usr/lib/x86_64-linux-gnu/" NVML_LIBRARY,
	"/usr/lib/aarch64-linux-gnu/" NVML_LIBRARY,
	"/usr/lib64/" NVML_LIBRARY,
	"/usr/lib/" NVML_LIBRARY,
	"/usr/lib/wsl/lib/" NVML_LIBRARY,
	"/usr/local/nvidia/lib64/" NVML_LIBRARY,
	"/home/kubernetes/bin/nvidia/lib64/" NVML_LIBRARY,
	"/run/opengl-driver/lib/" NVML_LIBRARY,
	"/run/nvidia/driver/usr/lib/x86_64-linux-gnu/" NVML_LIBRARY,
	"/run/nvidia/driver/usr/lib/aarch64-linux-gnu/" NVML_LIBRARY,
	"/run/nvidia/driver/usr/lib64/" NVML_LIBRARY,
};

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

/* Loads the file that PATH leads to, if only root can have written it. NULL with ERR. */
static void *
open_place(const char *path, struct error *err)
{
	cleanup_free char *real = realpath(path, NULL);
	cleanup_fd int fd = -1;
	void *handle;

	if (!real) {
		error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
		return NULL;
	}
	fd = file_open_trusted(real, err);
	if (fd < 0)
		return NULL;
	handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		error_set(err, REASON_CONFIG, 0, "%s cannot be loaded: %s", TEXT_QUOTE(real),
			TEXT_QUOTE(dlerror()));
	return handle;
}

/* One that is there and may not or cannot be loaded says why, if no other does. */
static void *
open_library(const char *path, struct error *err)
{
	void *handle = NULL;

	if (path)
		return open_place(path, err);
	error_set(err, REASON_CONFIG, 0,
		NVML_LIBRARY
		" is not found: NVIDIA's driver is not installed, or without its libraries (--library says where else)");
	for (size_t i = 0; i < ARRAY_SIZE(places) && !handle; i++)
		if (access(places[i], F_OK) == 0)
			handle = open_place(places[i], err);
	/* The linker's cache is root's; but this variable would come before it. */
	if (!handle && !getenv("LD_LIBRARY_PATH"))
		handle = dlopen(NVML_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	return handle;
}

static int
load(const char *path, struct library *out, struct error *err)
{
	const char *name = path ? path : NVML_LIBRARY;
	struct library library = { .handle = open_library(path, err) };
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
		return -1;
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
	bool shared;

	result = library->device(index, &device);
	if (result == 0)
		result = library->name(device, name, sizeof(name) - 1);
	if (result == 0)
		result = library->memory(device, &memory);
	/* A GPU that shares the CPUs' memory has none of its own (GB10). */
	shared = result == NOT_SUPPORTED;
	if (result == 0 || shared)
		result = library->pci(device, &pci);
	if (result == 0)
		result = library->capability(device, &major, &minor);
	if (result)
		return fail("a GPU", result, err);
	pci.bus_id[sizeof(pci.bus_id) - 1] = '\0';
	name[sizeof(name) - 1] = '\0';
	if (pci_parse(pci.bus_id, strlen(pci.bus_id), &item.pci) || major < 1 || major > 99 ||
		minor < 0 || minor > 9 || strlen(name) >= sizeof(item.model) ||
		(memory.total >> 20 == 0) != shared)
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
