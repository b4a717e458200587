#include "hash/share.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WANTED = 64, HUNDRED = 100 };

static char folder[] = "/tmp/nimgate-share-XXXXXX";
static char place[64];

static void
clean_up(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/hashing", place);
	unlink(path);
	rmdir(place);
	rmdir(folder);
}

/* A process that takes its share, says how large it is, and holds it. */
struct holder {
	pid_t pid;
	size_t threads;
};

static struct holder
start_holder(size_t wanted)
{
	struct holder holder = { .pid = -1 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		abort();
	holder.pid = fork();
	if (holder.pid == 0) {
		struct share share;

		share_take(place, wanted, &share);
		if (write(ends[1], &share.threads, sizeof(share.threads)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &holder.threads, sizeof(holder.threads)) !=
		(ssize_t)sizeof(holder.threads))
		abort();
	close(ends[0]);
	return holder;
}

static void
kill_holder(struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
}

static size_t
threads_now(size_t wanted)
{
	cleanup_share struct share share = { .fd = -1 };

	share_take(place, wanted, &share);
	return share.threads;
}

/* Alone all, then a half, a third; a seat that was left is free again. */
static void
test_order(void)
{
	struct holder first, second;

	check(threads_now(WANTED) == 64, "alone", "%zu", threads_now(WANTED));
	check(threads_now(WANTED) == 64, "alone again", "%zu", threads_now(WANTED));
	first = start_holder(WANTED);
	check(first.threads == 64, "the first", "%zu", first.threads);
	second = start_holder(WANTED);
	check(second.threads == 32, "the second", "%zu", second.threads);
	check(threads_now(WANTED) == 22, "the third, rounded up", "%zu", threads_now(WANTED));
	check(threads_now(2) == 1, "the third of two", "%zu", threads_now(2));
	check(threads_now(1) == 1, "one thread", "%zu", threads_now(1));
	/* Killed, the first leaves its seat: the one below the second's. */
	kill_holder(&first);
	check(threads_now(WANTED) == 32, "after a kill", "%zu", threads_now(WANTED));
	kill_holder(&second);
	check(threads_now(WANTED) == 64, "alone at last", "%zu", threads_now(WANTED));
}

/* A child that its holder forked, and that lives on without the descriptor, keeps no seat. */
static void
test_fork(void)
{
	struct share share;
	pid_t pid;

	share_take(place, WANTED, &share);
	pid = fork();
	if (pid == 0) {
		share_end(&share);
		for (;;)
			pause();
	}
	share_end(&share);
	for (int i = 0; i < 1000 && threads_now(WANTED) != 64; i++)
		usleep(1000);
	check(threads_now(WANTED) == 64, "a child that closed it", "%zu", threads_now(WANTED));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A hundred starts: everybody runs, and all together a few times what one would. */
static void
test_hundred(void)
{
	static struct holder holders[HUNDRED];
	size_t sum = 0, least = SIZE_MAX;

	for (size_t i = 0; i < HUNDRED; i++) {
		holders[i] = start_holder(WANTED);
		sum += holders[i].threads;
		least = holders[i].threads < least ? holders[i].threads : least;
	}
	check(least == 1, "a hundred: the last", "%zu", least);
	/* 64 (1 + ln 100), and at most one more each by rounding up. */
	check(sum >= WANTED + HUNDRED - 1 && sum <= 64 * 56 / 10 + HUNDRED, "a hundred: the sum",
		"%zu", sum);
	for (size_t i = 0; i < HUNDRED; i++)
		kill_holder(&holders[i]);
	check(threads_now(WANTED) == 64, "a hundred: gone", "%zu", threads_now(WANTED));
}

/* All at the same moment: nobody takes itself for the only one but the first. */
static void
test_race(void)
{
	enum { RACERS = 16 };
	static pid_t pids[RACERS];
	size_t alone = 0, threads;
	int results[2], gate[2];
	char byte;

	if (pipe2(results, O_CLOEXEC) || pipe2(gate, O_CLOEXEC))
		abort();
	for (size_t i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		struct share share;

		close(gate[1]);
		if (read(gate[0], &byte, 1) != 0)
			_exit(1);
		share_take(place, WANTED, &share);
		if (write(results[1], &share.threads, sizeof(share.threads)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(gate[1]);
	for (size_t i = 0; i < RACERS; i++) {
		if (read(results[0], &threads, sizeof(threads)) != (ssize_t)sizeof(threads))
			abort();
		alone += threads == WANTED;
	}
	check(alone <= 1, "a race", "%zu took all threads", alone);
	for (size_t i = 0; i < RACERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	close(gate[0]);
	close(results[0]);
	close(results[1]);
}

/* All seats are taken: one thread. */
static void
test_full(void)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = SHARE_SEATS };
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/hashing", place);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd >= 0 && fcntl(fd, F_OFD_SETLK, &all) == 0, "all seats", "%d", errno);
	check(threads_now(SHARE_SEATS) == 1, "all seats are taken", "%zu",
		threads_now(SHARE_SEATS));
	close(fd);
}

/* What others can open, or have put there, is left unused: nobody is counted. */
static void
test_untrusted(void)
{
	struct holder holder = start_holder(WANTED);
	char path[128];

	snprintf(path, sizeof(path), "%s/hashing", place);
	check(threads_now(WANTED) == 32, "trusted", "%zu", threads_now(WANTED));
	chmod(path, 0644);
	check(threads_now(WANTED) == 64, "others can open it", "%zu", threads_now(WANTED));
	chmod(path, 0600);
	chmod(place, 0777);
	check(threads_now(WANTED) == 64, "others can replace it", "%zu", threads_now(WANTED));
	chmod(place, 0700);
	if (geteuid() == 0 && chown(path, 1, 1) == 0) {
		check(threads_now(WANTED) == 64, "another user's", "%zu", threads_now(WANTED));
		check(chown(path, 0, 0) == 0, "root's", "%d", errno);
	}
	check(threads_now(WANTED) == 32, "trusted again", "%zu", threads_now(WANTED));
	kill_holder(&holder);
	unlink(path);
	check(symlink("/etc/passwd", path) == 0, "a link", "%d", errno);
	check(threads_now(WANTED) == 64, "a link", "%zu", threads_now(WANTED));
	unlink(path);
	check(mkfifo(path, 0600) == 0, "a FIFO", "%d", errno);
	check(threads_now(WANTED) == 64, "a FIFO", "%zu", threads_now(WANTED));
	unlink(path);
}

static void
test_no_directory(void)
{
	struct share share;

	share_take("/proc/nimgate", 7, &share);
	check(share.fd == -1 && share.threads == 7 && share.others == 0, "no directory",
		"%d, %zu, %zu", share.fd, share.threads, share.others);
	share_end(&share);
	share_take("/proc/nimgate", 0, &share);
	check(share.threads == 1, "nothing wanted", "%zu", share.threads);
	share_end(&share);
}

int
main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(place, sizeof(place), "%s/run", folder);
	test_order();
	test_fork();
	test_hundred();
	test_race();
	test_full();
	test_untrusted();
	test_no_directory();
	clean_up();
	return check_end();
}
