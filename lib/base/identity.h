/*
 * Which file this is, and as it stands: all that the kernel tells of a regular file that is another
 * one once the file was written, replaced, linked or moved to another file system. Two equal
 * identities mean equal contents only under the rules of receipt/receipts.h (facts: security,
 * section 5).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;

enum { IDENTITY_HANDLE_BYTES = 32 /* ext4 has 8, XFS 12, Btrfs 20 */ };

/* No padding: compared and stored as bytes, in the host's order. */
struct identity {
	uint8_t uuid[16]; /* of the file system; zero where the kernel does not tell it (before 6.9;
			   * of Btrfs)
			   */
	uint64_t file_system; /* statfs: f_fsid */
	uint64_t magic;       /* statfs: f_type */
	uint64_t device;      /* makedev() of statx */
	uint64_t inode;
	uint64_t size;      /* bytes */
	int64_t modified_s; /* seconds since 1970, and nanoseconds below */
	int64_t changed_s;
	int64_t born_s; /* 0 where the file system does not tell it */
	uint32_t modified_ns;
	uint32_t changed_ns;
	uint32_t born_ns;
	uint32_t attributes;  /* of stx_attributes: immutable, append-only, fs-verity */
	uint32_t links;       /* names that the file has */
	uint32_t handle_type; /* of name_to_handle_at(), which includes the generation of the inode
			       */
	uint32_t handle_length;                /* bytes */
	uint32_t reserved;                     /* 0 */
	uint8_t handle[IDENTITY_HANDLE_BYTES]; /* zero after handle_length */
};

/*
 * The identity of the regular file that FD has open. Returns 0, or -1 with REASON_IO (the kernel
 * does not say) or REASON_SPECIAL (no regular file). A file system without handles, or with longer
 * ones, is REASON_IO, too.
 */
int identity_read(int fd, struct identity *out, struct error *err) __attribute__((nonnull));

/* True if all facts are equal. */
bool identity_equal(const struct identity *a, const struct identity *b) __attribute__((nonnull));

/* An order for sorting, by all facts, the inode first; as strcmp(). */
int identity_compare(const struct identity *a, const struct identity *b) __attribute__((nonnull));

/*
 * True if no change of the file's contents leaves its identity as it is, as measured: ext4, XFS and
 * Btrfs where the file is immutable or has fs-verity, so that nobody can open it for writing. Not
 * overlayfs (grants leases beside writable mappings), tmpfs (stores through mappings move no
 * times), network and user-space file systems (others set the times).
 */
bool identity_is_reliable(const struct identity *identity) __attribute__((nonnull));

/*
 * True if the contents can have been exchanged without a trace, and in no plain way: a file on
 * ext4, XFS or Btrfs that is not immutable. Whoever may write it may have the kernel swap its
 * blocks with those of another file (XFS_IOC_SWAPEXT: any contents; EXT4_IOC_MOVE_EXT: zeros), or
 * begin to read something slow into a mapping of it, past the cache, and unmap it: what arrives
 * later moves no times, on any of them. Measured with Linux 6.18, without privileges.
 */
bool identity_is_exchangeable(const struct identity *identity) __attribute__((nonnull));

/* True if mtime and ctime are at least two seconds before SINCE (CLOCK_REALTIME): no later change
 * can leave the same ctime, whatever the clock's tick (the racy rule). */
bool identity_is_settled(const struct identity *identity, const struct timespec *since)
	__attribute__((nonnull));

/*
 * Opens for reading (O_NONBLOCK, O_NOCTTY, O_CLOEXEC) the regular file with that file system and
 * handle, through any descriptor ON of the same file system; needs CAP_DAC_READ_SEARCH. Whether it
 * still stands as it stood is for identity_read() and identity_equal(). Returns a descriptor, or -1
 * with errno (ESTALE: there is no such file any more).
 */
int identity_open(const struct identity *identity, int on) __attribute__((nonnull));
