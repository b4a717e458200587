/*
 * Two processes that swap what lies at the paths of one model folder, as fast as they can, in
 * bursts: contents by renames and hard links, names by links and whole directories. A burst always
 * ends in the good state.
 *
 *   storm FOLDER VERSION BLOB LINK
 *
 * FOLDER holds blobs/BLOB and, beside it, blobs/BLOB.evil and blobs/BLOB.good (a hard link of
 * BLOB); snapshots/VERSION and snapshots/VERSION.evil; LINK is the name in snapshots/VERSION of a
 * link to blobs/BLOB. On SIGTERM it prints the number of swaps.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BURST = 500,          /* swaps there and back */
	PAUSE_US_MAX = 60000, /* long enough for a walk between two bursts, now and then */
};

static volatile sig_atomic_t over;
static atomic_ulong *swaps;

static void
end(int number)
{
	(void)number;
	over = 1;
}

static void
need(int failed, const char *what)
{
	if (!failed)
		return;
	perror(what);
	_exit(1);
}

static void
exchange(const char *a, const char *b)
{
	need(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE), "exchange");
	atomic_fetch_add(swaps, 1);
}

/* FROM's file at PATH, by a hard link. */
static void
replace(const char *from, const char *path, const char *temporary)
{
	need(link(from, temporary), "link");
	need(rename(temporary, path), "rename");
	/* Two names of one file: the rename does nothing, and leaves both. */
	unlink(temporary);
	atomic_fetch_add(swaps, 1);
}

static void
relink(const char *target, const char *path, const char *temporary)
{
	need(symlink(target, temporary), "symlink");
	need(rename(temporary, path), "rename");
	atomic_fetch_add(swaps, 1);
}

static void
swap_contents(char *argv[], unsigned int number)
{
	char blob[512], evil[540], good[540], temporary[540];

	snprintf(blob, sizeof(blob), "blobs/%s", argv[3]);
	snprintf(evil, sizeof(evil), "%s.evil", blob);
	snprintf(good, sizeof(good), "%s.good", blob);
	snprintf(temporary, sizeof(temporary), "%s.temporary", blob);
	if (number % 2) {
		replace(evil, blob, temporary);
		replace(good, blob, temporary);
	} else {
		exchange(blob, evil);
		exchange(blob, evil);
	}
}

static void
swap_names(char *argv[], unsigned int number)
{
	char snapshot[512], evil[540], path[1040], temporary[540], target[512], evil_target[540];

	snprintf(snapshot, sizeof(snapshot), "snapshots/%s", argv[2]);
	snprintf(evil, sizeof(evil), "%s.evil", snapshot);
	snprintf(path, sizeof(path), "%s/%s", snapshot, argv[4]);
	snprintf(temporary, sizeof(temporary), "%s.link", snapshot);
	snprintf(target, sizeof(target), "../../blobs/%s", argv[3]);
	snprintf(evil_target, sizeof(evil_target), "%s.evil", target);
	if (number % 2) {
		relink(evil_target, path, temporary);
		relink(target, path, temporary);
	} else {
		exchange(snapshot, evil);
		exchange(snapshot, evil);
	}
}

static void
storm(char *argv[], void (*swap)(char *argv[], unsigned int number))
{
	unsigned int seed = (unsigned int)getpid(), number = 0;

	while (!over) {
		for (int i = 0; i < BURST && !over; i++)
			swap(argv, number++);
		usleep((useconds_t)rand_r(&seed) % PAUSE_US_MAX);
	}
	_exit(0);
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = end };
	pid_t children[2];

	if (argc != 5 || chdir(argv[1]))
		return 2;
	swaps = mmap(
		NULL, sizeof(*swaps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(swaps == MAP_FAILED, "mmap");
	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] == 0)
			storm(argv, i ? swap_names : swap_contents);
	}
	while (!over)
		pause();
	for (int i = 0; i < 2; i++) {
		int status = 0;

		kill(children[i], SIGTERM);
		waitpid(children[i], &status, 0);
		if (status)
			return 1;
	}
	printf("%lu\n", atomic_load(swaps));
	return 0;
}
