#include "hash/quota.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "hash/cpulist.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOUNTS "/sys/fs/cgroup"

static const uint64_t longest_us = (uint64_t)1 << 40; /* the kernel's own limit is below */

/* Reads DIRECTORY/NAME without its line end. Returns 0 or -1. */
static int
read_line(int root, const char *directory, const char *name, struct file_bytes *out)
{
	char path[LIMIT_NAME_BYTES + 64];
	struct error ignored;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (file_read_in_root(root, path, LIMIT_KERNEL_FILE_BYTES, out, &ignored))
		return -1;
	if (out->length && out->bytes[out->length - 1] == '\n')
		out->bytes[--out->length] = '\0';
	return 0;
}

/* QUOTA and PERIOD are digits: microseconds of processor time in so many of any time. "max" and
 * "-1" are none. */
static size_t
divide(const char *quota, size_t quota_length, const char *period, size_t period_length)
{
	uint64_t used, passed;

	if (text_parse_count(quota, quota_length, &used) ||
		text_parse_count(period, period_length, &passed) || used == 0 || passed == 0 ||
		used > longest_us || passed > longest_us)
		return SIZE_MAX;
	return (size_t)((used + passed - 1) / passed);
}

/* cgroup v2: both in one file. */
static size_t
read_unified(int root, const char *directory)
{
	cleanup_bytes struct file_bytes line = { 0 };
	const char *space;

	if (read_line(root, directory, "cpu.max", &line))
		return SIZE_MAX;
	space = strchr(line.bytes, ' ');
	if (!space)
		return SIZE_MAX;
	return divide(line.bytes, (size_t)(space - line.bytes), space + 1, strlen(space + 1));
}

/* cgroup v1. */
static size_t
read_legacy(int root, const char *directory)
{
	cleanup_bytes struct file_bytes quota = { 0 }, period = { 0 };

	if (read_line(root, directory, "cpu.cfs_quota_us", &quota) ||
		read_line(root, directory, "cpu.cfs_period_us", &period))
		return SIZE_MAX;
	return divide(quota.bytes, quota.length, period.bytes, period.length);
}

/* The least quota of the group PATH ("/" or "/a/b") below MOUNT and of all above it. */
static size_t
read_group(int root, const char *mount, const char *path,
	size_t (*read)(int root, const char *directory))
{
	char directory[LIMIT_NAME_BYTES];
	size_t least = SIZE_MAX, found, base = strlen(mount);
	char *slash;

	/* A group outside of our namespace begins with "/..": its quota cannot be seen. */
	if (path[0] != '/' || (path[1] && !text_is_canonical_path(path + 1)) ||
		snprintf(directory, sizeof(directory), "%s%s", mount, path[1] ? path : "") >=
			(int)sizeof(directory))
		return SIZE_MAX;
	for (;;) {
		found = read(root, directory);
		least = found < least ? found : least;
		slash = strrchr(directory, '/');
		if ((size_t)(slash - directory) < base)
			return least;
		*slash = '\0';
	}
}

/* True if the comma-separated LIST holds "cpu". */
static bool
has_cpu(const char *list)
{
	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == strlen("cpu") && strncmp(list, "cpu", 3) == 0)
			return true;
	return false;
}

/* One line of /proc/self/cgroup: NUMBER:CONTROLLERS:PATH, of v2 without controllers. */
static size_t
read_membership(int root, char *line)
{
	char *controllers = strchr(line, ':'), *path = NULL, mount[128];

	if (controllers)
		path = strchr(++controllers, ':');
	if (!path)
		return SIZE_MAX;
	*path++ = '\0';
	if (controllers[0] == '\0')
		return read_group(root, MOUNTS, path, read_unified);
	if (!has_cpu(controllers))
		return SIZE_MAX;
	snprintf(mount, sizeof(mount), MOUNTS "/%s", controllers);
	return read_group(root, mount, path, read_legacy);
}

size_t
quota_cpus(int root)
{
	cleanup_bytes struct file_bytes file = { 0 };
	size_t least = SIZE_MAX;
	char *rest = NULL;

	if (read_line(root, "/proc/self", "cgroup", &file))
		return SIZE_MAX;
	for (char *line = strtok_r(file.bytes, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		size_t found = read_membership(root, line);

		least = found < least ? found : least;
	}
	return least;
}

size_t
quota_threads(int root, const struct cpulist *cpus)
{
	size_t threads = cpulist_count(cpus), quota = quota_cpus(root);

	threads = threads < quota ? threads : quota;
	threads = threads < LIMIT_THREADS ? threads : LIMIT_THREADS;
	return threads ? threads : 1;
}
