#include "base/tree.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char base[] = "/tmp/test_tree.XXXXXX";
static const struct tree_options plain = { .entries_max = 1000 };

/* Each makes one thing below the test's directory, which is the working directory. */
static void
make_directory(const char *path)
{
	check(mkdir(path, 0755) == 0, "make", "%s: %d", path, errno);
}

static void
make_file(const char *path)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	check(fd >= 0, "make", "%s: %d", path, errno);
}

static void
make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "make", "%s: %d", path,
		errno);
}

static int
read_tree(const char *path, const struct tree_options *options, struct tree *out, struct error *err)
{
	cleanup_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	check(dir >= 0, "open", "%s: %d", path, errno);
	return tree_read(dir, options, out, err);
}

static void
test_kinds(void)
{
	static const struct {
		const char *name;
		enum tree_kind kind;
	} rows[] = {
		/* '-' and '.' sort below '/', and 'a' without a suffix is a directory here. */
		{ "a-b", TREE_FILE },
		{ "a.b", TREE_FILE },
		{ "a/b", TREE_FILE },
		{ "a/link", TREE_LINK },
		{ "a/z/deep", TREE_FILE },
		{ "a0", TREE_FILE },
		{ "device", TREE_SPECIAL },
		{ "dirlink", TREE_LINK },
		{ "fifo", TREE_SPECIAL },
		{ "new\nline", TREE_FILE },
		{ "socket", TREE_SPECIAL },
		{ "\xff\xfe", TREE_FILE },
	};
	cleanup_tree struct tree tree = { 0 };
	struct error err = { 0 };

	check_result(read_tree("kinds", &plain, &tree, &err), REASON_NONE, &err, "kinds");
	check(tree.count == ARRAY_SIZE(rows), "kinds: count", "%zu", tree.count);
	for (size_t i = 0; i < tree.count && i < ARRAY_SIZE(rows); i++) {
		check_text(tree.entries[i].name, rows[i].name, "kinds: name");
		check(tree.entries[i].kind == rows[i].kind, "kinds: kind", "%s is %d",
			tree.entries[i].name, tree.entries[i].kind);
		check(tree_find(&tree, rows[i].name) == &tree.entries[i], "find", "%s",
			rows[i].name);
	}
	check(!tree_find(&tree, "a") && !tree_find(&tree, "") && !tree_find(&tree, "a/b/"),
		"find: absent", "found");
	tree_release(&tree);
	check(!tree.entries && !tree_find(&tree, "a-b"), "released", "not empty");
}

static void
build_kinds(void)
{
	make_directory("kinds");
	make_directory("kinds/a");
	make_directory("kinds/a/z");
	make_directory("kinds/empty");
	make_file("kinds/\xff\xfe");
	make_file("kinds/new\nline");
	make_file("kinds/a0");
	make_file("kinds/a/z/deep");
	make_file("kinds/a/b");
	make_file("kinds/a.b");
	make_file("kinds/a-b");
	make_socket("kinds/socket");
	check(symlink("b", "kinds/a/link") == 0 && symlink("/", "kinds/dirlink") == 0 &&
			mkfifo("kinds/fifo", 0600) == 0,
		"make", "links: %d", errno);
	check(mknod("kinds/device", S_IFCHR | 0600, 0x103) == 0, "make", "device: %d", errno);
}

static bool
skip_one(const char *name, void *context)
{
	return strcmp(name, context) == 0;
}

static void
test_skip(void)
{
	static const struct {
		const char *name, *skip;
		size_t count;
	} rows[] = {
		{ "skip a directory", "a", 9 },
		{ "skip a file", "a/b", 11 },
		{ "skip the last part only", "b", 12 },
		{ "skip a FIFO", "fifo", 11 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char skip[16];
		struct tree_options options = { 1000, skip_one, skip, false };
		cleanup_tree struct tree tree = { 0 };
		struct error err = { 0 };

		snprintf(skip, sizeof(skip), "%s", rows[i].skip);
		check_result(
			read_tree("kinds", &options, &tree, &err), REASON_NONE, &err, rows[i].name);
		check(tree.count == rows[i].count && !tree_find(&tree, rows[i].skip), rows[i].name,
			"%zu entries", tree.count);
	}
}

static void
test_bounds(void)
{
	struct tree_options options = { .entries_max = 12 };
	cleanup_tree struct tree tree = { 0 };
	struct error err = { 0 };
	char path[32];

	check_result(read_tree("kinds", &options, &tree, &err), REASON_NONE, &err, "just enough");
	tree_release(&tree);
	options.entries_max = 11;
	check_result(read_tree("kinds", &options, &tree, &err), REASON_EXTRA, &err, "one too many");
	check(strstr(err.text, "more than 11 files"), "one too many: text", "%s", err.text);
	check(!tree.entries, "one too many: output", "touched");

	make_directory("empties");
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "empties/%d", i);
		make_directory(path);
	}
	options.entries_max = 5;
	check_result(read_tree("empties", &options, &tree, &err), REASON_NONE, &err,
		"empty directories");
	check(tree.count == 0, "empty directories: entries", "%zu", tree.count);
	options.entries_max = 4;
	check_result(read_tree("empties", &options, &tree, &err), REASON_EXTRA, &err,
		"too many empty directories");
	check(strstr(err.text, "directories"), "too many empty directories: text", "%s", err.text);
}

/* Directories, COUNT deep below PATH, each named NAME. */
static void
make_nested(const char *path, const char *name, int count)
{
	cleanup_fd int dir = -1;

	make_directory(path);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < count; i++) {
		int below = mkdirat(dir, name, 0755) ? -1 : openat(dir, name, O_PATH | O_CLOEXEC);

		check(below >= 0, "make", "nested: %d", errno);
		close(dir);
		dir = below;
	}
}

static void
test_deep(void)
{
	cleanup_tree struct tree tree = { 0 };
	struct error err = { 0 };
	char name[201];

	make_nested("deep", "d", LIMIT_TREE_DEPTH);
	check_result(
		read_tree("deep", &plain, &tree, &err), REASON_NONE, &err, "as deep as allowed");
	make_nested("deeper", "d", LIMIT_TREE_DEPTH + 1);
	check_result(read_tree("deeper", &plain, &tree, &err), REASON_EXTRA, &err, "too deep");
	check(strstr(err.text, "nested deeper than 128"), "too deep: text", "%s", err.text);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	make_nested("long", name, LIMIT_NAME_BYTES / 200 + 1);
	check_result(read_tree("long", &plain, &tree, &err), REASON_EXTRA, &err, "path too long");
	check(strstr(err.text, "path longer than"), "path too long: text", "%s", err.text);
}

/* As an ordinary user for a moment: nothing is unreadable to root. */
static void
test_unreadable(void)
{
	cleanup_tree struct tree tree = { 0 };
	struct error err = { 0 };

	make_directory("closed");
	make_file("closed/first");
	make_directory("closed/sub");
	check(chmod("closed/sub", 0) == 0, "make", "closed/sub: %d", errno);
	check(seteuid(4321) == 0, "become a user", "%d", errno);
	check_result(read_tree("closed", &plain, &tree, &err), REASON_IO, &err, "unreadable");
	check(err.os_errno == EACCES && strstr(err.text, "'sub'"), "unreadable: text", "%s",
		err.text);
	check(seteuid(0) == 0, "become root", "%d", errno);
}

static void
test_not_a_directory(void)
{
	cleanup_fd int fd = open("kinds/a-b", O_PATH | O_CLOEXEC);
	cleanup_tree struct tree tree = { 0 };
	struct error err = { 0 };

	check_result(tree_read(fd, &plain, &tree, &err), REASON_IO, &err, "a file");
	check(err.os_errno == ENOTDIR && strstr(err.text, "'.'"), "a file: text", "%s", err.text);
	check_result(tree_read(-1, &plain, &tree, &err), REASON_IO, &err, "nothing");
}

static void
test_mounts(void)
{
	static const struct {
		const char *name, *path;
		size_t count; /* with cross_mounts */
	} rows[] = {
		{ "bind mount of a directory", "bound", 12 },
		{ "bind mount of a file", "boundfile", 1 },
	};
	struct tree_options cross = { .entries_max = 1000, .cross_mounts = true };
	cleanup_tree struct tree start = { 0 };
	struct error err = { 0 };

	make_directory("bound");
	make_directory("bound/sub");
	make_directory("boundfile");
	make_file("boundfile/file");
	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL)) {
		check_skip("mounts", "no mount namespace of our own");
		return;
	}
	check(mount("kinds", "bound/sub", "none", MS_BIND, NULL) == 0 &&
			mount("kinds/a-b", "boundfile/file", "none", MS_BIND, NULL) == 0,
		"mount", "%d", errno);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_tree struct tree tree = { 0 };

		check_result(read_tree(rows[i].path, &plain, &tree, &err), REASON_LINK, &err,
			rows[i].name);
		check(strstr(err.text, "another mount"), rows[i].name, "%s", err.text);
		check_result(read_tree(rows[i].path, &cross, &tree, &err), REASON_NONE, &err,
			rows[i].name);
		check(tree.count == rows[i].count, rows[i].name, "%zu entries", tree.count);
	}
	check_result(read_tree("bound/sub", &plain, &start, &err), REASON_NONE, &err,
		"a mount to start from");
	umount("bound/sub");
	umount("boundfile/file");
}

int
main(void)
{
	char command[64];

	if (geteuid() != 0) {
		check_skip("tree", "needs root for devices and mounts");
		return check_end();
	}
	umask(022);
	if (!mkdtemp(base) || chmod(base, 0755) || chdir(base))
		return 1;
	build_kinds();
	test_kinds();
	test_skip();
	test_bounds();
	test_deep();
	test_unreadable();
	test_not_a_directory();
	test_mounts();
	snprintf(command, sizeof(command), "rm -rf %s", base);
	check(chdir("/") == 0 && system(command) == 0, "clean up", "%s", base);
	return check_end();
}
