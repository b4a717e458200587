#include "base/identity.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef STATX_ATTR_VERITY
#define STATX_ATTR_VERITY 0x00100000
#endif

enum { SETTLED_S = 2 /* twice the coarsest time that any of the file systems has */ };

/* Of Linux 6.9, which our C library's headers may not know. */
struct uuid {
	uint8_t length;
	uint8_t bytes[16];
};

#define GET_UUID _IOR(0x15, 0, struct uuid)

static_assert(sizeof(struct identity) == 144, "an identity has no padding");

/* Those attributes that stand in the way of writing. */
static const uint64_t attributes_kept =
	STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_VERITY;

static int
read_file(int fd, struct identity *identity, struct error *err)
{
	struct statx st = { 0 };
	const unsigned int wanted = STATX_BASIC_STATS;

	if (statx(fd, "", AT_EMPTY_PATH, wanted | STATX_BTIME, &st))
		return error_set_os(err, REASON_IO, errno, "cannot be examined");
	if (!S_ISREG(st.stx_mode))
		return error_set(err, REASON_SPECIAL, 0, "not a regular file");
	if ((st.stx_mask & wanted) != wanted)
		return error_set(err, REASON_IO, 0, "the kernel does not tell all that it was");
	identity->device = makedev(st.stx_dev_major, st.stx_dev_minor);
	identity->inode = st.stx_ino;
	identity->size = st.stx_size;
	identity->modified_s = st.stx_mtime.tv_sec;
	identity->modified_ns = st.stx_mtime.tv_nsec;
	identity->changed_s = st.stx_ctime.tv_sec;
	identity->changed_ns = st.stx_ctime.tv_nsec;
	if (st.stx_mask & STATX_BTIME) {
		identity->born_s = st.stx_btime.tv_sec;
		identity->born_ns = st.stx_btime.tv_nsec;
	}
	identity->attributes = (uint32_t)(st.stx_attributes & attributes_kept);
	identity->links = st.stx_nlink;
	return 0;
}

static int
read_file_system(int fd, struct identity *identity, struct error *err)
{
	struct statfs fs;
	struct uuid uuid = { 0 };

	if (fstatfs(fd, &fs))
		return error_set_os(err, REASON_IO, errno, "its file system cannot be examined");
	static_assert(sizeof(fs.f_fsid) == sizeof(identity->file_system), "all of it");
	memcpy(&identity->file_system, &fs.f_fsid, sizeof(fs.f_fsid));
	identity->magic = (uint64_t)fs.f_type;
	if (ioctl(fd, GET_UUID, &uuid) == 0 && uuid.length == sizeof(identity->uuid))
		memcpy(identity->uuid, uuid.bytes, sizeof(identity->uuid));
	return 0;
}

/* What the kernel takes for a file, with the room that we have for it. */
union handle {
	struct file_handle head;
	char room[sizeof(struct file_handle) + IDENTITY_HANDLE_BYTES];
};

static int
read_handle(int fd, struct identity *identity, struct error *err)
{
	union handle handle = { .head = { .handle_bytes = IDENTITY_HANDLE_BYTES } };
	int mount;

	if (name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH))
		return error_set_os(
			err, REASON_IO, errno, "its file system has no handle of 32 bytes for it");
	identity->handle_type = (uint32_t)handle.head.handle_type;
	identity->handle_length = handle.head.handle_bytes;
	memcpy(identity->handle, handle.room + sizeof(handle.head), handle.head.handle_bytes);
	return 0;
}

int
identity_read(int fd, struct identity *out, struct error *err)
{
	struct identity identity;

	/* As bytes: rows are compared and signed as such. */
	memset(&identity, 0, sizeof(identity));
	if (read_file(fd, &identity, err) || read_file_system(fd, &identity, err) ||
		read_handle(fd, &identity, err))
		return -1;
	memcpy(out, &identity, sizeof(*out));
	return 0;
}

bool
identity_equal(const struct identity *a, const struct identity *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int
identity_compare(const struct identity *a, const struct identity *b)
{
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return memcmp(a, b, sizeof(*a));
}

/* File systems that tell of all that a writer does in plain ways. */
static bool
is_on_list(const struct identity *identity)
{
	return identity->magic == EXT4_SUPER_MAGIC || identity->magic == XFS_SUPER_MAGIC ||
	       identity->magic == BTRFS_SUPER_MAGIC;
}

bool
identity_is_reliable(const struct identity *identity)
{
	const uint32_t sealed = STATX_ATTR_IMMUTABLE | STATX_ATTR_VERITY;

	return is_on_list(identity) && (identity->attributes & sealed);
}

bool
identity_is_exchangeable(const struct identity *identity)
{
	return is_on_list(identity) && !identity_is_reliable(identity);
}

/* True if that time is at least SETTLED_S before SINCE. */
static bool
is_settled(int64_t s, uint32_t ns, const struct timespec *since)
{
	int64_t latest = (int64_t)since->tv_sec - SETTLED_S;

	return s < latest || (s == latest && (int64_t)ns <= since->tv_nsec);
}

bool
identity_is_settled(const struct identity *identity, const struct timespec *since)
{
	return since->tv_sec >= SETTLED_S &&
	       is_settled(identity->modified_s, identity->modified_ns, since) &&
	       is_settled(identity->changed_s, identity->changed_ns, since);
}

int
identity_open(const struct identity *identity, int on)
{
	union handle handle = { .head = { .handle_bytes = identity->handle_length,
					.handle_type = (int)identity->handle_type } };
	cleanup_fd int fd = -1;

	if (identity->handle_length > IDENTITY_HANDLE_BYTES) {
		errno = EINVAL;
		return -1;
	}
	memcpy(handle.room + sizeof(handle.head), identity->handle, identity->handle_length);
	fd = open_by_handle_at(on, &handle.head, O_PATH | O_CLOEXEC);
	/* Only a regular file is opened for real: opening a device may do something. */
	return fd < 0 ? -1 : file_reopen(fd);
}
