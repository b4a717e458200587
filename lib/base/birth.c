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

enum { STARTED_FIELD = 22 /* of /proc/PID/stat, from 1 (proc(5)) */ };

uint64_t
birth_read_ticks(pid_t pid)
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
	for (int field = 2; at && field < STARTED_FIELD; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at + 1, NULL, 10) : 0;
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
