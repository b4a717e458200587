/*
 * One entry for the system's log: named fields to systemd-journald by its native protocol, or one
 * line to syslog where there is no journald.
 *
 * One datagram, bounded, that never waits: a log that is full or gone loses the entry, and nothing
 * else happens. Every value becomes printable ASCII on one line, so that no foreign string makes a
 * field, a line or a terminal's command of its own. For the hook, which is static and may not link
 * libsystemd.
 */
#pragma once

#include "base/writer.h"

struct error;

#define RECORD_JOURNAL "/run/systemd/journal/socket"
#define RECORD_SYSLOG  "/dev/log"

enum {
	RECORD_VALUE_BYTES = 1024, /* of one value, when it is shown; longer ones are cut */
	RECORD_BYTES = 64 << 10,   /* of the whole: fields beyond it are left out. The kernel takes
				      208 KiB in one datagram */
};

/* As syslog(3) numbers them. */
enum record_priority {
	RECORD_ERROR = 3,
	RECORD_WARNING = 4,
	RECORD_NOTICE = 5,
	RECORD_INFO = 6,
};

struct record {
	const char *program; /* borrowed; SYSLOG_IDENTIFIER */
	enum record_priority priority;
	struct writer fields;             /* in the journal's form */
	char message[RECORD_VALUE_BYTES]; /* printable; MESSAGE, and syslog's line */
};

#define cleanup_record __attribute__((cleanup(record_release)))

/* Begins an entry about MESSAGE, with the MESSAGE_ID of 32 hexadecimal digits (caller:
 * record_release()). */
void record_begin(struct record *record, const char *program, const char *message_id,
	enum record_priority priority, const char *message) __attribute__((nonnull));

/* Adds a field; a NULL value adds none. NAME is upper case letters, digits and '_'; one name may be
 * there more than once. */
void record_add(struct record *record, const char *name, const char *value)
	__attribute__((nonnull(1, 2)));

/*
 * Sends the entry to the journal's socket at JOURNAL, or where nobody listens there, its line to
 * the syslog socket at SYSLOG. Returns 0, or -1 with REASON_IO; os_errno is ENOENT where there is
 * neither.
 */
int record_send(const struct record *record, const char *journal, const char *syslog,
	struct error *err) __attribute__((nonnull));

void record_release(struct record *record);
