/*
 * The placement of a process is that of the hasher that it starts, with all its threads.
 */
#include "hash/hasher.h"
#include "hash/placement.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

enum { THREADS = 3 };

/* True if the thread TASK ("/proc/1/task/2") may run on CPU alone. */
static bool
is_on(const char *task, size_t cpu)
{
	char path[400], line[256], wanted[64];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/status", task);
	snprintf(wanted, sizeof(wanted), "Cpus_allowed_list:\t%zu\n", cpu);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		found |= strcmp(line, wanted) == 0;
	if (file)
		fclose(file);
	return found;
}

/* Counts the child's threads, and those that may run on CPU alone. */
static void
count_threads(pid_t pid, size_t cpu, size_t *all, size_t *placed)
{
	char path[64], task[sizeof(path) + 256];
	struct dirent *entry;
	DIR *directory;

	*all = *placed = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(task, sizeof(task), "%s/%s", path, entry->d_name);
		++*all;
		*placed += is_on(task, cpu);
	}
	if (directory)
		closedir(directory);
}

int
main(void)
{
	const struct hasher_options options = { .threads = THREADS };
	static struct placement placement = { .kind = PLACEMENT_NODES };
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct stream nothing = { .fd = fd, .algorithm = DIGEST_SHA256, .length = 1 };
	cleanup_hasher struct hasher hasher = { 0 };
	const struct cpulist allowed = cpulist_allowed();
	struct stream_result result;
	size_t cpu = CPULIST_MAX - 1, all, placed;
	struct error err = { 0 };

	while (!cpulist_has(&allowed, cpu))
		cpu--;
	cpulist_add(&placement.cpus, cpu);
	cpulist_add(&placement.nodes, 0);
	placement_apply(&placement, &placement_kernel);
	check_result(hasher_start(&hasher, &options, &err), REASON_NONE, &err, "hasher");
	/* An answer, of whatever kind: then all its threads are there. */
	check_result(hasher_submit(&hasher, 0, &nothing, &err), REASON_NONE, &err, "stream");
	check(hasher_next(&hasher, 10000, &result, &err) == 1, "answer", "%s", err.text);
	count_threads(hasher.child.pid, cpu, &all, &placed);
	check(all == THREADS + 1 && placed == all, "placed threads", "%zu of %zu", placed, all);
	return check_end();
}
