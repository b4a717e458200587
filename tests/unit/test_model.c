#include "gate/model.h"

#include "tests/unit/gate_material.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static int
open_base(const char *folder)
{
	int base = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	material_need(base >= 0, folder);
	return base;
}

/* Opens NAME of the model, reads it and compares; with WANTED a refusal that says WORDS. */
static void
check_file(const struct model *model, const char *name, const char *content, enum reason wanted,
	const char *words)
{
	const struct tree_entry *entry = tree_find(&model->tree, model->single ? "." : name);
	struct model_file file = { .fd = -1 };
	struct error err = { 0 };
	char got[32] = "";

	material_check(model_open_file(model, name, &file, &err), wanted, words, &err, name);
	if (file.fd >= 0) {
		material_need(read(file.fd, got, sizeof(got) - 1) >= 0, "read");
		check_text(got, content ? content : "", name);
		check(content && file.st.st_size == (off_t)strlen(content) &&
				(!entry || model_file_size(model, entry) == strlen(content)),
			name, "size %lld", (long long)file.st.st_size);
		check((fcntl(file.fd, F_GETFL) & (O_ACCMODE | O_PATH)) == O_RDONLY &&
				(fcntl(file.fd, F_GETFD) & FD_CLOEXEC),
			name, "opened otherwise");
		close(file.fd);
	}
}

/* What a link of a snapshot may be, and what not. */
static const struct {
	const char *name, *target;
	enum reason wanted;
	const char *words;
} links[] = {
	{ "good", "../../blobs/one", REASON_NONE, NULL },
	{ "deep/er/good", "../../../../blobs/one", REASON_NONE, NULL },
	{ "deep/good", "../../../blobs/one", REASON_NONE, NULL },
	{ "too-few", "../blobs/one", REASON_LINK, "a link to '../blobs/one'" },
	{ "deep/too-few", "../../blobs/one", REASON_LINK, "expected one into blobs/" },
	{ "too-many", "../../../blobs/one", REASON_LINK, "expected one into blobs/" },
	{ "other-model", "../../../models--b/blobs/one", REASON_LINK, "expected one" },
	{ "around", "../../../models--a/blobs/one", REASON_LINK, "expected one" },
	{ "absolute", "/etc/passwd", REASON_LINK, "a link to '/etc/passwd'" },
	{ "to-neighbour", "good", REASON_LINK, "expected one" },
	{ "to-refs", "../../refs/x", REASON_LINK, "expected one" },
	{ "to-blobs", "../../blobs", REASON_LINK, "expected one" },
	{ "to-blobs-slash", "../../blobs/", REASON_LINK, "expected one" },
	{ "to-blobs-dot", "../../blobs/.", REASON_LINK, "expected one" },
	{ "out-of-blobs", "../../blobs/../refs/x", REASON_LINK, "expected one" },
	{ "below-blobs", "../../blobs/directory/one", REASON_LINK, "expected one" },
	{ "with-dot", "./../../blobs/one", REASON_LINK, "expected one" },
	{ "two-slashes", "../..//blobs/one", REASON_LINK, "expected one" },
	{ "magic", "/proc/self/exe", REASON_LINK, "expected one" },
	{ "hostile", "\033[2J", REASON_LINK, "'\\x1b[2J'" },
	{ "to-nothing", "../../blobs/none", REASON_MISSING,
		"its link leads to '../../blobs/none'" },
	{ "to-chain", "../../blobs/chain", REASON_LINK, "a link where none is allowed" },
	{ "to-directory", "../../blobs/directory", REASON_LINK, "a link to a directory" },
	{ "to-fifo", "../../blobs/fifo", REASON_SPECIAL, "not a regular file" },
	{ "to-device", "../../blobs/socket", REASON_SPECIAL, "not a regular file" },
};

static void
make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	material_need(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, path);
}

static void
make_cache(void)
{
	material_file("models--a/blobs/one", "one");
	material_file("models--b/blobs/one", "other");
	material_file("models--a/refs/x", "x");
	material_file("models--a/blobs/directory/one", "one");
	material_link("models--a/blobs/chain", "one");
	material_fifo("models--a/blobs/fifo");
	make_socket("models--a/blobs/socket");
	material_file("models--a/snapshots/1/plain", "plain");
	material_file("models--a/snapshots/1/deep/plain", "deep");
	material_fifo("models--a/snapshots/1/fifo");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char path[200];

		snprintf(path, sizeof(path), "models--a/snapshots/1/%s", links[i].name);
		material_link(path, links[i].target);
	}
}

static void
test_snapshot(void)
{
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };

	check_result(
		model_open_snapshot(open_base("models--a"), "snapshots/1", "a:1", &model, &err),
		REASON_NONE, &err, "snapshot");
	check_text(model.label, "a:1", "snapshot: label");
	check(model.tree.count == ARRAY_SIZE(links) + 3, "snapshot: count", "%zu",
		model.tree.count);
	check_file(&model, "plain", "plain", REASON_NONE, NULL);
	check_file(&model, "deep/plain", "deep", REASON_NONE, NULL);
	check_file(&model, "fifo", NULL, REASON_SPECIAL, "not a regular file");
	check_file(&model, "none", NULL, REASON_MISSING, "missing");
	check_file(&model, "deep", NULL, REASON_LINK, "a link to a directory");
	check_file(&model, "../1/plain", "plain", REASON_NONE, NULL);
	check_file(&model, "../../../models--b/blobs/one", NULL, REASON_LINK, "leads out");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		check_file(&model, links[i].name, "one", links[i].wanted, links[i].words);
	model_close(&model);
	check(model.base == -1 && !model.label && !model.tree.count, "closed", "not");
	model_close(&model);
}

/* Somebody works on the cache between the listing and the opening. */
static void
test_swapped(void)
{
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };
	cleanup_fd int writer = -1;

	material_file("models--s/snapshots/1/d/file", "one");
	material_file("models--s/snapshots/1/leased", "one");
	material_file("models--s/snapshots/1/gone", "one");
	material_file("models--s/elsewhere/file", "two");
	check_result(model_open_snapshot(open_base("models--s"), "snapshots/1", "s", &model, &err),
		REASON_NONE, &err, "swapped: open");
	material_need(rename("models--s/snapshots/1/d", "models--s/old") == 0 &&
			      symlink("../../elsewhere", "models--s/snapshots/1/d") == 0 &&
			      unlink("models--s/snapshots/1/gone") == 0,
		"swap");
	check_file(&model, "d/file", NULL, REASON_LINK, "a link where none is allowed");
	check_file(&model, "gone", NULL, REASON_MISSING, "missing");
	writer = open("models--s/snapshots/1/leased", O_RDWR | O_CLOEXEC);
	material_need(writer >= 0 && fcntl(writer, F_SETLEASE, F_WRLCK) == 0, "lease");
	check_file(&model, "leased", NULL, REASON_BUSY, "holds a lease");
	model_close(&model);
}

static void
test_snapshot_refused(void)
{
	static const struct {
		const char *name, *folder, *below;
		enum reason wanted;
		const char *words;
	} rows[] = {
		{ "no snapshot", "models--a", "snapshots/2", REASON_NOT_CACHED,
			"not in the cache" },
		{ "no snapshots", "models--b", "snapshots/1", REASON_NOT_CACHED, NULL },
		{ "the snapshot is a link", "models--l", "snapshots/1", REASON_LINK, NULL },
		{ "the snapshot is a file", "models--l", "snapshots/file", REASON_IO,
			"not a directory" },
		{ "snapshots is a link", "models--m", "snapshots/1", REASON_LINK, NULL },
	};

	material_directory("models--l/blobs");
	material_file("models--l/snapshots/file", "x");
	material_link("models--l/snapshots/1", "../../models--a/snapshots/1");
	material_link("models--m/snapshots", "../models--a/snapshots");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model model = MODEL_CLOSED;
		struct error err = { 0 };
		int base = open_base(rows[i].folder);

		material_check(model_open_snapshot(base, rows[i].below, "a:1", &model, &err),
			rows[i].wanted, rows[i].words, &err, rows[i].name);
		check(fcntl(base, F_GETFD) < 0, rows[i].name, "the descriptor is open still");
		check(model.base == -1, rows[i].name, "written although refused");
	}
}

/* blobs/ is what lies in the model's folder itself. */
static void
test_blobs_link(void)
{
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };

	material_link("models--n/blobs", "../models--a/blobs");
	material_link("models--n/snapshots/1/file", "../../blobs/one");
	check_result(model_open_snapshot(open_base("models--n"), "snapshots/1", "n", &model, &err),
		REASON_NONE, &err, "blobs is a link: open");
	check_file(&model, "file", NULL, REASON_LINK, "a link where none is allowed");
	model_close(&model);
}

static void
bind_mount(const char *from, const char *to)
{
	material_need(mount(from, to, NULL, MS_BIND, NULL) == 0, to);
}

/* In a child with a mount namespace of its own: what lies below the model's folder on another mount
 * is not the cache's. */
static int
run_mounts(void)
{
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };

	check_failures = 0;
	bind_mount("models--b/blobs", "models--o/blobs");
	check_result(model_open_snapshot(open_base("models--o"), "snapshots/1", "o", &model, &err),
		REASON_NONE, &err, "mounts: blobs");
	check_file(&model, "file", NULL, REASON_LINK, "onto another mount");
	material_need(umount("models--o/blobs") == 0, "umount");
	bind_mount("models--b/blobs/one", "models--o/blobs/one");
	check_file(&model, "file", NULL, REASON_LINK, "onto another mount");
	material_need(umount("models--o/blobs/one") == 0, "umount");
	check_file(&model, "file", "one", REASON_NONE, NULL);
	model_close(&model);

	bind_mount("models--b/blobs/one", "models--o/snapshots/1/plain");
	material_check(
		model_open_snapshot(open_base("models--o"), "snapshots/1", "o", &model, &err),
		REASON_LINK, "another mount", &err, "mounts: a file");
	material_need(umount("models--o/snapshots/1/plain") == 0, "umount");
	bind_mount("models--b", "models--o/snapshots/1/sub");
	material_check(
		model_open_snapshot(open_base("models--o"), "snapshots/1", "o", &model, &err),
		REASON_LINK, "another mount", &err, "mounts: a directory");
	material_need(umount("models--o/snapshots/1/sub") == 0, "umount");
	bind_mount("models--a/snapshots/1", "models--o/snapshots/1");
	material_check(
		model_open_snapshot(open_base("models--o"), "snapshots/1", "o", &model, &err),
		REASON_LINK, "onto another mount", &err, "mounts: the snapshot");
	material_need(umount("models--o/snapshots/1") == 0, "umount");
	/* The administrator's own mount of the whole folder is the cache. */
	bind_mount("models--o", "models--q");
	check_result(model_open_snapshot(open_base("models--q"), "snapshots/1", "q", &model, &err),
		REASON_NONE, &err, "mounts: the model's folder");
	check_file(&model, "file", "one", REASON_NONE, NULL);
	model_close(&model);
	return check_failures ? 1 : 0;
}

static void
test_mounts(void)
{
	int status = -1;
	pid_t pid;

	material_file("models--o/blobs/one", "one");
	material_link("models--o/snapshots/1/file", "../../blobs/one");
	material_file("models--o/snapshots/1/plain", "plain");
	material_directory("models--o/snapshots/1/sub");
	material_directory("models--q");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int result = 77;

		if (unshare(CLONE_NEWNS) == 0 &&
			mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0)
			result = run_mounts();
		fflush(stdout);
		_exit(result);
	}
	material_need(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		check_skip("mounts", "needs a mount namespace");
	else
		check(status == 0, "mounts", "status %x", status);
}

static void
test_path(void)
{
	static const struct {
		const char *name, *path;
		enum model_links rule;
		enum reason wanted;
		const char *words;
		size_t count;
	} rows[] = {
		{ "directory", "m", MODEL_LINKS_REFUSE, REASON_NONE, NULL, 7 },
		{ "directory with a slash", "m//", MODEL_LINKS_REFUSE, REASON_NONE, NULL, 7 },
		{ "directory with a dot", "m/.", MODEL_LINKS_REFUSE, REASON_NONE, NULL, 7 },
		{ "directory, links followed", "m", MODEL_LINKS_FOLLOW, REASON_NONE, NULL, 7 },
		{ "file", "m/file", MODEL_LINKS_REFUSE, REASON_NONE, NULL, 1 },
		{ "not there", "none", MODEL_LINKS_REFUSE, REASON_USAGE, "'none' (does not exist)",
			0 },
		{ "nothing", "", MODEL_LINKS_REFUSE, REASON_USAGE, "does not exist", 0 },
		{ "a link", "ml", MODEL_LINKS_REFUSE, REASON_LINK, "--allow-symlinks", 0 },
		{ "a link with a slash", "ml/", MODEL_LINKS_REFUSE, REASON_LINK, "'ml'", 0 },
		{ "a link with a dot", "ml/.", MODEL_LINKS_REFUSE, REASON_LINK, "'ml'", 0 },
		{ "a link with both", "ml/.//./", MODEL_LINKS_REFUSE, REASON_LINK, "'ml'", 0 },
		{ "a link, followed", "ml", MODEL_LINKS_FOLLOW, REASON_NONE, NULL, 7 },
		{ "a link to a file, followed", "m/link", MODEL_LINKS_FOLLOW, REASON_NONE, NULL,
			1 },
		{ "a FIFO", "m/fifo", MODEL_LINKS_REFUSE, REASON_SPECIAL, "neither", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model model = MODEL_CLOSED;
		struct error err = { 0 };

		material_check(
			model_open_path(rows[i].path, rows[i].rule, NULL, NULL, &model, &err),
			rows[i].wanted, rows[i].words, &err, rows[i].name);
		check(model.tree.count == rows[i].count, rows[i].name, "%zu files",
			model.tree.count);
		model_close(&model);
	}
}

static void
test_command(void)
{
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };

	material_need(
		model_open_path("m", MODEL_LINKS_REFUSE, NULL, NULL, &model, &err) == 0, err.text);
	check_file(&model, "file", "file", REASON_NONE, NULL);
	check_file(&model, "link", NULL, REASON_LINK, "a link where none is allowed");
	check_file(&model, "fifo", NULL, REASON_SPECIAL, "not a regular file");
	model_close(&model);
	material_need(
		model_open_path("m", MODEL_LINKS_FOLLOW, NULL, NULL, &model, &err) == 0, err.text);
	check_file(&model, "file", "file", REASON_NONE, NULL);
	check_file(&model, "link", "file", REASON_NONE, NULL);
	check_file(&model, "out", "out", REASON_NONE, NULL);
	check_file(&model, "dangling", NULL, REASON_MISSING, "missing");
	check_file(&model, "loop", NULL, REASON_LINK, NULL);
	check_file(&model, "dirlink", NULL, REASON_LINK, "a link to a directory");
	check_file(&model, "fifo", NULL, REASON_SPECIAL, "not a regular file");
	model_close(&model);
	for (int i = 0; i < 2; i++) {
		const char *path = i ? "m/link" : "m/file";

		material_need(
			model_open_path(path, MODEL_LINKS_FOLLOW, NULL, NULL, &model, &err) == 0,
			err.text);
		check(model.single && strcmp(model.tree.entries[0].name, ".") == 0 &&
				model.tree.entries[0].kind == TREE_FILE,
			"single", "%s", path);
		check_file(&model, ".", "file", REASON_NONE, NULL);
		model_close(&model);
	}
}

static bool
skip_file(const char *name, void *context)
{
	return strcmp(name, (const char *)context) == 0;
}

static void
test_skip(void)
{
	char name[] = "file";
	struct model model = MODEL_CLOSED;
	struct error err = { 0 };

	check_result(model_open_path("m", MODEL_LINKS_REFUSE, skip_file, name, &model, &err),
		REASON_NONE, &err, "skip");
	check(model.tree.count == 6 && !tree_find(&model.tree, "file"), "skip: left out", "%zu",
		model.tree.count);
	model_close(&model);
}

int
main(void)
{
	/* The kernel's word to the holder of a lease. */
	signal(SIGIO, SIG_IGN);
	material_enter();
	make_cache();
	test_snapshot();
	test_swapped();
	test_snapshot_refused();
	test_blobs_link();
	test_mounts();
	material_file("m/file", "file");
	material_link("m/link", "file");
	material_link("m/out", "../outside");
	material_link("m/dangling", "nothing");
	material_link("m/loop", "loop");
	material_link("m/dirlink", "/etc");
	material_fifo("m/fifo");
	material_file("outside", "out");
	material_link("ml", "m");
	test_path();
	test_command();
	test_skip();
	return check_end();
}
