/*
 * A library in NVML's place: the GPUs that the file named by FAKE_GPUS lists, one a line: "ADDRESS
 * BYTES MAJOR MINOR MODEL", no BYTES being a GPU without memory of its own; or, with FAKE_ERROR,
 * the function of that name fails. Its layouts are those of nvml.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct gpu {
	char address[32];
	unsigned long long bytes;
	int major, minor;
	char model[200];
};

struct pci {
	char legacy[16];
	unsigned int numbers[5];
	char address[32];
};

struct memory {
	unsigned long long total, free, used;
};

static struct gpu gpus[200];
static unsigned int count;
static int started;

/* 999 is NVML_ERROR_UNKNOWN. */
static int
answer(const char *function)
{
	const char *error = getenv("FAKE_ERROR");

	if (strcmp(function, "Init") != 0 && !started)
		return 1; /* NVML_ERROR_UNINITIALIZED */
	return error && strcmp(error, function) == 0 ? 999 : 0;
}

EXPORT int
nvmlInit_v2(void)
{
	FILE *file = fopen(getenv("FAKE_GPUS"), "r");
	struct gpu *gpu = gpus;

	while (file && fscanf(file, "%31s %llu %d %d %199[^\n]", gpu->address, &gpu->bytes,
			       &gpu->major, &gpu->minor, gpu->model) == 5)
		gpu++;
	if (file)
		fclose(file);
	count = (unsigned int)(gpu - gpus);
	started = answer("Init") == 0;
	return answer("Init");
}

EXPORT int
nvmlShutdown(void)
{
	started = 0;
	return 0;
}

EXPORT int
nvmlDeviceGetCount_v2(unsigned int *out)
{
	*out = count;
	return answer("Count");
}

EXPORT int
nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **out)
{
	*out = &gpus[index];
	return answer("Handle");
}

EXPORT int
nvmlDeviceGetName(void *device, char *name, unsigned int length)
{
	const struct gpu *gpu = device;

	if (strlen(gpu->model) >= length)
		return 7; /* NVML_ERROR_INSUFFICIENT_SIZE */
	strcpy(name, gpu->model);
	return answer("Name");
}

EXPORT int
nvmlDeviceGetMemoryInfo(void *device, struct memory *out)
{
	out->total = ((const struct gpu *)device)->bytes;
	return out->total ? answer("Memory") : 3; /* NVML_ERROR_NOT_SUPPORTED */
}

EXPORT int
nvmlDeviceGetPciInfo_v3(void *device, struct pci *out)
{
	memset(out, 0, sizeof(*out));
	strcpy(out->address, ((const struct gpu *)device)->address);
	return answer("Pci");
}

#ifndef OLD
EXPORT int
nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor)
{
	*major = ((const struct gpu *)device)->major;
	*minor = ((const struct gpu *)device)->minor;
	return answer("Capability");
}
#endif
