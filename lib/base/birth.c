#include "base/birth.h"

#include "base/boot.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Of /proc/PID/stat, from 1 (proc(5)). */
enum {
	PARENT_FIELD = 4,
	STARTED_FIELD = 22,
};

static uint64_t
read_field(pid_t pid, int wanted)
{
	cleanup_bytes struct file_bytes file = { 0 };
	char path[64];
	struct error ignored;
	cleanup_fd int fd = -1;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, LIMIT_KERNEL_FILE_BYTES, path, &file, &ignored))
		return 0;
	/* Its name, the second field, may hold anything but stands before the last bracket. */
	at = memrchr(file.bytes, ')', file.length);
	for (int field = 2; at && field < wanted; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

uint64_t
birth_read_ticks(pid_t pid)
{
	return read_field(pid, STARTED_FIELD);
}

pid_t
birth_read_parent(pid_t pid)
{
	return (pid_t)read_field(pid, PARENT_FIELD);
}

int
birth_read(pid_t pid, struct birth *out)
{
	struct birth birth = { .pid = pid, .ticks = birth_read_ticks(pid) };
	struct boot boot;
	struct error ignored;

	if (birth.ticks == 0 || boot_read(&boot, &ignored))
		return -1;
	text_format_hex(birth.boot, boot.id, sizeof(boot.id));
	*out = birth;
	return 0;
}
