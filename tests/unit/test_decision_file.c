/* The decision log's files, with writers that take turns, are killed, or do not know of turns. */
#include "gate/decision_file.h"

#include "base/mem.h"
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WRITERS = 6, LINES = 300, LINE_BYTES = 400 };

static char folder[] = "/tmp/nimgate-decisions.XXXXXX";
static char path[64];

static void
empty(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char name[400];

	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		unlink(name);
	}
	closedir(dir);
}

/* The bytes of a file that is GENERATION files old; "" where there is none. Static storage. */
static const char *
contents(const struct decision_file *file, unsigned int generation)
{
	static char text[4 << 20];
	char name[128];
	cleanup_fd int fd = -1;
	ssize_t length;

	decision_file_path(file, generation, name, sizeof(name));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[length < 0 ? 0 : length] = '\0';
	return text;
}

static int
append(const struct decision_file *file, const char *line)
{
	struct error err;

	return decision_file_append(file, line, strlen(line), &err);
}

static void
test_rotation(void)
{
	const struct decision_file file = { .path = path, .size_max = 8, .keep = 2 };

	empty();
	append(&file, "one\n");
	append(&file, "two\n");
	check_text(contents(&file, 0), "one\ntwo\n", "rotation: full to the byte");
	append(&file, "three\n");
	check_text(contents(&file, 0), "three\n", "rotation: the newest");
	check_text(contents(&file, 1), "one\ntwo\n", "rotation: the one before");
	append(&file, "a line that is longer than any file may be\n");
	append(&file, "four\n");
	check_text(contents(&file, 0), "four\n", "rotation: a long line has its file");
	check_text(contents(&file, 2), "three\n", "rotation: older ones move on");
	check_text(contents(&file, 3), "", "rotation: and go");
	empty();
}

/* Somebody was killed between two renames. */
static void
test_gap(void)
{
	const struct decision_file file = { .path = path, .size_max = 4, .keep = 3 };
	char from[128], to[128];

	append(&file, "one\n");
	append(&file, "two\n");
	append(&file, "tre\n");
	decision_file_path(&file, 1, from, sizeof(from));
	decision_file_path(&file, 3, to, sizeof(to));
	rename(from, to); /* now 0 and 2 and 3: the number 1 is free */
	append(&file, "for\n");
	check_text(contents(&file, 1), "tre\n", "gap: filled");
	check_text(contents(&file, 2), "one\n", "gap: nothing is written over");
	check_text(contents(&file, 3), "two\n", "gap: nothing goes before its time");
	empty();
}

static void
test_cut(void)
{
	const struct decision_file file = { .path = path, .size_max = 1000, .keep = 1 };

	append(&file, "one\n");
	append(&file, "cut by a full disk");
	append(&file, "two\n");
	check_text(contents(&file, 0), "one\ncut by a full disk\ntwo\n",
		"a line that was cut stays alone");
	empty();
}

/* A disk that takes a part of the line: RLIMIT_FSIZE cuts as it does. The line is not there at all,
 * its writer knows, and the next one is whole. */
static void
test_full(void)
{
	const struct decision_file file = { .path = path, .size_max = 100000, .keep = 1 };
	const struct rlimit full = { .rlim_cur = 10, .rlim_max = RLIM_INFINITY };
	const struct rlimit wide = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	struct error err;

	signal(SIGXFSZ, SIG_IGN);
	append(&file, "one\n");
	setrlimit(RLIMIT_FSIZE, &full);
	check_result(decision_file_append(&file, "a line too many\n", 16, &err), REASON_IO, &err,
		"full: said");
	check_text(contents(&file, 0), "one\n", "full: no part of the line stays");
	check(append(&file, "two..\n") == 0, "full: what fits is written", "not written");
	check_result(
		decision_file_append(&file, "x\n", 2, &err), REASON_IO, &err, "full: to the byte");
	setrlimit(RLIMIT_FSIZE, &wide);
	append(&file, "three\n");
	check_text(contents(&file, 0), "one\ntwo..\nthree\n", "full: the next is whole");
	empty();
}

/* Whoever holds the lock for long, and whoever cannot move files, loses no line. */
static void
test_no_turn(void)
{
	const struct decision_file file = { .path = path, .size_max = 4, .keep = 1 };
	cleanup_fd int fd = -1;

	append(&file, "one\n");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	flock(fd, LOCK_EX);
	check(append(&file, "two\n") == 0, "no turn: written all the same", "not written");
	check_text(contents(&file, 0), "one\ntwo\n", "no turn: behind the others");
	empty();
}

static void
test_refusals(void)
{
	const struct decision_file file = { .path = path, .size_max = 4, .keep = 1 };
	struct error err;
	struct stat st;

	if (symlink("/dev/null", path))
		perror(path);
	check_result(decision_file_append(&file, "x\n", 2, &err), REASON_IO, &err, "a link");
	unlink(path);
	mkfifo(path, 0600);
	check_result(decision_file_append(&file, "x\n", 2, &err), REASON_IO, &err, "a FIFO");
	unlink(path);
	append(&file, "x\n");
	check(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "its mode", "%o", st.st_mode);
	empty();
}

/* Lines of one writer, numbered, to the end or until it is killed. */
static pid_t
start_writer(const struct decision_file *file, int number)
{
	char line[LINE_BYTES + 1], head[32];
	pid_t pid = fork();
	int length;

	if (pid)
		return pid;
	for (int i = 0; i < LINES; i++) {
		length = snprintf(head, sizeof(head), "<%d:%d>", number, i);
		memset(line, 'x', LINE_BYTES);
		memcpy(line, head, (size_t)length);
		memcpy(line + LINE_BYTES - 2, ">\n", 3);
		append(file, line);
	}
	_exit(0);
}

/* Every line of all files: whole, and each once. Returns how many there are; *torn those that are
 * not whole. */
static int
count_lines(const struct decision_file *file, bool seen[WRITERS][LINES], int *torn)
{
	int count = 0, writer, line;

	*torn = 0;
	for (unsigned int i = 0; i <= file->keep; i++) {
		const char *at = contents(file, i), *end;

		for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
			if (end - at != LINE_BYTES - 1 || end[-1] != '>' ||
				sscanf(at, "<%d:%d>", &writer, &line) != 2 || seen[writer][line]) {
				++*torn;
				continue;
			}
			seen[writer][line] = true;
			count++;
		}
		*torn += *at != '\0';
	}
	return count;
}

static void
test_together(void)
{
	const struct decision_file file = { .path = path, .size_max = 20000, .keep = 99 };
	static bool seen[WRITERS][LINES];
	pid_t pids[WRITERS];
	int torn, count;
	struct stat st;
	char older[128];

	for (int i = 0; i < WRITERS; i++)
		pids[i] = start_writer(&file, i);
	for (int i = 0; i < WRITERS; i++)
		waitpid(pids[i], NULL, 0);
	count = count_lines(&file, seen, &torn);
	check(count == WRITERS * LINES && torn == 0, "together: no line is lost or torn",
		"%d of %d lines, %d torn", count, WRITERS * LINES, torn);
	decision_file_path(&file, WRITERS * LINES * LINE_BYTES / 20000 - 1, older, sizeof(older));
	check(stat(older, &st) == 0 && st.st_size == 20000, "together: full files",
		"%s: %lld bytes", older, (long long)st.st_size);
	empty();
}

/* Writers that are killed on the way: what they had written stays, and nobody else loses any. */
static void
test_killed(void)
{
	const struct decision_file file = { .path = path, .size_max = 3000, .keep = 999 };
	static bool seen[WRITERS][LINES];
	pid_t pids[WRITERS];
	int torn, whole = 0;

	for (int i = 0; i < WRITERS; i++)
		pids[i] = start_writer(&file, i);
	for (int i = 0; i < WRITERS / 2; i++) {
		usleep(3000);
		kill(pids[i], SIGKILL);
	}
	for (int i = 0; i < WRITERS; i++)
		waitpid(pids[i], NULL, 0);
	count_lines(&file, seen, &torn);
	for (int i = WRITERS / 2; i < WRITERS; i++)
		for (int j = 0; j < LINES; j++)
			whole += seen[i][j];
	check(whole == WRITERS / 2 * LINES && torn == 0, "killed: the others lose nothing",
		"%d of %d lines, %d torn", whole, WRITERS / 2 * LINES, torn);
	for (int i = 0; i < WRITERS / 2; i++)
		for (int j = 1; j < LINES; j++)
			if (seen[i][j] && !seen[i][j - 1])
				torn++;
	check(torn == 0, "killed: what they wrote stays", "%d gaps", torn);
	empty();
}

int
main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/log", folder);
	test_rotation();
	test_gap();
	test_cut();
	test_full();
	test_no_turn();
	test_refusals();
	test_together();
	test_killed();
	rmdir(folder);
	return check_end();
}
