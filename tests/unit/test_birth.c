/* When processes began: our own, one with a hostile name, and nobody. */
#include "base/birth.h"

#include "base/mem.h"
#include "check.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* As the kernel says it, rounded down to a tick. */
static void
test_own(void)
{
	struct birth first, again;
	struct timespec up;
	double now, began;

	check(birth_read(getpid(), &first) == 0 && first.pid == getpid(), "own", "not read");
	check(birth_read(getpid(), &again) == 0 && again.ticks == first.ticks &&
			strcmp(again.boot, first.boot) == 0,
		"own: the same again", "%llu", (unsigned long long)again.ticks);
	check(strlen(first.boot) == BIRTH_BOOT_BYTES - 1, "own: the boot's id", "%s", first.boot);
	clock_gettime(CLOCK_BOOTTIME, &up);
	now = (double)up.tv_sec + (double)up.tv_nsec / 1e9;
	began = (double)first.ticks / (double)sysconf(_SC_CLK_TCK);
	check(began <= now && began > now - 60, "own: just now", "%f of %f", began, now);
}

/* A name that looks like the rest of the line, and two processes apart. */
static void
test_child(void)
{
	uint64_t ticks, named;
	int ready[2];
	pid_t pid;
	char byte;

	usleep(30000);
	if (pipe(ready) || (pid = fork()) < 0) {
		perror("child");
		exit(1);
	}
	if (pid == 0) {
		prctl(PR_SET_NAME, ") S 1 1 1 1 (");
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	ticks = birth_read_ticks(pid);
	check(read(ready[0], &byte, 1) == 1, "child: named", "not");
	named = birth_read_ticks(pid);
	check(ticks > birth_read_ticks(getpid()), "child: later", "%llu",
		(unsigned long long)ticks);
	check(birth_read_parent(pid) == getpid(), "child: its parent", "%d",
		(int)birth_read_parent(pid));
	check(named == ticks, "child: whatever its name", "%llu", (unsigned long long)named);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(birth_read_ticks(pid) == 0, "child: gone", "still there");
}

int
main(void)
{
	struct birth birth;

	test_own();
	test_child();
	check(birth_read(0, &birth) != 0, "nobody", "somebody");
	return check_end();
}
