#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

enum { YEAR_FIRST = 1900 }; /* of struct tm */

int64_t
clock_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

char *
clock_format(int64_t seconds, char out[static 32])
{
	static const int64_t first = -62167219200,
			     last = 253402300799; /* 0000-01-01 and 9999-12-31 */
	time_t when = seconds < first ? first : seconds > last ? last : seconds;
	struct tm tm;

	gmtime_r(&when, &tm);
	/* Not strftime(): its %Y has fewer than four digits before the year 1000. */
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", (tm.tm_year + YEAR_FIRST) % 10000,
		(tm.tm_mon + 1) % 100, tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
		tm.tm_sec % 100);
	return out;
}

/* True if each '#' of FORM is a digit of TEXT and all else is as it stands. */
static bool
has_form(const char *text, const char *form)
{
	for (; *form; form++, text++)
		if (*form == '#' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return *text == '\0';
}

/* The number that the COUNT digits at TEXT are. */
static int
number(const char *text, size_t count)
{
	int value = 0;

	while (count--)
		value = value * 10 + (*text++ - '0');
	return value;
}

int
clock_parse(const char *text, int64_t *out)
{
	bool with_time = has_form(text, "####-##-##T##:##:##Z");
	struct tm tm = { 0 }, back;
	time_t when;

	if (!with_time && !has_form(text, "####-##-##"))
		return -1;
	tm.tm_year = number(text, 4) - YEAR_FIRST;
	tm.tm_mon = number(text + 5, 2) - 1;
	tm.tm_mday = number(text + 8, 2);
	if (with_time) {
		tm.tm_hour = number(text + 11, 2);
		tm.tm_min = number(text + 14, 2);
		tm.tm_sec = number(text + 17, 2);
	}
	back = tm;
	when = timegm(&back);
	/* timegm() turns 31 February into March: what does not come back unchanged did not exist.
	 */
	gmtime_r(&when, &back);
	if (back.tm_year != tm.tm_year || back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday ||
		back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec)
		return -1;
	*out = when;
	return 0;
}
