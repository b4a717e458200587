#include "base/boot.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

enum {
	NS = 1000 * 1000 * 1000,
	NARROW_NS = 100 * 1000 * 1000, /* between two looks at one clock */
	TRIES = 16,
	ID_TEXT = 36, /* five groups of digits, with hyphens between them */
};

static int64_t
nanoseconds(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NS + now.tv_nsec;
}

/* The digits of TEXT without the hyphens. */
static int
parse_id(const char *text, size_t length, uint8_t id[static BOOT_ID_BYTES])
{
	char digits[ID_TEXT + 1];
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		if (text[i] != '-' && text[i] != '\n')
			digits[count++] = text[i];
	return text_parse_hex(digits, count, id, BOOT_ID_BYTES);
}

int
boot_read_clock(struct boot *boot, struct error *err)
{
	int64_t before, real, after;

	for (int i = 0; i < TRIES; i++) {
		before = nanoseconds(CLOCK_BOOTTIME);
		real = nanoseconds(CLOCK_REALTIME);
		after = nanoseconds(CLOCK_BOOTTIME);
		/* Whoever was interrupted here for long knows nothing. */
		if (after - before < NARROW_NS) {
			boot->started_ns = real - before;
			return 0;
		}
	}
	return error_set(err, REASON_IO, 0, "the clocks cannot be compared");
}

int
boot_read(struct boot *out, struct error *err)
{
	char text[ID_TEXT + 1];
	struct boot boot = { 0 };
	ssize_t got;
	cleanup_fd int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "the id of this boot");
	got = read(fd, text, sizeof(text));
	if (got < ID_TEXT || parse_id(text, (size_t)got, boot.id))
		return error_set(err, REASON_IO, 0, "the id of this boot cannot be read");
	if (boot_read_clock(&boot, err))
		return -1;
	*out = boot;
	return 0;
}

bool
boot_equal(const struct boot *a, const struct boot *b)
{
	int64_t first = a->started_ns < b->started_ns ? a->started_ns : b->started_ns;
	int64_t last = a->started_ns < b->started_ns ? b->started_ns : a->started_ns;

	/* As unsigned: the distance of two numbers of any file may be larger than int64_t. */
	return memcmp(a->id, b->id, sizeof(a->id)) == 0 && (uint64_t)last - (uint64_t)first < NS;
}
