#include "base/crowd.h"

#include "tests/unit/gate_material.h"

#include <time.h>

/* Files of a folder, in no order: how many, and which of them is the oldest. */
static void
test_look(void)
{
	static const struct {
		const char *name;
		time_t written;
	} files[] = { { "c", 300 }, { ".hidden", 1 }, { "a", 200 }, { "b", 100 }, { "d", 250 } };
	struct crowd crowd;
	cleanup_fd int fd = -1;

	material_directory("crowd");
	fd = open("crowd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	crowd_look(fd, &crowd);
	check(crowd.count == 0 && !crowd.oldest[0], "empty", "%zu", crowd.count);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
			{ .tv_sec = files[i].written } };
		char path[64];

		snprintf(path, sizeof(path), "crowd/%s", files[i].name);
		material_file(path, "");
		material_need(utimensat(AT_FDCWD, path, times, 0) == 0, path);
	}
	crowd_look(fd, &crowd);
	check(crowd.count == 4, "those without a dot", "%zu", crowd.count);
	check_text(crowd.oldest, "b", "the oldest");
	check(crowd.written_s == 100, "its time", "%lld", (long long)crowd.written_s);
	/* A link counts as what it is, not as what it leads to. */
	material_link("crowd/link", "b");
	crowd_look(fd, &crowd);
	check(crowd.count == 5 && crowd.written_s == 100, "a link", "%zu", crowd.count);
	check_text(crowd.oldest, "b", "a link is as old as itself");
}

static void
test_unreadable(void)
{
	struct crowd crowd = { .count = 7 };
	cleanup_fd int fd = -1;

	material_file("file", "");
	fd = open("file", O_RDONLY | O_CLOEXEC);
	crowd_look(fd, &crowd);
	check(crowd.count == 0 && !crowd.oldest[0], "no folder", "%zu", crowd.count);
	crowd_look(-1, &crowd);
	check(crowd.count == 0, "nothing", "%zu", crowd.count);
}

int
main(void)
{
	material_enter();
	test_look();
	test_unreadable();
	return check_end();
}
