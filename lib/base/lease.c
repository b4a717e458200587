#include "base/lease.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
lease_take(int fd, bool *held, struct error *err)
{
	bool leased = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;

	if (!leased && (errno == EAGAIN || errno == EBUSY))
		return error_set(err, REASON_BUSY, errno, "somebody has it open for writing");
	/* Else not ours and no CAP_LEASE, or a file system without leases: the comparison of times
	 * remains. Read-only and special file systems have nothing to flush. */
	if (fsync(fd) && errno != EROFS && errno != EINVAL)
		return error_set_os(err, REASON_IO, errno, "cannot be flushed");
	*held = leased;
	return 0;
}

bool
lease_is_held(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_RDLCK;
}

void
lease_drop(int fd)
{
	fcntl(fd, F_SETLEASE, F_UNLCK);
}
