#include "base/memory.h"

#include "base/mem.h"
#include "base/text.h"

#include <fcntl.h>
#include <string.h>

#define NAME "\nMemAvailable:"

uint64_t
memory_available(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line, *digits;
	uint64_t kib;

	if (got <= 0)
		return 0;
	text[got] = '\0';
	line = strstr(text, NAME);
	if (!line)
		return 0;
	digits = line + strlen(NAME);
	digits += strspn(digits, " ");
	if (text_parse_count(digits, strspn(digits, "0123456789"), &kib) || kib > INT64_MAX >> 10)
		return 0;
	return kib << 10;
}
