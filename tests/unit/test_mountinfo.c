#include "base/mountinfo.h"

#include "tests/unit/gate_material.h"

#include <sched.h>

#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { REFUSED = 2, ENOUGH = 7 };

struct search {
	uint64_t id;
	const char *point;
	size_t seen;
	struct mountinfo found;
};

static int
find_id(void *context, const struct mountinfo *mount)
{
	struct search *search = context;

	search->seen++;
	if (mount->id != search->id)
		return 0;
	search->found = *mount;
	return ENOUGH;
}

/* The mount that we are on is in the list, with the type that the kernel gives it. */
static void
test_own(void)
{
	struct search search = { 0 };
	struct statx sx;
	cleanup_fd int here = open(".", O_PATH | O_CLOEXEC);

	material_need(statx(here, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) == 0, "statx");
	search.id = sx.stx_mnt_id;
	check(mountinfo_visit(0, find_id, &search) == ENOUGH, "own mount", "not in the list");
	check(mountinfo_below(material_folder, search.found.point) != NULL, "own mount: point",
		"%s", search.found.point);
	check(search.found.type[0] && search.found.root[0] == '/', "own mount: fields", "%s %s",
		search.found.type, search.found.root);
	search.id = UINT64_MAX;
	search.seen = 0;
	check(mountinfo_visit(getpid(), find_id, &search) == 0 && search.seen > 0, "no such mount",
		"%zu seen", search.seen);
	check(mountinfo_visit(INT32_MAX, find_id, &search) == -1 && errno == ENOENT,
		"no such process", "errno %d", errno);
}

static int
find_point(void *context, const struct mountinfo *mount)
{
	struct search *search = context;

	search->found = *mount;
	return strcmp(mount->point, search->point) == 0;
}

/* A mount of its own, at a place whose name the kernel escapes, showing a directory whose name it
 * escapes, too. */
static int
mount_strangely(void)
{
	static const unsigned long kinds[] = { MS_PRIVATE, MS_SHARED, MS_SLAVE | MS_REC };

	char point[LIMIT_NAME_BYTES], root[LIMIT_NAME_BYTES];
	struct search search = { .point = point };

	snprintf(point, sizeof(point), "%s/a b\\c\nd\te", material_folder);
	snprintf(root, sizeof(root), "%s/r o#", material_folder);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mkdir(point, 0755) || mkdir(root, 0755) || mount(root, point, NULL, MS_BIND, NULL))
		return REFUSED;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (mount(NULL, point, NULL, kinds[i], NULL) ||
			mountinfo_visit(0, find_point, &search) != 1 ||
			search.found.shared != (kinds[i] == MS_SHARED))
			return 1;
	return mountinfo_visit(0, find_point, &search) != 1 || !strstr(search.found.root, "/r o#");
}

static void
test_escapes(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(mount_strangely());
	material_need(waitpid(child, &status, 0) == child, "wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		check_skip("escapes", "no mount namespace can be had");
	else
		check(status == 0, "escapes", "status %d", status);
}

static void
test_below(void)
{
	static const struct {
		const char *path, *folder, *wanted;
	} rows[] = {
		{ "/a/b", "/a", "/b" },
		{ "/a", "/a", "" },
		{ "/ab", "/a", NULL },
		{ "/a/b", "/", "/a/b" },
		{ "/", "/", "/" },
		{ "/b", "/a", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = mountinfo_below(rows[i].path, rows[i].folder);

		check(got == rows[i].wanted ||
				(got && rows[i].wanted && strcmp(got, rows[i].wanted) == 0),
			rows[i].path, "below %s: %s", rows[i].folder, got ? got : "(null)");
	}
}

int
main(void)
{
	material_enter();
	test_own();
	test_escapes();
	test_below();
	return check_failures ? 1 : 0;
}
