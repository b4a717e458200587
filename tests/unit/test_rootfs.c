#include "oci/rootfs.h"

#include "tests/unit/gate_material.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* A process with a mount namespace of its own, where the container's mounts are made, that waits as
 * a runtime's init does. */
struct container {
	pid_t pid;
	int ready, go;
};

/* Exit status of a child that may not have a mount namespace. */
enum { NO_NAMESPACE = 77 };

static _Noreturn void
run_container(bool confined, int ready, int go)
{
	char byte = 'r';

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL))
		_exit(NO_NAMESPACE);
	material_need(mount("rootfs", "rootfs", NULL, MS_BIND, NULL) == 0 &&
			      mount("volume", "rootfs/data", NULL, MS_BIND, NULL) == 0 &&
			      mount("volume/file", "rootfs/etc/file", NULL, MS_BIND, NULL) == 0,
		"mounts");
	/* Below a plain directory: none of the mounts that it sees is the root's. */
	material_need(!confined || chroot("volume") == 0, "chroot");
	material_need(write(ready, &byte, 1) == 1, "write");
	while (read(go, &byte, 1) > 0)
		;
	_exit(0);
}

/* Returns false where there can be none. */
static bool
start_container(bool confined, struct container *out)
{
	int ready[2], go[2], status = 0;
	char byte;

	material_need(pipe2(ready, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0, "pipe");
	out->pid = fork();
	if (out->pid == 0) {
		close(go[1]);
		run_container(confined, ready[1], go[0]);
	}
	close(ready[1]);
	close(go[0]);
	out->ready = ready[0];
	out->go = go[1];
	if (read(out->ready, &byte, 1) == 1)
		return true;
	waitpid(out->pid, &status, 0);
	material_need(WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE, "container");
	return false;
}

static void
check_content(const struct rootfs *rootfs, const char *path, const char *wanted)
{
	cleanup_fd int fd = rootfs_open_path(rootfs, path, O_RDONLY);
	char got[32] = "";

	if (fd >= 0)
		material_need(read(fd, got, sizeof(got) - 1) >= 0, "read");
	check(fd >= 0, path, "errno %d", errno);
	check_text(got, wanted, path);
}

static void
test_view(pid_t pid)
{
	static char beside[LIMIT_NAME_BYTES], absolute[LIMIT_NAME_BYTES];
	const struct {
		const char *name, *root;
	} roots[] = {
		{ "relative", "rootfs" },
		{ "relative with a dot", "./rootfs" },
		{ "relative upwards", beside },
		{ "absolute", absolute },
		{ "with a slash behind", "rootfs/" },
		{ "a link", "rootlink" },
	};

	snprintf(beside, sizeof(beside), "../%s/rootfs", strrchr(material_folder, '/') + 1);
	snprintf(absolute, sizeof(absolute), "%s", material_path("rootfs"));
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
		struct error err = { 0 };
		int result = rootfs_open(pid, material_folder, roots[i].root, &rootfs, &err);

		check_result(result, REASON_NONE, &err, roots[i].name);
		if (result)
			continue;
		/* The volume, not what the image has below it. */
		check_content(&rootfs, "/data/file", "volume");
		check_content(&rootfs, "data/file", "volume");
		check_content(&rootfs, "/etc/file", "volume");
		check_content(&rootfs, "/etc/image", "image");
		check_result(rootfs_check(&rootfs, &err), REASON_NONE, &err, roots[i].name);
	}
}

/* What the image's links say is resolved inside its root. */
static void
test_links(pid_t pid)
{
	static const struct {
		const char *path, *content;
		int wanted;
	} rows[] = {
		{ "/to-data/file", "volume", 0 },
		{ "/to-host", "image", 0 },
		{ "/../../../../etc/image", "image", 0 },
		{ "/up/etc/image", "image", 0 },
		{ "/none", NULL, ENOENT },
		{ "/etc/image/x", NULL, ENOTDIR },
		{ "/loop", NULL, ELOOP },
		{ "/dangling", NULL, ENOENT },
	};
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	struct error err = { 0 };

	material_need(rootfs_open(pid, material_folder, "rootfs", &rootfs, &err) == 0, err.text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].content) {
			check_content(&rootfs, rows[i].path, rows[i].content);
			continue;
		}
		cleanup_fd int fd = rootfs_open_path(&rootfs, rows[i].path, O_RDONLY);

		check(fd < 0 && errno == rows[i].wanted, rows[i].path, "errno %d", errno);
	}
}

static void
test_refused(pid_t pid)
{
	static char long_path[LIMIT_NAME_BYTES + 1];
	const struct {
		const char *name;
		pid_t pid;
		const char *bundle, *root, *words;
	} rows[] = {
		{ "our own namespace", getpid(), material_folder, "rootfs",
			"no mount namespace of its own" },
		{ "no process", 0, material_folder, "rootfs", "process 0" },
		{ "a negative process", -1, material_folder, "rootfs", "process -1" },
		{ "no such root", pid, material_folder, "none", "does not exist" },
		{ "a root that is a file", pid, material_folder, "volume/file", "root.path" },
		{ "an empty root", pid, material_folder, "", "not a usable path" },
		{ "a root too long", pid, material_folder, long_path, "not a usable path" },
		{ "a relative bundle", pid, "b", "rootfs", "not a usable path" },
		{ "through a magic link", pid, "/proc/self/cwd", "rootfs", "root.path" },
	};

	memset(long_path, 'r', sizeof(long_path) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rootfs rootfs = ROOTFS_CLOSED;
		struct error err = { 0 };

		material_check(
			rootfs_open(rows[i].pid, rows[i].bundle, rows[i].root, &rootfs, &err),
			REASON_UNSEEN, rows[i].words, &err, rows[i].name);
		check(rootfs.root == -1 && rootfs.pidfd == -1, rows[i].name,
			"written although refused");
	}
}

/* It ends; first nobody collects it, then it is gone. */
static void
test_end(struct container *container)
{
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED, again = ROOTFS_CLOSED;
	struct error err = { 0 };
	siginfo_t info;

	material_need(rootfs_open(container->pid, material_folder, "rootfs", &rootfs, &err) == 0,
		err.text);
	close(container->go);
	close(container->ready);
	material_need(waitid(P_PID, (id_t)container->pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
	material_check(rootfs_check(&rootfs, &err), REASON_UNSEEN, "has ended", &err, "ended");
	check_result(rootfs_open(container->pid, material_folder, "rootfs", &again, &err),
		REASON_UNSEEN, &err, "a zombie");
	material_need(waitpid(container->pid, NULL, 0) == container->pid, "waitpid");
	material_check(rootfs_check(&rootfs, &err), REASON_UNSEEN, "has ended", &err, "collected");
	material_check(rootfs_open(container->pid, material_folder, "rootfs", &again, &err),
		REASON_UNSEEN, "the process is gone", &err, "gone");
}

/* A root that is on no mount of the process, as far as the kernel tells. */
static void
test_no_mount(void)
{
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	struct container container;
	struct error err = { 0 };

	material_need(start_container(true, &container), "container");
	material_check(rootfs_open(container.pid, "/", "inner", &rootfs, &err), REASON_UNSEEN,
		"not on a mount of process", &err, "no mount of the container");
	close(container.go);
	close(container.ready);
	material_need(waitpid(container.pid, NULL, 0) == container.pid, "waitpid");
}

int
main(void)
{
	struct container container;

	material_enter();
	material_file("rootfs/data/file", "image");
	material_file("rootfs/etc/file", "image");
	material_file("rootfs/etc/image", "image");
	material_file("volume/file", "volume");
	material_directory("volume/inner");
	material_link("rootlink", "rootfs");
	material_link("rootfs/to-data", "/data");
	material_link("rootfs/to-host", "/etc/image");
	material_link("rootfs/up", "../../../..");
	material_link("rootfs/loop", "loop");
	material_link("rootfs/dangling", "/nothing");
	if (!start_container(false, &container)) {
		check_skip("rootfs", "needs a mount namespace");
		return check_end();
	}
	test_view(container.pid);
	test_links(container.pid);
	test_refused(container.pid);
	test_end(&container);
	test_no_mount();
	return check_end();
}
