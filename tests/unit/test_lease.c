#include "base/lease.h"

#include "tests/unit/gate_material.h"

#include <linux/magic.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <sys/wait.h>

static int
open_file(int flags)
{
	int fd = open("file", flags | O_CLOEXEC);

	material_need(fd >= 0, "open");
	return fd;
}

static void
test_alone(void)
{
	cleanup_fd int fd = open_file(O_RDONLY);
	struct error err = { 0 };
	struct lease lease = { 0 };
	int twin;

	check_result(lease_take(fd, &lease, &err), REASON_NONE, &err, "alone");
	check(lease.held && lease_is_held(fd), "alone: held", "not");
	twin = dup(fd);
	material_need(twin >= 0, "dup");
	close(twin);
	check(lease_is_held(fd) && lease_is_kept(&lease, fd), "another descriptor of it was closed",
		"lost");
}

/* Another reader takes nothing from it; a writer does, and the holder sees it. */
static void
test_broken(void)
{
	cleanup_fd int reader = -1;
	struct lease lease = { 0 };
	struct error err = { 0 };
	int fd = open_file(O_RDONLY), writer;

	check_result(lease_take(fd, &lease, &err), REASON_NONE, &err, "broken: taken");
	reader = open_file(O_RDONLY);
	check(lease_is_held(fd), "a reader breaks nothing", "broken");
	writer = open("file", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	check(writer < 0 && errno == EWOULDBLOCK, "a writer has to wait", "%d", errno);
	check(!lease_is_held(fd) && !lease_is_kept(&lease, fd), "a writer breaks it", "held");
	close(fd);
	writer = open("file", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	check(writer >= 0, "after the close a writer may come", "%d", errno);
	if (writer >= 0)
		close(writer);
}

/* The kernel lets a reader cut the file without breaking a lease. */
static void
test_cut(void)
{
	struct lease lease = { 0 };
	struct error err = { 0 };
	int fd = open_file(O_RDONLY);

	check_result(lease_take(fd, &lease, &err), REASON_NONE, &err, "cut: taken");
	check(lease_is_kept(&lease, fd), "cut: not yet", "changed");
	close(open_file(O_RDONLY | O_TRUNC));
	check(!lease_is_kept(&lease, fd), "cut: seen", "not");
	close(fd);
	material_file("file", "content");
}

static void
test_writers(void)
{
	cleanup_fd int fd = open_file(O_RDONLY);
	struct error err = { 0 };
	struct lease lease = { 0 };
	struct statfs fs;
	void *map;
	int writer = open_file(O_RDWR);

	material_check(lease_take(fd, &lease, &err), REASON_BUSY, "open for writing", &err,
		"somebody writes");
	check(!lease.held, "somebody writes: no lease", "held");
	map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	material_need(map != MAP_FAILED, "mmap");
	close(writer);
	material_need(statfs(".", &fs) == 0, "statfs");
	if (fs.f_type == OVERLAYFS_SUPER_MAGIC)
		check_skip("a writable mapping", "overlayfs does not count it");
	else
		check_result(lease_take(fd, &lease, &err), REASON_BUSY, &err, "a writable mapping");
	munmap(map, 1);
	check_result(lease_take(fd, &lease, &err), REASON_NONE, &err, "the writer has gone");
	check(lease.held, "the writer has gone: held", "not");
}

/* Where no lease can be had, the comparison of times remains; where nothing can be told, nothing
 * is taken for fine. */
static void
test_without(void)
{
	struct error err = { 0 };
	struct lease lease = { .held = true };
	int ends[2];

	material_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	check_result(lease_take(ends[0], &lease, &err), REASON_NONE, &err, "no leases here");
	check(!lease.held && lease.flushed, "no leases here: told", "held");
	close(ends[0]);
	close(ends[1]);
	lease.held = true;
	check_result(lease_take(-1, &lease, &err), REASON_IO, &err, "no file");
	check(lease.held, "no file: nothing is said", "changed");
	check(!lease_is_held(-1), "no file: no lease", "held");
}

/* Neither the owner nor CAP_LEASE. Exit status 0: went on without. */
static void
test_foreign(void)
{
	cleanup_fd int fd = open_file(O_RDONLY);
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		check_skip("a foreign file", "needs root");
		return;
	}
	pid = fork();
	if (pid == 0) {
		struct lease lease = { .held = true };
		struct error err;

		_exit(setresuid(65534, 65534, 65534) || lease_take(fd, &lease, &err) ||
			lease.held || !lease.flushed);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0, "a foreign file", "status %x",
		status);
}

/* Writes one byte of the file for ever, through a mapping whose descriptor is closed. */
static pid_t
start_hammer(void)
{
	int fd = open_file(O_RDWR);
	volatile char *map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid_t pid;

	material_need(map != MAP_FAILED, "mmap");
	close(fd);
	pid = fork();
	if (pid == 0)
		for (char byte = 0;; byte++)
			*map = byte;
	munmap((void *)(uintptr_t)map, 1);
	return pid;
}

/* Without a lease: the file was busy, or what has changed since is seen. Exit status 0: always. */
static int
watch_hammer(void)
{
	char before, after;

	if (setresuid(65534, 65534, 65534))
		return 2;
	for (int i = 0; i < 10; i++) {
		cleanup_fd int fd = open_file(O_RDONLY);
		struct lease lease = { 0 };
		struct error err = { 0 };

		if (lease_take(fd, &lease, &err)) {
			if (err.reason != REASON_BUSY)
				return 3;
			continue;
		}
		do
			if (pread(fd, &before, 1, 0) != 1 || pread(fd, &after, 1, 0) != 1)
				return 4;
		while (before == after);
		if (lease.held || lease_is_kept(&lease, fd))
			return 5;
	}
	return 0;
}

/* Somebody stores into the file all the time, also between the flush and the first look at the
 * times. */
static void
test_hammered(void)
{
	int status = -1;
	pid_t hammer, watch;

	if (geteuid() != 0) {
		check_skip("hammered", "needs root");
		return;
	}
	hammer = start_hammer();
	watch = fork();
	if (watch == 0)
		_exit(watch_hammer());
	waitpid(watch, &status, 0);
	check(status == 0, "hammered", "status %x", status);
	kill(hammer, SIGKILL);
	waitpid(hammer, NULL, 0);
}

int
main(void)
{
	signal(SIGIO, SIG_IGN);
	material_enter();
	/* Nobody's children have to come here. */
	material_need(chmod(".", 0755) == 0, "chmod");
	material_file("file", "content");
	test_alone();
	test_broken();
	test_cut();
	test_writers();
	test_without();
	test_foreign();
	test_hammered();
	return check_end();
}
