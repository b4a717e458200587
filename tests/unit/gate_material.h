/*
 * What the tests of the gate share: a folder of their own, the things that lie in it, and refusals
 * whose words count.
 */
#pragma once

#include "base/limits.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char material_folder[] = "/tmp/nimgate_test.XXXXXX";
static pid_t material_owner;

/* Ends the program where a test cannot go on; the runner counts that as a failure. */
static inline void
material_need(bool met, const char *what)
{
	if (met)
		return;
	printf("not ok %s: the test cannot go on (errno %d)\n", what, errno);
	exit(1);
}

static inline int
material_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void
material_leave(void)
{
	/* Not in a child that ends by exit(). */
	if (getpid() == material_owner)
		nftw(material_folder, material_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Makes the folder, which goes when the program ends, and the working directory of it. */
static inline void
material_enter(void)
{
	material_need(mkdtemp(material_folder) && chdir(material_folder) == 0, "folder");
	material_owner = getpid();
	atexit(material_leave);
	umask(022);
}

/* The absolute path of NAME in the folder; static storage, one at a time. */
static inline const char *
material_path(const char *name)
{
	static char path[LIMIT_NAME_BYTES];

	snprintf(path, sizeof(path), "%s/%s", material_folder, name);
	return path;
}

/* Makes the directories above PATH. */
static inline void
material_parents(const char *path)
{
	char part[LIMIT_NAME_BYTES];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		material_need(mkdir(part, 0755) == 0 || errno == EEXIST, part);
	}
}

static inline void
material_directory(const char *path)
{
	material_parents(path);
	material_need(mkdir(path, 0755) == 0, path);
}

static inline void
material_file(const char *path, const char *content)
{
	material_parents(path);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	material_need(
		fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content), path);
}

static inline void
material_link(const char *path, const char *target)
{
	material_parents(path);
	material_need(symlink(target, path) == 0, path);
}

static inline void
material_fifo(const char *path)
{
	material_parents(path);
	material_need(mkfifo(path, 0644) == 0, path);
}

/* As check_result(), and the text must hold WORDS: many rules share one reason. */
static inline void
material_check(int result, enum reason wanted, const char *words, const struct error *err,
	const char *name)
{
	if (result == 0 || err->reason != wanted || !words)
		check_result(result, wanted, err, name);
	else
		check(strstr(err->text, words), name, "wanted \"%s\" in \"%s\"", words, err->text);
}
