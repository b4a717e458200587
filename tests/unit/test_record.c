/* What the system's logs receive: sockets of ours in their place. */
#include "base/record.h"

#include "base/clock.h"
#include "base/mem.h"
#include "check.h"

#include <sys/socket.h>
#include <sys/un.h>

#define ID "0123456789abcdef0123456789abcdef"

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink(path);
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		perror(path);
		exit(1);
	}
	return fd;
}

static const char *
receive(int fd)
{
	static char text[2 * RECORD_BYTES];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? "(nothing)" : text;
}

static int
send_one(const char *message, const char *name, const char *value, const char *journal,
	const char *syslog, struct error *err)
{
	cleanup_record struct record record;

	record_begin(&record, "test", ID, RECORD_ERROR, message);
	record_add(&record, name, value);
	return record_send(&record, journal, syslog, err);
}

static void
test_fields(const char *journal, const char *syslog)
{
	cleanup_fd int fd = listen_at(journal);
	struct error err = { 0 };

	check_result(send_one("hello", "NAME", "value", journal, syslog, &err), REASON_NONE, &err,
		"journal: sent");
	check_text(receive(fd),
		"MESSAGE=hello\nMESSAGE_ID=" ID
		"\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=test\nNAME=value\n",
		"journal: what is received");
	send_one("a\nPRIORITY=0", "NAME", "b\nFAKE=1\x1b[31m\xe2\x80\xae", journal, syslog, &err);
	check_text(receive(fd),
		"MESSAGE=a\\x0aPRIORITY=0\nMESSAGE_ID=" ID
		"\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=test\n"
		"NAME=b\\x0aFAKE=1\\x1b[31m\\xe2\\x80\\xae\n",
		"journal: a value stays one value");
	send_one("a\\b", "NAME", NULL, journal, syslog, &err);
	check_text(receive(fd),
		"MESSAGE=a\\b\nMESSAGE_ID=" ID
		"\nPRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=test\n",
		"journal: no value, and what is printable stays");
	unlink(journal);
}

/* However much is added, one datagram takes it. */
static void
test_bounds(const char *journal)
{
	static char large[8 * RECORD_VALUE_BYTES];
	cleanup_fd int fd = listen_at(journal);
	cleanup_record struct record record;
	struct error err = { 0 };
	const char *text;

	memset(large, 'x', sizeof(large) - 1);
	record_begin(&record, "test", ID, RECORD_INFO, large);
	for (int i = 0; i < 1000; i++)
		record_add(&record, "MODEL_REF", large);
	check_result(
		record_send(&record, journal, journal, &err), REASON_NONE, &err, "bounds: sent");
	text = receive(fd);
	check(strlen(text) > RECORD_BYTES / 2 && strlen(text) <= RECORD_BYTES &&
			text[strlen(text) - 1] == '\n',
		"bounds: cut between fields", "%zu bytes", strlen(text));
	unlink(journal);
}

static void
test_syslog(const char *journal, const char *syslog)
{
	cleanup_fd int fd = listen_at(syslog);
	struct error err = { 0 };
	const char *text;
	char tail[64];

	check_result(send_one("100% of\nit", "NAME", "value", journal, syslog, &err), REASON_NONE,
		&err, "syslog: sent where there is no journal");
	text = receive(fd);
	snprintf(tail, sizeof(tail), " test[%d]: 100%% of\\x0ait", (int)getpid());
	check(strncmp(text, "<27>", 4) == 0 && strlen(text) == 4 + 15 + strlen(tail) &&
			strcmp(text + 19, tail) == 0,
		"syslog: its line", "got: %s", text);
	unlink(syslog);
	check_result(send_one("x", "NAME", "value", journal, syslog, &err), REASON_IO, &err,
		"neither is there");
	check(err.os_errno == ENOENT, "neither: ENOENT", "%d", err.os_errno);
}

/* Nobody reads: what does not fit is lost, at once. */
static void
test_full(const char *journal, const char *syslog)
{
	cleanup_fd int fd = listen_at(journal);
	int64_t began_ms = clock_monotonic_ms();
	struct error err = { 0 };
	int sent = 0, result;

	do
		result = send_one("x", "NAME", "value", journal, syslog, &err);
	while (result == 0 && ++sent < 100000);
	check(fd >= 0 && result && err.os_errno == EAGAIN, "full: an error", "%d sent, errno %d",
		sent, err.os_errno);
	check(clock_monotonic_ms() - began_ms < 5000, "full: nobody waits", "it took long");
	unlink(journal);
}

int
main(void)
{
	char folder[] = "/tmp/nimgate-record.XXXXXX", journal[64], syslog[64];

	if (!mkdtemp(folder))
		return 1;
	snprintf(journal, sizeof(journal), "%s/journal", folder);
	snprintf(syslog, sizeof(syslog), "%s/log", folder);
	test_fields(journal, syslog);
	test_bounds(journal);
	test_syslog(journal, syslog);
	test_full(journal, syslog);
	rmdir(folder);
	return check_end();
}
