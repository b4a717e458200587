/* What a service manager receives: a socket of ours in its place. */
#include "cli/notify.h"

#include "base/mem.h"
#include "check.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A bound datagram socket; NAME begins with '@' for an abstract one. */
static int
listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++;
	if (bind(fd, (const struct sockaddr *)&address, length)) {
		perror(name);
		exit(1);
	}
	return fd;
}

static const char *
receive(int fd)
{
	static char text[2048];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? "(nothing)" : text;
}

static void
test_sockets(const char *directory)
{
	char path[108], abstract[64];
	cleanup_fd int by_path = -1, by_name = -1;

	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(abstract, sizeof(abstract), "@nimgate-test-%d", (int)getpid());
	by_path = listen_at(path);
	by_name = listen_at(abstract);
	setenv("NOTIFY_SOCKET", path, 1);
	check(notify_send("READY=1\nSTATUS=%s\n", "here"), "a path", "not sent");
	check_text(receive(by_path), "READY=1\nSTATUS=here\n", "a path: what is received");
	setenv("NOTIFY_SOCKET", abstract, 1);
	check(notify_send("STOPPING=1\n"), "an abstract name", "not sent");
	check_text(receive(by_name), "STOPPING=1\n", "an abstract name: what is received");
	unlink(path);
}

static void
test_progress(const char *directory)
{
	static const char label[] = "nim/meta/llama:1", other[] = "other";
	char path[108];
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/progress", directory);
	fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify_progress(label, 37, 100);
	check_text(receive(fd), "STATUS=nim/meta/llama:1: 37 %\nEXTEND_TIMEOUT_USEC=60000000\n",
		"progress");
	notify_progress(label, 38, 100);
	check_text(receive(fd), "(nothing)", "not more than once a second");
	notify_progress(other, 0, 0);
	check_text(receive(fd), "STATUS=other: 0 %\nEXTEND_TIMEOUT_USEC=60000000\n",
		"but at once for another model, of no bytes");
	unlink(path);
}

static void
test_nobody(const char *directory)
{
	char long_text[1100], path[108];
	static const char *const names[] = { "", "/", "relative", "@", "vsock:2:1",
		"/there/is/no/such/socket" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		check(!notify_send("READY=1\n"), names[i], "sent to somebody");
	}
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	setenv("NOTIFY_SOCKET", long_text, 1);
	check(!notify_send("READY=1\n"), "a name that is too long", "sent to somebody");
	unsetenv("NOTIFY_SOCKET");
	check(!notify_send("READY=1\n"), "nobody asked", "sent to somebody");
	snprintf(path, sizeof(path), "%s/long", directory);
	{
		cleanup_fd int fd = listen_at(path);

		setenv("NOTIFY_SOCKET", path, 1);
		check(!notify_send("STATUS=%s\n", long_text), "a message that is too long", "sent");
		check_text(receive(fd), "(nothing)", "is not sent in parts");
	}
	unlink(path);
}

int
main(void)
{
	char directory[] = "/tmp/nimgate-notify.XXXXXX";

	if (!mkdtemp(directory))
		return 1;
	test_sockets(directory);
	test_progress(directory);
	test_nobody(directory);
	rmdir(directory);
	return check_end();
}
