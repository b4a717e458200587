#include "base/clock.h"

#include <stdio.h>
#include <time.h>

enum { YEAR_FIRST = 1900, MONTHS = 12 };

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
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

int
clock_parse(const char *text, int64_t *out)
{
	struct tm tm = { 0 }, back;
	int end = 0, year, month, day;
	time_t when;

	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3)
		return -1;
	if (text[end] != '\0') {
		int tail = 0;

		if (sscanf(text + end, "T%2d:%2d:%2dZ%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
			    &tail) != 3 ||
			!tail || text[end + tail] != '\0')
			return -1;
	}
	if (month < 1 || month > MONTHS || year < YEAR_FIRST)
		return -1;
	tm.tm_year = year - YEAR_FIRST;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	when = timegm(&tm);
	/* timegm() turns 31 February into March: what does not come back unchanged did not exist.
	 */
	gmtime_r(&when, &back);
	if (back.tm_mday != day || back.tm_mon != month - 1 || tm.tm_hour > 23 || tm.tm_min > 59 ||
		tm.tm_sec > 59)
		return -1;
	*out = when;
	return 0;
}
