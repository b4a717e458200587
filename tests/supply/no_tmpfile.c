/*
 * For LD_PRELOAD: a file system without nameless files (O_TMPFILE).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

int
openat(int dir, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "openat");
	return real(dir, path, flags, mode);
}
