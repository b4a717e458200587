#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Formats at TEXT (SIZE bytes). A text that does not fit ends in "...", so that nobody takes it for
 * whole. A byte that is not printable ASCII becomes '?': where a caller forgot to quote, a terminal
 * must not obey it.
 */
static void __attribute__((format(printf, 3, 0)))
format_text(char *text, size_t size, const char *format, va_list args)
{
	int length = vsnprintf(text, size, format, args);

	if (length < 0)
		text[0] = '\0';
	else if ((size_t)length >= size && size > 4)
		memcpy(text + size - 4, "...", 4);
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

void
error_set_text(struct error *err, enum reason reason, int os_errno, const char *format, ...)
{
	va_list args;

	err->reason = reason;
	err->os_errno = os_errno;
	va_start(args, format);
	format_text(err->text, sizeof(err->text), format, args);
	va_end(args);
}

void
error_set_os_text(struct error *err, enum reason reason, int os_errno, const char *format, ...)
{
	char what[LIMIT_ERROR_TEXT + 1];
	va_list args;

	va_start(args, format);
	format_text(what, sizeof(what), format, args);
	va_end(args);
	error_set_text(err, reason, os_errno, "%s (%s)", what, error_os_words(os_errno));
}

void
error_wrap_text(struct error *err, const char *format, ...)
{
	char prefix[LIMIT_ERROR_TEXT + 1], whole[2 * LIMIT_ERROR_TEXT + 4];
	va_list args;

	va_start(args, format);
	format_text(prefix, sizeof(prefix), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "%s: %s", prefix, err->text);
	error_set_text(err, err->reason, err->os_errno, "%s", whole);
}

const char *
error_os_words(int os_errno)
{
	static const struct {
		int os_errno;
		const char *words;
	} table[] = {
		{ ENOENT, "does not exist" },
		{ ENOTDIR, "part of the path is not a directory" },
		{ EISDIR, "is a directory" },
		{ EACCES, "access refused by the system" },
		{ EPERM, "not allowed by the system" },
		{ ELOOP, "a link where none is allowed" },
		{ EXDEV, "lies outside the directory, or on another mount" },
		{ EMFILE, "too many open files" },
		{ ENFILE, "too many open files on the host" },
		{ ENOMEM, "out of memory" },
		{ EIO, "input/output error" },
		{ ENOSYS, "the kernel has no such call" },
		{ EINVAL, "not valid" },
		{ EEXIST, "exists already" },
		{ ENOSPC, "no space left" },
		{ EROFS, "read-only file system" },
		{ ENAMETOOLONG, "name too long" },
		{ ESTALE, "stale network file" },
		{ ETIMEDOUT, "timed out" },
		{ EPIPE, "the other side is gone" },
		{ ESRCH, "the process is gone" },
	};
	static _Thread_local char number[32];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].os_errno == os_errno)
			return table[i].words;
	snprintf(number, sizeof(number), "system error %d", os_errno);
	return number;
}
