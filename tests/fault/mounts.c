/*
 * Cuts the mounts on a directory in another process's mount namespace down, and adds one.
 *
 *   mounts PID DIRECTORY COUNT [SOURCE]
 *
 * Leaves the lowest COUNT mounts on DIRECTORY, then binds SOURCE there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static int
count(const char *directory)
{
	FILE *mounts = fopen("/proc/thread-self/mountinfo", "re");
	char line[8192], point[4096];
	int found = 0;

	while (mounts && fgets(line, sizeof(line), mounts))
		found += sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
			 strcmp(point, directory) == 0;
	if (mounts)
		fclose(mounts);
	return found;
}

int
main(int argc, char *argv[])
{
	char path[64];
	int fd;

	if (argc < 4)
		return 2;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", atoi(argv[1]));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNS)) {
		fprintf(stderr, "mounts: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while (count(argv[2]) > atoi(argv[3]))
		if (umount2(argv[2], MNT_DETACH)) {
			perror(argv[2]);
			return 1;
		}
	if (argc > 4 && mount(argv[4], argv[2], NULL, MS_BIND, NULL)) {
		perror(argv[4]);
		return 1;
	}
	return 0;
}
