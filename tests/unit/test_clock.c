#include "base/clock.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <time.h>

static void
test_format(void)
{
	static const struct {
		int64_t seconds;
		const char *wanted;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 1795579675, "2026-11-25T04:07:55Z" },
		{ 2147483648, "2038-01-19T03:14:08Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ -62167219200, "0000-01-01T00:00:00Z" },
		{ -62135596800, "0001-01-01T00:00:00Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
	};
	char out[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_text(clock_format(rows[i].seconds, out), rows[i].wanted, rows[i].wanted);
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		int64_t wanted;
	} rows[] = {
		{ "1970-01-01", 0 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "2026-11-25T04:07:55Z", 1795579675 },
		{ "2024-02-29", 1709164800 },
		{ "2000-02-29", 951782400 },
		{ "2038-01-19T03:14:08Z", 2147483648 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
		{ "0000-01-01", -62167219200 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t got = -7;

		check(clock_parse(rows[i].text, &got) == 0 && got == rows[i].wanted, rows[i].text,
			"got %lld", (long long)got);
	}
}

static void
test_refusals(void)
{
	static const char *const rows[] = {
		"",
		"2026",
		"2026-11",
		"2026-1-2",
		"2026- 1- 2",
		" 2026-11-25",
		"+026-11-25",
		"-026-11-25",
		"2026-11-25 ",
		"2026-11-25T",
		"2026-11-25T04:07:55",
		"2026-11-25T04:07:55z",
		"2026-11-25t04:07:55Z",
		"2026-11-25 04:07:55Z",
		"2026-11-25T04:07Z",
		"2026-11-25T4:07:55Z",
		"2026-11-25T+4:07:55Z",
		"2026-11-25T04:07:55+00:00",
		"2026-11-25T04:07:55.5Z",
		"2026-11-25T04:07:55Zx",
		"2026/11/25",
		"12026-11-25",
		"2026-00-10",
		"2026-13-10",
		"2026-11-00",
		"2026-11-31",
		"2026-02-29",
		"1900-02-29",
		"2026-01-32",
		"2026-11-25T24:00:00Z",
		"2026-11-25T23:60:00Z",
		"2026-11-25T23:59:60Z",
		"####-##-##",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t got = -7;

		check(clock_parse(rows[i], &got) == -1 && got == -7, "refused date",
			"'%s' gave %lld", rows[i], (long long)got);
	}
}

int
main(void)
{
	int64_t before = clock_monotonic_ms(), now = clock_now();
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	test_format();
	test_parse();
	test_refusals();
	nanosleep(&pause, NULL);
	check(clock_monotonic_ms() - before >= 20, "monotonic: in milliseconds", "stands still");
	check(now - time(NULL) < 2 && time(NULL) - now < 5, "now", "%lld", (long long)now);
	return check_end();
}
