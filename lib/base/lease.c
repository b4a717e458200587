#include "base/lease.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_NS = 20 * 1000 * 1000, /* the coarsest clock of file times goes by 10 ms */
	TRIES = 4,                  /* to find a moment in which nobody writes */
};

static bool
is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Another change at this moment may get the same times. */
static bool
is_fresh(const struct stat *st)
{
	struct timespec now, then;

	clock_gettime(CLOCK_REALTIME, &now);
	then = now;
	then.tv_sec -= then.tv_nsec < TICK_NS;
	then.tv_nsec += (then.tv_nsec < TICK_NS ? 1000 * 1000 * 1000 : 0) - TICK_NS;
	return !is_before(&st->st_ctim, &then) && !is_before(&now, &st->st_ctim);
}

static bool
same_times(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * Writes dirty pages back, after which the next store to each of them moves the times. A store
 * between that and our look at them would hide all later ones to its page: hence the look before,
 * too. Read-only and special file systems have nothing to flush.
 */
static int
flush(int fd, struct stat *st, struct error *err)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	struct stat before;

	for (int i = 0; i < TRIES; i++) {
		before = *st;
		if (is_fresh(&before))
			nanosleep(&tick, NULL);
		if ((fsync(fd) && errno != EROFS && errno != EINVAL) || fstat(fd, st))
			return error_set_os(err, REASON_IO, errno, "cannot be flushed");
		if (same_times(&before, st))
			return 0;
	}
	return error_set(err, REASON_BUSY, 0, "somebody writes it");
}

int
lease_take(int fd, struct lease *out, struct error *err)
{
	struct lease lease = { .held = fcntl(fd, F_SETLEASE, F_RDLCK) == 0 };

	if (!lease.held && (errno == EAGAIN || errno == EBUSY))
		return error_set(err, REASON_BUSY, errno, "somebody has it open for writing");
	if (fstat(fd, &lease.st))
		return error_set_os(err, REASON_IO, errno, "cannot be examined");
	/* Not ours and no CAP_LEASE, or a file system without leases, or one that does not count
	 * mappings: the comparison of times remains. */
	lease.flushed = !lease.held || !file_is_on_disk(fd);
	if (lease.flushed && flush(fd, &lease.st, err))
		return -1;
	*out = lease;
	return 0;
}

bool
lease_is_held(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_RDLCK;
}

bool
lease_is_kept(const struct lease *lease, int fd)
{
	struct stat now;

	if (fstat(fd, &now) || now.st_size != lease->st.st_size ||
		(lease->held && !lease_is_held(fd)))
		return false;
	/* Where the lease counts mappings, times that were set, or a new link, are no change. */
	return !lease->flushed || same_times(&lease->st, &now);
}
