/*
 * Many processes use one journal at once: appending, compacting, reading, and making its key.
 */
#include "tests/unit/journal_material.h"

#include <signal.h>
#include <sys/wait.h>

enum { WRITERS = 8, EACH = 1200, FIRST_USERS = 8 };

/* All of them at once: they wait for the pipe to close. Returns whether all ended well. */
static bool
together(size_t count, int (*run)(size_t number), pid_t *extra, int (*beside)(void))
{
	pid_t pids[16];
	int ends[2], status;
	bool well = true;
	char byte;

	material_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	fflush(stdout);
	for (size_t i = 0; i < count + (extra != NULL); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(ends[1]);
			material_need(read(ends[0], &byte, 1) == 0, "read");
			_exit(i < count ? run(i) : beside());
		}
	}
	close(ends[0]);
	close(ends[1]);
	for (size_t i = 0; i < count; i++)
		well = waitpid(pids[i], &status, 0) == pids[i] && status == 0 && well;
	if (extra)
		*extra = pids[count];
	return well;
}

static int
open_first(size_t number)
{
	struct journal *journal = journal_material_open("first", false);

	journal_material_append(journal, number, 1);
	journal_close(journal);
	return 0;
}

/* One key for all, or rows of some would not count. */
static void
test_first_users(void)
{
	struct journal *journal;
	size_t found = 0;
	char command[] = "rm -rf first";

	for (int round = 0; round < 20; round++) {
		check(together(FIRST_USERS, open_first, NULL, NULL), "first users", "one failed");
		journal = journal_material_open("first", true);
		found += journal_material_count(journal, 0, FIRST_USERS) == FIRST_USERS;
		journal_close(journal);
		material_need(system(command) == 0, command);
	}
	check(found == 20, "first users: one key", "%zu of 20 rounds", found);
}

static int
append_rows(size_t number)
{
	struct journal *journal = journal_material_open("together", false);

	for (size_t i = 0; i < EACH; i += 10)
		journal_material_append(journal, number * EACH + i, 10);
	journal_close(journal);
	return 0;
}

static volatile sig_atomic_t told_to_stop;

static void
stop(int signal)
{
	(void)signal;
	told_to_stop = 1;
}

/* All the while; and each time what was seen before is still there. */
static int
compact_rows(void)
{
	struct journal *journal = journal_material_open("together", false);
	struct error err = { 0 };
	size_t dropped = 0, before = 0, now, times = 0;

	while (!told_to_stop || times == 0) {
		if (journal_compact(journal, NULL, NULL, &dropped, &err) || dropped)
			return 1;
		now = journal_rows(journal);
		if (now < before)
			return 2;
		before = now;
		times++;
	}
	journal_close(journal);
	return times > 5 ? 0 : 3;
}

static void
test_together(void)
{
	struct journal *journal;
	pid_t compactor;
	int status = -1;

	signal(SIGTERM, stop);
	journal_close(journal_material_open("together", false));
	check(together(WRITERS, append_rows, &compactor, compact_rows), "together", "one failed");
	kill(compactor, SIGTERM);
	check(waitpid(compactor, &status, 0) == compactor && status == 0, "together: compacted",
		"status %x", status);
	journal = journal_material_open("together", true);
	check(journal_material_count(journal, 0, (size_t)WRITERS * EACH) == WRITERS * EACH,
		"together: nothing is lost", "%zu of %d",
		journal_material_count(journal, 0, (size_t)WRITERS * EACH), WRITERS * EACH);
	check(journal_rows(journal) == WRITERS * EACH, "together: nothing is torn", "%zu rows",
		journal_rows(journal));
	journal_close(journal);
}

int
main(void)
{
	material_enter();
	test_first_users();
	test_together();
	return check_end();
}
