#include "base/turn.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

bool
turn_take(int fd)
{
	static const struct timespec moment = { .tv_nsec = 200000 };
	const int64_t end_ms = clock_monotonic_ms() + TURN_PATIENCE_MS;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_monotonic_ms() >= end_ms)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}
