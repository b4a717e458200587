#include "base/memfile.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Headers older than Linux 6.3 lack it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x8u
#endif

int
memfile_open(const char *name)
{
	/* Some releases of Linux refuse it without, where vm.memfd_noexec is 2; older ones with. */
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

int
memfile_make(const char *name, const void *bytes, size_t length, struct error *err)
{
	cleanup_fd int fd = memfile_open(name);

	if (fd < 0 || file_write_all(fd, bytes, length) || lseek(fd, 0, SEEK_SET) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		return error_set_os(err, REASON_INTERNAL, errno, "%s: no file in memory", name);
	return take_fd(&fd);
}
