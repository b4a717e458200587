/*
 * In place of journald or syslog: listens at a datagram socket and appends what it receives to a
 * file, an empty line behind each.
 *
 *   listen SOCKET FILE   until it is killed
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static char bytes[256 << 10];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), file;
	ssize_t length;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	unlink(argv[1]);
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || file < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		perror(argv[1]);
		return 1;
	}
	while ((length = recv(fd, bytes, sizeof(bytes) - 1, 0)) >= 0) {
		bytes[length] = '\n';
		if (write(file, bytes, (size_t)length + 1) != length + 1)
			return 1;
	}
	return 1;
}
