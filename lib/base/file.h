/*
 * Whole files by descriptor, and files that only root may have written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/* Bytes of a file, with a NUL behind the last one. */
struct file_bytes {
	char *bytes; /* owned; freed with file_release() */
	size_t length;
};

/*
 * Reads FD to its end. Refuses more than LIMIT bytes, whatever the file's size was said to be. WHAT
 * names the thing in messages. Returns 0 (caller: file_release()), or -1 with REASON_IO; os_errno
 * is EFBIG where there is more than LIMIT.
 */
int file_read(int fd, size_t limit, const char *what, struct file_bytes *out, struct error *err)
	__attribute__((nonnull));

/* Frees the bytes; a zeroed struct is fine. */
void file_release(struct file_bytes *bytes);

#define cleanup_bytes __attribute__((cleanup(file_release)))

/*
 * Opens a regular file for reading that only root (or the caller's own user) can have written: the
 * absolute PATH has no symbolic link, and the file and each directory above it belong to root or
 * the effective user and are not writable by group or others (a sticky directory such as /tmp is
 * fine: others cannot replace what is in it). Returns a descriptor (O_CLOEXEC; caller closes), or
 * -1 with REASON_CONFIG; os_errno is ENOENT where a part does not exist.
 */
int file_open_trusted(const char *path, struct error *err) __attribute__((nonnull));

/* As file_open_trusted() for a directory: an O_PATH descriptor. */
int file_open_trusted_directory(const char *path, struct error *err) __attribute__((nonnull));

/*
 * As file_open_trusted() for the canonical relative PATH below DIR, which is trusted already.
 */
int file_open_trusted_at(int dir, const char *path, struct error *err) __attribute__((nonnull));

/* As the two above; what belongs to user OWNER is fine, too, for data that this user may bring and
 * take away. */
int file_open_owned_directory(const char *path, uid_t owner, struct error *err)
	__attribute__((nonnull));
int file_open_owned_at(int dir, const char *path, uid_t owner, struct error *err)
	__attribute__((nonnull));

/* Whether only root, the effective user or OWNER can change the one file or directory that FD
 * (O_PATH is enough) is. PATH is for messages. Returns 0, or -1 with REASON_CONFIG. */
int file_check_owner(int fd, const char *path, uid_t owner, struct error *err)
	__attribute__((nonnull));

/* Opens PATH as file_open_trusted() and reads it as file_read(). Returns 0 (caller:
 * file_release()), or -1 with REASON_CONFIG; os_errno as there. */
int file_read_trusted(const char *path, size_t limit, struct file_bytes *out, struct error *err)
	__attribute__((nonnull));

/* openat2 with O_CLOEXEC and the given RESOLVE_ flags; retries a bounded number of times. Returns a
 * descriptor, or -1 with errno set. */
int file_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve)
	__attribute__((nonnull));

/* A readable descriptor of what the O_PATH descriptor FD holds, which must be a regular file; -1
 * with errno set otherwise. */
int file_reopen(int fd);

/* As file_reopen(), of what the caller has just found to be a regular file. For one thread. */
int file_reopen_regular(int fd);

/* True if FD (O_PATH is enough) is on ext4, XFS, Btrfs or tmpfs: what these say of a file is true.
 * A size of 0 means that it is empty, and a lease is refused while anybody maps it for writing
 * (facts: security, section 4). */
bool file_is_on_disk(int fd);

/*
 * Reads the regular file PATH below the directory ROOT: links lead where they would if ROOT were
 * the root of everything. Else as file_read().
 */
int file_read_in_root(int root, const char *path, size_t limit, struct file_bytes *out,
	struct error *err) __attribute__((nonnull));

/* Writes all of the bytes, through interruptions and short writes. Returns 0, or -1 with errno set.
 */
int file_write_all(int fd, const void *bytes, size_t length) __attribute__((nonnull));
