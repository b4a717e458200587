#include "base/boot.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <limits.h>
#include <time.h>

#define S INT64_C(1000000000)

static void
test_read(void)
{
	struct boot boot = { 0 }, later;
	struct error err = { 0 };
	struct timespec now, up;
	char text[40] = "";
	char digits[40];
	cleanup_file FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int64_t started;
	size_t at = 0;

	check_result(boot_read(&boot, &err), REASON_NONE, &err, "read");
	for (size_t i = 0; i < sizeof(boot.id); i++)
		at += (size_t)sprintf(digits + at, "%s%02x",
			i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", boot.id[i]);
	if (!file || !fgets(text, sizeof(text), file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	check_text(digits, text, "the kernel's id");
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	started = (now.tv_sec - up.tv_sec) * S + now.tv_nsec - up.tv_nsec;
	check(boot.started_ns - started < S / 10 && started - boot.started_ns < S / 10,
		"when it started", "%lld ns off", (long long)(boot.started_ns - started));
	later = boot;
	later.started_ns = 0;
	check_result(boot_read_clock(&later, &err), REASON_NONE, &err, "the clock again");
	check(boot_equal(&boot, &later), "the clock again: as before", "not");
}

static void
test_equal(void)
{
	static const struct {
		const char *name;
		int64_t first, second;
		bool equal;
	} clocks[] = {
		{ "the same", 5 * S, 5 * S, true },
		{ "slewed", 5 * S, 6 * S - 1, true },
		{ "set forward", 5 * S, 6 * S, false },
		{ "slewed back", 5 * S, 4 * S + 1, true },
		{ "set back", 5 * S, 4 * S, false },
		{ "around zero", -S / 4, S / 4, true },
		{ "as far as can be", INT64_MIN, INT64_MAX, false },
		{ "as far, and back", INT64_MAX, INT64_MIN, false },
	};
	struct boot a = { .id = { 1 } }, b = { .id = { 1 } };
	int missed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		a.started_ns = clocks[i].first;
		b.started_ns = clocks[i].second;
		check(boot_equal(&a, &b) == clocks[i].equal, clocks[i].name, "equal %d",
			!clocks[i].equal);
	}
	b = a;
	for (size_t i = 0; i < sizeof(b.id); i++) {
		b.id[i] ^= 0x80;
		missed += boot_equal(&a, &b);
		b.id[i] ^= 0x80;
	}
	check(missed == 0 && boot_equal(&a, &b), "every byte of the id", "%d missed", missed);
}

int
main(void)
{
	test_read();
	test_equal();
	return check_end();
}
