#include "hash/share.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Opens the file of seats. Returns a descriptor, or -1. */
static int
open_seats(const char *directory)
{
	struct error ignored;
	struct stat st;
	cleanup_fd int dir = -1;
	cleanup_fd int fd = -1;

	mkdir(directory, 0700); /* may be there */
	dir = file_open_trusted_directory(directory, &ignored);
	if (dir < 0)
		return -1;
	fd = openat(dir, "hashing", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	/* Who could open it could take all seats. */
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & (S_IRWXG | S_IRWXO)))
		return -1;
	return take_fd(&fd);
}

/* A lock of LENGTH seats from FIRST on; of the open file, not of the process. */
static struct flock
seats(size_t first, size_t length)
{
	return (struct flock){ .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)first,
		.l_len = (off_t)length };
}

/* True if others have one of these seats. */
static bool
is_taken(int fd, size_t first, size_t length)
{
	struct flock lock = seats(first, length);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Takes the first free seat; *seat is SHARE_SEATS where there is none. Returns 0, or -1 where locks
 * cannot be had. */
static int
sit_down(int fd, size_t *seat)
{
	for (*seat = 0; *seat < SHARE_SEATS; ++*seat) {
		struct flock lock = seats(*seat, 1);

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			break;
		if (errno != EAGAIN && errno != EACCES)
			return -1;
	}
	return 0;
}

/* Those before SEAT were all taken; some may have left since, which does no harm. */
static size_t
count_others(int fd, size_t seat)
{
	size_t others = seat;

	if (seat + 1 >= SHARE_SEATS || !is_taken(fd, seat + 1, SHARE_SEATS - seat - 1))
		return others;
	for (size_t i = seat + 1; i < SHARE_SEATS; i++)
		others += is_taken(fd, i, 1);
	return others;
}

void
share_take(const char *directory, size_t wanted, struct share *out)
{
	struct share share = { .fd = open_seats(directory) };
	size_t seat;

	if (share.fd >= 0 && sit_down(share.fd, &seat) == 0)
		share.others = count_others(share.fd, seat);
	share.threads = (wanted + share.others) / (share.others + 1);
	share.threads = share.threads ? share.threads : 1;
	*out = share;
}

void
share_end(struct share *share)
{
	mem_close_fd(&share->fd);
	share->fd = -1;
}
