#include "base/file.h"

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { FOREIGN_USER = 4321 };

static char base[] = "/tmp/test_file.XXXXXX";

/* PATH below the test's directory; static storage, for one call. */
static const char *
at(const char *path)
{
	static char whole[LIMIT_NAME_BYTES + 64];

	snprintf(whole, sizeof(whole), "%s%s%s", base, *path ? "/" : "", path);
	return whole;
}

static void
make_file(const char *path, mode_t mode)
{
	cleanup_fd int fd = open(at(path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	check(fd >= 0 && file_write_all(fd, "content", 7) == 0 && fchmod(fd, mode) == 0, "make",
		"%s: %d", path, errno);
}

static void
make_directory(const char *path, mode_t mode)
{
	check(mkdir(at(path), 0700) == 0 && chmod(at(path), mode) == 0, "make", "%s: %d", path,
		errno);
}

static void
make_link(const char *path, const char *target)
{
	check(symlink(target, at(path)) == 0, "make", "%s: %d", path, errno);
}

static void
test_read(void)
{
	static const struct {
		size_t size, limit;
		bool fits;
	} rows[] = {
		{ 0, 0, true },
		{ 1, 0, false },
		{ 1, 1, true },
		{ 2, 1, false },
		{ 16383, 16383, true },
		{ 16384, 16383, false },
		{ 16384, 16384, true },
		{ 16385, 16384, false },
		{ 100000, 1 << 20, true },
		{ 100000, 100000, true },
		{ 100001, 100000, false },
	};
	static char bytes[100001];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_fd int fd = memfd_create("bytes", MFD_CLOEXEC);
		cleanup_bytes struct file_bytes file = { 0 };
		struct error err = { 0 };
		int result;

		if (file_write_all(fd, bytes, rows[i].size) || lseek(fd, 0, SEEK_SET))
			continue;
		result = file_read(fd, rows[i].limit, "thing", &file, &err);
		check_result(result, rows[i].fits ? REASON_NONE : REASON_IO, &err, "read");
		if (rows[i].fits)
			check(file.bytes && file.length == rows[i].size &&
					memcmp(file.bytes, bytes, file.length) == 0 &&
					file.bytes[file.length] == '\0',
				"read: bytes", "%zu", file.length);
		else
			check(!file.bytes && err.os_errno == EFBIG &&
					strstr(err.text, "thing: larger than"),
				"read: too large", "%s", err.text);
	}
}

static void
test_read_errors(void)
{
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int closed = open("/dev/null", O_WRONLY | O_CLOEXEC);
	cleanup_fd int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	cleanup_fd int directory = open("/", O_RDONLY | O_CLOEXEC);
	struct error err = { 0 };
	int pipe_ends[2];

	check_result(file_read(closed, 10, "x", &file, &err), REASON_IO, &err, "not for reading");
	check(err.os_errno == EBADF, "not for reading: errno", "%d", err.os_errno);
	check_result(file_read(directory, 10, "x", &file, &err), REASON_IO, &err, "read directory");
	check(err.os_errno == EISDIR, "read directory: errno", "%d", err.os_errno);
	check_result(file_read(zero, 100000, "x", &file, &err), REASON_IO, &err, "endless");
	check(err.os_errno == EFBIG, "endless: errno", "%d", err.os_errno);
	if (pipe2(pipe_ends, O_CLOEXEC))
		return;
	check(write(pipe_ends[1], "ab", 2) == 2 && close(pipe_ends[1]) == 0, "pipe", "not written");
	check_result(file_read(pipe_ends[0], 2, "x", &file, &err), REASON_NONE, &err, "read pipe");
	check(file.length == 2, "read pipe: bytes", "%zu", file.length);
	close(pipe_ends[0]);
}

static void
build(void)
{
	make_file("good", 0644);
	make_file("group", 0664);
	make_file("world", 0646);
	make_file("foreign", 0644);
	make_directory("d", 0755);
	make_file("d/good", 0400);
	make_directory("open", 0757);
	make_file("open/file", 0644);
	make_directory("open/sub", 0755);
	make_file("open/sub/file", 0644);
	make_directory("grouped", 0775);
	make_file("grouped/file", 0644);
	make_directory("sticky", 01777);
	make_file("sticky/file", 0644);
	make_file("sticky/foreign", 0644);
	make_file("sticky/world", 0666);
	make_directory("theirs", 0755);
	make_file("theirs/file", 0644);
	make_link("link", "good");
	make_link("dlink", "d");
	make_link("dangling", "nowhere");
	make_link("sticky/link", "../good");
	check(mkfifo(at("fifo"), 0600) == 0, "make", "fifo");
	check(chown(at("foreign"), FOREIGN_USER, 0) == 0, "make", "foreign");
	check(chown(at("sticky/foreign"), FOREIGN_USER, 0) == 0, "make", "sticky/foreign");
	check(chown(at("theirs"), FOREIGN_USER, 0) == 0, "make", "theirs");
}

static const struct {
	const char *path;
	const char *says; /* NULL: trusted */
	int os_errno;
} trust[] = {
	{ "good", NULL, 0 },
	{ "d/good", NULL, 0 },
	{ "sticky/file", NULL, 0 },
	{ "group", "mode 0664 lets others write it", 0 },
	{ "world", "mode 0646 lets others write it", 0 },
	{ "foreign", "belongs to user 4321", 0 },
	{ "open/file", "mode 0757 lets others write it", 0 },
	{ "open/sub/file", "mode 0757 lets others write it", 0 },
	{ "grouped/file", "mode 0775 lets others write it", 0 },
	{ "sticky/foreign", "belongs to user 4321", 0 },
	{ "sticky/world", "mode 0666 lets others write it", 0 },
	{ "theirs/file", "belongs to user 4321", 0 },
	{ "link", "a symbolic link", ELOOP },
	{ "dlink/good", "a symbolic link", ELOOP },
	{ "dangling", "a symbolic link", ELOOP },
	{ "sticky/link", "a symbolic link", ELOOP },
	{ "fifo", "not a regular file", 0 },
	{ "d", "not a regular file", 0 },
	{ "missing", "does not exist", ENOENT },
	{ "d/missing", "does not exist", ENOENT },
	{ "missing/good", "does not exist", ENOENT },
	{ "good/below", "not a directory", ENOTDIR },
	{ "d/../good", "plain path", 0 },
	{ "d/./good", "plain path", 0 },
	{ "d//good", "plain path", 0 },
	{ "d/", "plain path", 0 },
};

/* FD, which OPENED says was opened at PATH, is or is not what TRUST[ROW] wants. */
static void
check_trust(int fd, size_t row, const struct error *err)
{
	char bytes[8] = "";

	check_result(fd < 0 ? -1 : 0, trust[row].says ? REASON_CONFIG : REASON_NONE, err,
		trust[row].path);
	if (trust[row].says)
		check(fd < 0 && strstr(err->text, trust[row].says) &&
				err->os_errno == trust[row].os_errno,
			trust[row].path, "wanted \"%s\" (%d), got \"%s\" (%d)", trust[row].says,
			trust[row].os_errno, err->text, err->os_errno);
	else
		check(read(fd, bytes, 7) == 7 && strcmp(bytes, "content") == 0 &&
				fcntl(fd, F_GETFD) == FD_CLOEXEC,
			trust[row].path, "read %s", bytes);
}

static void
test_trust(void)
{
	cleanup_fd int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(trust); i++) {
		struct error err = { 0 }, at_err = { 0 };
		cleanup_fd int fd = file_open_trusted(at(trust[i].path), &err);
		cleanup_fd int at_fd = file_open_trusted_at(dir, trust[i].path, &at_err);

		check_trust(fd, i, &err);
		check_trust(at_fd, i, &at_err);
	}
}

static void
test_paths(void)
{
	static char longest[LIMIT_NAME_BYTES + 1];
	static const struct {
		const char *name, *path;
	} rows[] = {
		{ "relative", "etc/passwd" },
		{ "empty", "" },
		{ "only a slash", "/" },
		{ "two slashes", "//etc/passwd" },
		{ "too long", longest },
	};
	cleanup_fd int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };

	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_result(
			file_open_trusted(rows[i].path, &err), REASON_CONFIG, &err, rows[i].name);
	check_result(file_open_trusted_at(dir, "/etc/passwd", &err), REASON_CONFIG, &err,
		"absolute below a directory");
	check_result(file_open_trusted_at(dir, "", &err), REASON_CONFIG, &err,
		"empty below a directory");
}

static void
test_directory(void)
{
	static const struct {
		const char *path, *says;
	} rows[] = {
		{ "d", NULL },
		{ "sticky", NULL },
		{ "good", "not a directory" },
		{ "dlink", "a symbolic link" },
		{ "open", "lets others write" },
		{ "open/sub", "lets others write" },
		{ "theirs", "belongs to user 4321" },
		{ "missing", "does not exist" },
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		cleanup_fd int fd = file_open_trusted_directory(at(rows[i].path), &err);

		check_result(fd < 0 ? -1 : 0, rows[i].says ? REASON_CONFIG : REASON_NONE, &err,
			rows[i].path);
		if (rows[i].says)
			check(strstr(err.text, rows[i].says), rows[i].path, "%s", err.text);
		else
			check(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode), rows[i].path,
				"no directory");
	}
}

/* An anonymous file of one byte. */
static int
open_byte(char byte)
{
	int fd = memfd_create("byte", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, &byte, 1) == 1, "make", "a byte: %d", errno);
	return fd;
}

static char
reopened_byte(int fd)
{
	cleanup_fd int again = file_reopen_regular(fd);
	char byte = '?';

	return again >= 0 && read(again, &byte, 1) == 1 ? byte : '!';
}

/* A child reopens its own descriptors, not its parent's of the same number. */
static void
test_reopen_in_child(void)
{
	cleanup_fd int fd = open_byte('1');
	int status = -1;
	pid_t pid;

	check(reopened_byte(fd) == '1', "reopen: here", "%c", reopened_byte(fd));
	pid = fork();
	if (pid == 0)
		_exit(dup2(open_byte('2'), fd) != fd || reopened_byte(fd) != '2');
	check(waitpid(pid, &status, 0) == pid && status == 0, "reopen: in a child", "status %x",
		status);
	check(reopened_byte(fd) == '1', "reopen: here again", "%c", reopened_byte(fd));
}

static void
test_reopen(void)
{
	static const struct {
		const char *path;
		bool regular;
	} rows[] = { { "good", true }, { "d", false }, { "fifo", false }, { "link", false } };
	char bytes[8] = "";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_fd int held = open(at(rows[i].path), O_PATH | O_NOFOLLOW | O_CLOEXEC);
		cleanup_fd int fd = -1;

		errno = 0;
		fd = file_reopen(held);
		if (rows[i].regular)
			check(read(fd, bytes, 7) == 7, "reopen", "%s: %d", rows[i].path, errno);
		else
			check(fd < 0 && errno == EINVAL, "reopen: refused", "%s: %d", rows[i].path,
				errno);
	}
	check(file_reopen(-1) < 0 && errno == EBADF, "reopen: nothing", "%d", errno);
}

/* Links stay below the root, wherever they point. */
static void
test_read_in_root(void)
{
	static const struct {
		const char *path, *wanted; /* NULL: refused */
		int os_errno;
	} rows[] = {
		{ "inside/file", "inside", 0 },
		{ "/inside/file", "inside", 0 },
		{ "link", "inside", 0 },
		{ "absolute", "inside", 0 },
		{ "../../inside/file", "inside", 0 },
		{ "out", NULL, ENOENT },
		{ "nothing", NULL, ENOENT },
		{ "inside", NULL, 0 },
		{ "fifo", NULL, 0 },
		{ "large", NULL, EFBIG },
	};
	static char folder[] = "/tmp/nimgate-root-XXXXXX";
	char command[512];
	cleanup_fd int root = -1;

	if (!mkdtemp(folder))
		abort();
	snprintf(command, sizeof(command),
		"cd %s && mkdir inside && printf inside >inside/file && ln -s inside/file link && "
		"ln -s /inside/file absolute && ln -s ../../../etc/passwd out && mkfifo fifo && "
		"printf '%%0100d' 0 >large",
		folder);
	check(system(command) == 0, "root", "cannot be made");
	root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_bytes struct file_bytes bytes = { 0 };
		struct error err = { 0 };

		check_result(file_read_in_root(root, rows[i].path, 64, &bytes, &err),
			rows[i].wanted ? REASON_NONE : REASON_IO, &err, rows[i].path);
		check(err.os_errno == rows[i].os_errno, rows[i].path, "errno %d", err.os_errno);
		if (rows[i].wanted)
			check_text(bytes.bytes, rows[i].wanted, rows[i].path);
	}
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	check(system(command) == 0, "root", "cannot be removed");
}

int
main(void)
{
	char command[64];

	test_read();
	test_read_errors();
	test_read_in_root();
	if (geteuid() != 0) {
		check_skip("trusted files", "needs root to make files of other users");
		return check_end();
	}
	umask(022);
	if (!mkdtemp(base))
		return 1;
	build();
	test_trust();
	test_paths();
	test_directory();
	test_reopen();
	test_reopen_in_child();
	snprintf(command, sizeof(command), "rm -rf %s", base);
	check(system(command) == 0, "clean up", "%s", base);
	return check_end();
}
