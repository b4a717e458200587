/*
 * A made-up machine below a temporary folder: two memory nodes, four GPUs. Index and device minor
 * run against each other, as they may on real ones.
 *
 *     node 0: CPUs 0-3,8-11     GPUs 0000:07:00.0 (minor 3), 0000:0b:00.0 (minor 2)
 *     node 1: CPUs 4-7,12-15    GPUs 0000:87:00.0 (minor 1), 0001:01:00.0 (minor 0)
 */
#pragma once

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In memory where that is to be had: it is made anew for each case. */
static char machine_root[] = "/dev/shm/nimgate-machine-XXXXXX";
static bool machine_is_there;

#define MACHINE_UUID "11111111-2222-3333-4444-55555555000"

static inline void
machine_need(bool there, const char *what)
{
	if (there)
		return;
	printf("not ok machine: %s\n", what);
	exit(1);
}

/* Makes the directories above PATH. */
static inline void
machine_make_folders(const char *path)
{
	char folder[256];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		mkdir(folder, 0755);
	}
}

/* Writes LENGTH bytes to PATH below the root ("/proc/..."); its folders are made. */
static inline void
machine_write_bytes(const char *path, const char *bytes, size_t length)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", machine_root, path);
	machine_make_folders(whole);
	file = fopen(whole, "w");
	machine_need(file && fwrite(bytes, 1, length, file) == length, whole);
	machine_need(file && fclose(file) == 0, whole);
}

static inline void
machine_write(const char *path, const char *text)
{
	machine_write_bytes(path, text, strlen(text));
}

static inline int
machine_remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

/* Removes PATH with all that is below it; "" is the whole machine. */
static inline void
machine_remove(const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", machine_root, path);
	nftw(whole, machine_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
machine_remove_all(void)
{
	machine_remove("");
}

/* The driver's words about a GPU, as driver 535 writes them. */
static inline void
machine_write_gpu(const char *address, const char *uuid, int minor, const char *excluded)
{
	char path[128], text[512];

	snprintf(path, sizeof(path), "/proc/driver/nvidia/gpus/%s/information", address);
	snprintf(text, sizeof(text),
		"Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 183\nGPU UUID: \t %s\n"
		"Video BIOS: \t 96.00.99.00.01\nBus Type: \t PCIe\nDMA Size: \t 52 bits\n"
		"Bus Location: \t %s\nDevice Minor: \t %d\nGPU Firmware: \t 535.129.03\n"
		"GPU Excluded:\t %s\n",
		uuid, address, minor, excluded);
	machine_write(path, text);
}

/* The kernel's directory of a GPU, behind a link as in the real sysfs. */
static inline void
machine_write_device(const char *address, const char *node, const char *cpus)
{
	char path[128], link[256], target[128];

	snprintf(path, sizeof(path), "/sys/devices/pci0000:00/%s/numa_node", address);
	machine_write(path, node);
	snprintf(path, sizeof(path), "/sys/devices/pci0000:00/%s/local_cpulist", address);
	machine_write(path, cpus);
	snprintf(link, sizeof(link), "%s/sys/bus/pci/devices/%s", machine_root, address);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", address);
	machine_make_folders(link);
	machine_need(symlink(target, link) == 0 || errno == EEXIST, link);
}

/* Makes an empty root, at the first time or anew. */
static inline void
machine_clear(void)
{
	if (machine_is_there) {
		machine_remove_all();
		machine_need(mkdir(machine_root, 0700) == 0, machine_root);
		return;
	}
	if (access("/dev/shm", W_OK))
		strcpy(machine_root, "/tmp/nimgate-machine-XXXXXX");
	machine_need(mkdtemp(machine_root) != NULL, "no temporary folder");
	machine_is_there = true;
	atexit(machine_remove_all);
}

/* Makes the machine anew. */
static inline void
machine_make(void)
{
	static const struct {
		const char *address, *node, *cpus;
	} gpus[] = {
		{ "0000:07:00.0", "0\n", "0-3,8-11\n" },
		{ "0000:0b:00.0", "0\n", "0-3,8-11\n" },
		{ "0000:87:00.0", "1\n", "4-7,12-15\n" },
		{ "0001:01:00.0", "1\n", "4-7,12-15\n" },
	};
	char uuid[64];

	machine_clear();
	for (int i = 0; i < (int)ARRAY_SIZE(gpus); i++) {
		snprintf(uuid, sizeof(uuid), "GPU-" MACHINE_UUID "%d", i);
		machine_write_gpu(gpus[i].address, uuid, 3 - i, "No");
		machine_write_device(gpus[i].address, gpus[i].node, gpus[i].cpus);
	}
	machine_write("/proc/driver/nvidia/gpus/0000:07:00.0/power", "Runtime D3 status: ?\n");
	machine_write("/sys/devices/system/node/online", "0-1\n");
	machine_write("/sys/devices/system/node/node0/cpulist", "0-3,8-11\n");
	machine_write("/sys/devices/system/node/node1/cpulist", "4-7,12-15\n");
}

/* Gives the GPU with that device minor a MIG device. */
static inline void
machine_divide(int minor)
{
	char path[128];

	snprintf(
		path, sizeof(path), "/proc/driver/nvidia/capabilities/gpu%d/mig/gi1/access", minor);
	machine_write(path, "DeviceFileMinor: 12\nDeviceFileMode: 256\n");
}

/* An O_PATH descriptor of the root; the caller closes it. */
static inline int
machine_open(void)
{
	int fd = open(machine_root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	machine_need(fd >= 0, "cannot be opened");
	return fd;
}
