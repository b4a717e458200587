/* Numbers that survive: many who count at once, and what is damaged. */
#include "gate/counters.h"

#include "base/mem.h"
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WRITERS = 6, TIMES = 500 };

static char path[64];

static const struct counters_change one = { "admit:none", 1, COUNTERS_ADD };

static uint64_t
get(const char *name)
{
	struct counters counters;
	struct error err;

	if (counters_read(path, &counters, &err)) {
		check(false, name, "%s", err.text);
		return 0;
	}
	return counters_get(&counters, name);
}

static void
test_changes(void)
{
	const struct counters_change changes[] = { { "refuse:changed", 1, COUNTERS_ADD },
		{ "hashed_bytes", 1000, COUNTERS_ADD }, { "last_refuse", 77, COUNTERS_SET },
		{ "a-name-that-is-too-long-for-a-row", 1, COUNTERS_ADD } };
	struct error err = { 0 };
	struct stat st;

	check(get("hashed_bytes") == 0, "no file: zero", "not zero");
	for (int i = 0; i < 3; i++)
		check_result(counters_change(path, changes, ARRAY_SIZE(changes), &err), REASON_NONE,
			&err, "changed");
	check(get("hashed_bytes") == 3000 && get("refuse:changed") == 3 && get("last_refuse") == 77,
		"added, and set", "%llu", (unsigned long long)get("hashed_bytes"));
	check(stat(path, &st) == 0 && st.st_size == 4096 && (st.st_mode & 07777) == 0600,
		"one page, root's alone", "%lld bytes, mode %o", (long long)st.st_size, st.st_mode);
	for (char c = 'a'; c <= 'z'; c++)
		for (char d = 'a'; d <= 'z'; d++) {
			const char name[] = { c, d, '\0' };
			const struct counters_change change = { name, 1, COUNTERS_ADD };

			counters_change(path, &change, 1, &err);
		}
	check(get("aa") == 1 && get("zz") == 0 && get("hashed_bytes") == 3000,
		"a page that is full", "%llu", (unsigned long long)get("zz"));
}

static void
overwrite(size_t offset, const char *bytes, size_t length)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (pwrite(fd, bytes, length, (off_t)offset) != (ssize_t)length)
		perror(path);
}

static void
test_damage(void)
{
	static const struct {
		const char *name;
		size_t offset;
		const char *bytes;
		size_t length;
	} cases[] = {
		{ "damage: other magic", 0, "N", 1 },
		{ "damage: bytes behind a name", 32 + 22, "x", 1 },
		{ "damage: a name without an end", 32, "xxxxxxxxxxxxxxxxxxxxxxxxxxxx", 24 },
		{ "damage: a quote in a name", 32, "ad\"it", 5 },
		{ "damage: a row behind a gap", 32 + 5 * 32, "x", 1 },
		{ "damage: a number without a name", 32 + 5 * 32 + 24, "x", 1 },
		{ "damage: one byte more", 4096, "x", 1 },
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unlink(path);
		counters_change(path, &one, 1, &err);
		overwrite(cases[i].offset, cases[i].bytes, cases[i].length);
		if (cases[i].offset < 4096)
			check(get("admit:none") == 0, cases[i].name, "it counts");
		counters_change(path, &one, 1, &err);
		if (cases[i].offset < 4096)
			check(get("admit:none") == 1, cases[i].name, "does not begin again");
	}
	unlink(path);
	if (symlink("/dev/null", path))
		perror(path);
	check_result(counters_change(path, &one, 1, &err), REASON_IO, &err, "a link");
	unlink(path);
	counters_change(path, &one, 1, &err);
	chmod(path, 0666);
	check(counters_read(path, &(struct counters){ .reserved = 0 }, &err) != 0 &&
			err.reason == REASON_CONFIG,
		"others can write it", "it is read");
	unlink(path);
	check_result(counters_change("/nowhere/counters", &one, 1, &err), REASON_IO, &err,
		"no directory");
}

static pid_t
start_writer(int times)
{
	struct error err;
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < times; i++)
		while (counters_change(path, &one, 1, &err))
			;
	_exit(0);
}

static void
test_together(void)
{
	pid_t pids[WRITERS], killed[WRITERS];
	uint64_t sum;

	for (int i = 0; i < WRITERS; i++)
		pids[i] = start_writer(TIMES);
	for (int i = 0; i < WRITERS; i++)
		waitpid(pids[i], NULL, 0);
	check(get("admit:none") == WRITERS * TIMES, "together: none is lost", "%llu of %d",
		(unsigned long long)get("admit:none"), WRITERS * TIMES);
	for (int i = 0; i < WRITERS; i++)
		killed[i] = start_writer(1 << 30);
	for (int i = 0; i < WRITERS; i++) {
		usleep(5000);
		kill(killed[i], SIGKILL);
		waitpid(killed[i], NULL, 0);
	}
	sum = get("admit:none");
	check(sum > WRITERS * TIMES, "killed: the page stays whole", "%llu",
		(unsigned long long)sum);
	waitpid(start_writer(TIMES), NULL, 0);
	check(get("admit:none") == sum + TIMES, "killed: nobody keeps the turn", "%llu",
		(unsigned long long)get("admit:none"));
}

int
main(void)
{
	char folder[] = "/tmp/nimgate-counters.XXXXXX";

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/counters", folder);
	test_changes();
	test_damage();
	test_together();
	unlink(path);
	rmdir(folder);
	return check_end();
}
