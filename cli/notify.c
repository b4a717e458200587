#include "cli/notify.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	MESSAGE_BYTES = 1024, /* a label and a few words */
	PATIENCE_US = 60 * 1000000,
	TELL_MS = 1000,
};

/* The address that NOTIFY_SOCKET names: a path, or after '@' an abstract name. Returns its length,
 * or 0 where there is none that we understand. */
static socklen_t
find_address(struct sockaddr_un *out)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name ? strlen(name) : 0;

	if (length < 2 || length >= sizeof(out->sun_path) || (name[0] != '/' && name[0] != '@'))
		return 0;
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(out->sun_path, name, length);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	/* An abstract name has no end of its own: each byte of the length counts. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
}

bool
notify_send(const char *format, ...)
{
	struct sockaddr_un address;
	socklen_t address_length = find_address(&address);
	char message[MESSAGE_BYTES];
	cleanup_fd int fd = -1;
	va_list args;
	int length;

	if (!address_length)
		return false;
	va_start(args, format);
	length = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (length <= 0 || length >= (int)sizeof(message))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && sendto(fd, message, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT,
				  (const struct sockaddr *)&address, address_length) == length;
}

void
notify_progress(const char *label, uint64_t done, uint64_t total)
{
	static const char *told_label;
	static int64_t told_ms;
	int64_t now = clock_monotonic_ms();

	if (told_label == label && now - told_ms < TELL_MS)
		return;
	told_label = label;
	told_ms = now;
	notify_send("STATUS=%s: %u %%\nEXTEND_TIMEOUT_USEC=%d\n", label,
		(unsigned int)(total ? 100.0 * (double)done / (double)total : 0), PATIENCE_US);
}
