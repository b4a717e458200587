/*
 * What the tests of receipts share: one look at a file as a start takes it, and what of its
 * identity has changed.
 */
#pragma once

#include "oms/resource.h"
#include "receipt/journal.h"
#include "receipt/receipts.h"

#include "tests/unit/disks.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <time.h>

/* What makes an identity another one. */
enum {
	MOVED_SIZE = 1,
	MOVED_MTIME = 2,
	MOVED_CTIME = 4,
	MOVED_BORN = 8,
	MOVED_LINKS = 16,
	MOVED_FILE = 32,
	MOVED_ATTRIBUTES = 64,
	MOVED_OTHER = 128,
};

struct look {
	enum reason lease; /* why there was none; REASON_NONE: it was granted */
	bool honoured;
	bool usable;
	bool denied;
	struct digest found; /* if it is denied */
	struct identity identity;
};

static const struct resource receipts_resource = { .digest = { .algorithm = DIGEST_SHA256,
							   .bytes = { 1, 2, 3 } } };

/* As a start does: opens, leases, asks for a receipt and, with RECORD, takes the file for hashed
 * and found equal. */
static inline struct look
receipts_look(
	struct receipts *receipts, const char *path, const struct resource *resource, bool record)
{
	struct look look = { 0 };
	struct error err = { 0 };
	struct lease lease;
	struct timespec since;
	cleanup_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	material_need(fd >= 0, path);
	clock_gettime(CLOCK_REALTIME, &since);
	if (lease_take(fd, &lease, &err)) {
		look.lease = err.reason;
		return look;
	}
	look.honoured =
		receipts_honour(receipts, fd, &lease, resource, &look.identity, &look.usable);
	look.denied = look.usable && !look.honoured &&
		      receipts_deny(receipts, fd, &lease, resource, &look.identity, &look.found);
	if (record)
		receipts_record(receipts, fd, &lease, resource, &look.identity, &since);
	return look;
}

static inline unsigned int
receipts_moved(const struct identity *a, const struct identity *b)
{
	struct identity rest = *b;
	unsigned int moved = 0;

	moved |= a->size != b->size ? MOVED_SIZE : 0;
	moved |= a->modified_s != b->modified_s || a->modified_ns != b->modified_ns ? MOVED_MTIME
										    : 0;
	moved |= a->changed_s != b->changed_s || a->changed_ns != b->changed_ns ? MOVED_CTIME : 0;
	moved |= a->born_s != b->born_s || a->born_ns != b->born_ns ? MOVED_BORN : 0;
	moved |= a->links != b->links ? MOVED_LINKS : 0;
	moved |= a->inode != b->inode || memcmp(a->handle, b->handle, sizeof(a->handle)) != 0
			 ? MOVED_FILE
			 : 0;
	moved |= a->attributes != b->attributes ? MOVED_ATTRIBUTES : 0;
	rest.size = a->size;
	rest.modified_s = a->modified_s;
	rest.modified_ns = a->modified_ns;
	rest.changed_s = a->changed_s;
	rest.changed_ns = a->changed_ns;
	rest.born_s = a->born_s;
	rest.born_ns = a->born_ns;
	rest.links = a->links;
	rest.inode = a->inode;
	memcpy(rest.handle, a->handle, sizeof(rest.handle));
	rest.attributes = a->attributes;
	return moved | (identity_equal(a, &rest) ? 0 : MOVED_OTHER);
}

static inline struct receipts
receipts_of(const char *directory, bool lenient)
{
	struct receipts receipts;

	receipts_open(material_path(directory), 3600, false, &receipts);
	material_need(receipts.journal && !receipts.failed, receipts.why);
	receipts.files = lenient ? RECEIPTS_ANY : RECEIPTS_SEALED;
	return receipts;
}

/* Returns whether the file system knows the flag. */
static inline bool
receipts_set_immutable(const char *path, bool immutable)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int flags;

	material_need(fd >= 0, path);
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return false;
	flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

/* Until what was written so far is settled, and the second has passed in which that came to be. */
static inline void
receipts_settle(void)
{
	const struct timespec wait = { .tv_sec = 3, .tv_nsec = 50 * 1000 * 1000 };

	nanosleep(&wait, NULL);
}
