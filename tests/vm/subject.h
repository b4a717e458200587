/*
 * What the tests in the virtual machine do to a file, in the steps of a start: open, lease, look
 * for a receipt, hash, record; and what an attacker does to it.
 */
#pragma once

#include "oms/resource.h"
#include "receipt/journal.h"
#include "receipt/receipts.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	SUBJECT_BYTES = 4096,
	SUBJECT_SETTLE_MS = 3200, /* after which the times of a file are settled */
};

/* One look at a file, as a start has it. */
struct subject {
	int fd; /* owned; -1: it could not be leased */
	struct lease lease;
	struct identity identity;
	struct resource resource; /* the digest of the bytes that were read last */
	struct timespec since;
	bool usable;
	bool honoured;
};

/* Ends the program where a test cannot go on. */
static inline void
subject_need(bool met, const char *what)
{
	if (met)
		return;
	printf("not ok %s: the test cannot go on (errno %d)\n", what, errno);
	exit(1);
}

static inline void
subject_wait(int ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* SUBJECT_BYTES of VALUE into the file at FD, by one call. */
static inline void
subject_store(int fd, int value)
{
	char bytes[SUBJECT_BYTES];

	memset(bytes, value, sizeof(bytes));
	subject_need(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes), "write");
}

/* The same by name, made if it is not there; the length does not change. */
static inline void
subject_write(const char *name, int value)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	subject_need(fd >= 0, name);
	subject_store(fd, value);
	close(fd);
}

static inline void
subject_hash(struct subject *subject)
{
	char bytes[SUBJECT_BYTES];
	struct error err = { 0 };

	clock_gettime(CLOCK_REALTIME, &subject->since);
	subject_need(pread(subject->fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
			     digest_compute(DIGEST_SHA256, bytes, sizeof(bytes),
				     &subject->resource.digest, &err) == 0,
		"hash");
}

/* Opens and leases NAME. Returns 0 (caller: subject_close()), or -1: somebody writes it. */
static inline int
subject_open(const char *name, struct subject *out)
{
	struct error err = { 0 };

	*out = (struct subject){ .fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	subject_need(out->fd >= 0 || errno == EWOULDBLOCK, name);
	if (out->fd >= 0 && lease_take(out->fd, &out->lease, &err) == 0)
		return 0;
	if (out->fd >= 0)
		close(out->fd);
	out->fd = -1;
	return -1;
}

static inline void
subject_close(struct subject *subject)
{
	close(subject->fd);
}

/*
 * A start's look at NAME, which is wanted to hold SUBJECT_BYTES of VALUE: true if a receipt stood
 * in for reading it. Else it is hashed and recorded, as a start would do.
 */
static inline bool
subject_start(struct receipts *receipts, const char *name, int value)
{
	char bytes[SUBJECT_BYTES];
	struct error err = { 0 };
	struct subject subject;
	bool honoured;

	if (subject_open(name, &subject))
		return false;
	memset(bytes, value, sizeof(bytes));
	subject_need(digest_compute(DIGEST_SHA256, bytes, sizeof(bytes), &subject.resource.digest,
			     &err) == 0,
		"digest");
	honoured = receipts_honour(receipts, subject.fd, &subject.lease, &subject.resource,
		&subject.identity, &subject.usable);
	if (!honoured) {
		subject_hash(&subject);
		receipts_record(receipts, subject.fd, &subject.lease, &subject.resource,
			&subject.identity, &subject.since);
	}
	subject_close(&subject);
	return honoured;
}

/* True if a receipt says that NAME, as it stands, holds SUBJECT_BYTES of VALUE. Records nothing. */
static inline bool
subject_honoured(struct receipts *receipts, const char *name, int value)
{
	const bool before = receipts->read_only;
	bool honoured;

	receipts->read_only = true;
	honoured = subject_start(receipts, name, value);
	receipts->read_only = before;
	return honoured;
}

static inline struct identity
subject_identity(const char *name)
{
	struct identity identity = { 0 };
	struct error err = { 0 };
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	subject_need(fd >= 0 && identity_read(fd, &identity, &err) == 0, name);
	close(fd);
	return identity;
}
