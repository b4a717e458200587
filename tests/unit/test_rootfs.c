#include "oci/rootfs.h"

#include "tests/unit/container.h"

static void
make_mounts(void)
{
	material_need(mount("rootfs", "rootfs", NULL, MS_BIND, NULL) == 0 &&
			      mount("volume", "rootfs/data", NULL, MS_BIND, NULL) == 0 &&
			      mount("volume/file", "rootfs/etc/file", NULL, MS_BIND, NULL) == 0 &&
			      mount("volume", "rootfs/shared", NULL, MS_BIND, NULL) == 0 &&
			      mount(NULL, "rootfs/shared", NULL, MS_SHARED, NULL) == 0,
		"mounts");
}

/* Below a plain directory: none of the mounts that it sees is the root's. */
static void
make_confined(void)
{
	make_mounts();
	material_need(chroot("volume") == 0, "chroot");
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

/* What is not there, and what may be there for the container alone. */
static void
test_absent(pid_t pid)
{
	static const struct {
		const char *path;
		bool wanted;
	} rows[] = {
		{ "/none", true },
		{ "/none/a/b", true },
		{ "none", true },
		{ "/etc/none", true },
		{ "/etc/none/", true },
		{ "/up/etc/none", true },
		{ "/to-data/none", true },
		{ "/etc/image/x", true },
		{ "/dangling", false },
		{ "/dangling/a/b", false },
		{ "/loop", false },
		{ "/loop/a", false },
		{ "/etc/image", false },
	};
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	struct error err = { 0 };

	material_need(rootfs_open(pid, material_folder, "rootfs", &rootfs, &err) == 0, err.text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rootfs_is_absent(&rootfs, rows[i].path) == rows[i].wanted, rows[i].path,
			"absent: the wrong answer");
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

static void
test_shared(pid_t pid)
{
	static const struct {
		const char *path;
		bool shared;
	} rows[] = { { "/data", false }, { "/shared", true }, { "/shared/below", true },
		{ "/etc", false } };
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	cleanup_fd int nowhere = open("/proc/self/ns", O_PATH | O_CLOEXEC);
	struct error err = { 0 };
	bool shared;

	material_need(rootfs_open(pid, material_folder, "rootfs", &rootfs, &err) == 0, err.text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_fd int fd = rootfs_open_path(&rootfs, rows[i].path, O_PATH);

		check_result(rootfs_is_shared(&rootfs, fd, &shared, &err), REASON_NONE, &err,
			rows[i].path);
		check(shared == rows[i].shared, rows[i].path, "%d", shared);
	}
	material_check(rootfs_is_shared(&rootfs, nowhere, &shared, &err), REASON_UNSEEN,
		"not on a mount of process", &err, "another namespace's mount");
}

/* What is outside of the root, without its links. */
static void
test_outside(pid_t pid)
{
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	struct error err = { 0 };
	char path[LIMIT_NAME_BYTES];

	material_need(rootfs_open(pid, material_folder, "rootfs", &rootfs, &err) == 0, err.text);
	cleanup_fd int proc = rootfs_open_outside(&rootfs, "/proc/driver", &err);
	check(proc >= 0, "outside", "%s", err.text);
	cleanup_fd int namespace = rootfs_open_namespace(&rootfs, &err);
	check(namespace >= 0, "the namespace", "%s", err.text);
	snprintf(path, sizeof(path), "%s", material_path("rootlink"));
	material_check(rootfs_open_outside(&rootfs, path, &err), REASON_UNSEEN, "a link", &err,
		"outside, a link");
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
	container_release(container);
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

	material_need(container_start(make_confined, &container), "container");
	material_check(rootfs_open(container.pid, "/", "inner", &rootfs, &err), REASON_UNSEEN,
		"not on a mount of process", &err, "no mount of the container");
	container_end(&container);
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
	material_directory("volume/below");
	material_directory("rootfs/shared");
	material_link("rootlink", "rootfs");
	material_link("rootfs/to-data", "/data");
	material_link("rootfs/to-host", "/etc/image");
	material_link("rootfs/up", "../../../..");
	material_link("rootfs/loop", "loop");
	material_link("rootfs/dangling", "/nothing");
	if (!container_start(make_mounts, &container)) {
		check_skip("rootfs", "needs a mount namespace");
		return check_end();
	}
	test_view(container.pid);
	test_links(container.pid);
	test_absent(container.pid);
	test_refused(container.pid);
	test_shared(container.pid);
	test_outside(container.pid);
	test_end(&container);
	test_no_mount();
	return check_end();
}
