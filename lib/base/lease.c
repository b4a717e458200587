#include "base/lease.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
lease_take(int fd, struct lease *out, struct error *err)
{
	struct lease lease = { .held = fcntl(fd, F_SETLEASE, F_RDLCK) == 0 };

	if (!lease.held && (errno == EAGAIN || errno == EBUSY))
		return error_set(err, REASON_BUSY, errno, "somebody has it open for writing");
	/* Not ours and no CAP_LEASE, or a file system without leases, or one that does not count
	 * mappings: the comparison of times remains. Read-only and special file systems have
	 * nothing to flush. */
	lease.flushed = !lease.held || !file_is_on_disk(fd);
	if (lease.flushed && fsync(fd) && errno != EROFS && errno != EINVAL)
		return error_set_os(err, REASON_IO, errno, "cannot be flushed");
	*out = lease;
	return 0;
}

bool
lease_is_held(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_RDLCK;
}
