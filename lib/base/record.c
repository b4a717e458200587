#include "base/record.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum {
	FACILITY_DAEMON = 3,
	FIELD_BYTES = RECORD_VALUE_BYTES + 80, /* name, '=' and line feed */
	LINE_BYTES = RECORD_VALUE_BYTES + 120,
};

void
record_begin(struct record *record, const char *program, const char *message_id,
	enum record_priority priority, const char *message)
{
	char number[16];

	*record = (struct record){ .program = program, .priority = priority };
	text_show(record->message, sizeof(record->message), message);
	writer_format(&record->fields, "MESSAGE=%s\n", record->message);
	record_add(record, "MESSAGE_ID", message_id);
	snprintf(number, sizeof(number), "%d", (int)priority);
	record_add(record, "PRIORITY", number);
	snprintf(number, sizeof(number), "%d", FACILITY_DAEMON);
	record_add(record, "SYSLOG_FACILITY", number);
	record_add(record, "SYSLOG_IDENTIFIER", program);
}

void
record_add(struct record *record, const char *name, const char *value)
{
	char text[RECORD_VALUE_BYTES];

	if (!value || record->fields.length + FIELD_BYTES > RECORD_BYTES)
		return;
	text_show(text, sizeof(text), value);
	writer_format(&record->fields, "%s=%s\n", name, text);
}

/* One datagram to the socket at PATH. Returns 0, or -1 with errno. */
static int
send_to(const char *path, const char *bytes, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	return sendto(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT,
		       (const struct sockaddr *)&address, sizeof(address)) < 0
		       ? -1
		       : 0;
}

/* As RFC 3164 and syslog(3) have it, in local time. */
static int
send_line(const struct record *record, const char *path)
{
	time_t now = (time_t)clock_now();
	char line[LINE_BYTES], stamp[32] = "Jan  1 00:00:00";
	struct tm local;
	int length;

	if (localtime_r(&now, &local))
		strftime(stamp, sizeof(stamp), "%b %e %T", &local);
	length = snprintf(line, sizeof(line), "<%d>%s %s[%d]: %s",
		FACILITY_DAEMON << 3 | (int)record->priority, stamp, record->program, (int)getpid(),
		record->message);
	return send_to(path, line, (size_t)length);
}

int
record_send(const struct record *record, const char *journal, const char *syslog, struct error *err)
{
	if (record->fields.failed)
		return error_no_memory(err);
	if (send_to(journal, record->fields.text, record->fields.length) == 0)
		return 0;
	if (errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(journal));
	if (send_line(record, syslog) == 0)
		return 0;
	return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(syslog));
}

void
record_release(struct record *record)
{
	writer_release(&record->fields);
}
