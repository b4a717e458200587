#include "base/identity.h"

#include "tests/unit/disks.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>

static struct identity
read_path(const char *path)
{
	struct identity identity = { 0 };
	struct error err = { 0 };
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	material_need(fd >= 0 && identity_read(fd, &identity, &err) == 0, path);
	return identity;
}

/* No byte of it is left out. */
static void
test_order(void)
{
	struct identity a = { .inode = 2 }, b = a;
	uint8_t *bytes = (uint8_t *)&b;
	int missed = 0;

	check(identity_equal(&a, &b) && identity_compare(&a, &b) == 0, "equal", "not");
	for (size_t i = 0; i < sizeof(b); i++) {
		bytes[i] ^= 1;
		missed += identity_equal(&a, &b) || identity_compare(&a, &b) == 0 ||
			  (identity_compare(&a, &b) < 0) == (identity_compare(&b, &a) < 0);
		bytes[i] ^= 1;
	}
	check(missed == 0, "every byte", "%d missed", missed);
	b.inode = 256;
	b.size = 0;
	a.size = 1;
	check(identity_compare(&a, &b) < 0 && identity_compare(&b, &a) > 0, "the inode first",
		"not");
}

static void
test_settled(void)
{
	static const struct {
		const char *name;
		int64_t modified_s, changed_s;
		uint32_t modified_ns, changed_ns;
		bool settled;
	} cases[] = {
		{ "two seconds before", 98, 98, 500, 500, true },
		{ "mtime a nanosecond later", 98, 98, 501, 500, false },
		{ "ctime a nanosecond later", 98, 98, 500, 501, false },
		{ "long before", 1, 1, 999999999, 999999999, true },
		{ "mtime in the future", 1000, 1, 0, 0, false },
		{ "ctime in the future", 1, 1000, 0, 0, false },
		{ "before 1970", -5, -5, 0, 0, true },
		{ "as far as can be", INT64_MAX, INT64_MIN, 0, 0, false },
	};
	const struct timespec since = { .tv_sec = 100, .tv_nsec = 500 },
			      never = { .tv_sec = LONG_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct identity identity = { .modified_s = cases[i].modified_s,
			.changed_s = cases[i].changed_s,
			.modified_ns = cases[i].modified_ns,
			.changed_ns = cases[i].changed_ns };

		check(identity_is_settled(&identity, &since) == cases[i].settled, cases[i].name,
			"settled %d", !cases[i].settled);
		check(!identity_is_settled(&identity, &never), cases[i].name,
			"settled before all times");
	}
}

static void
test_list(void)
{
	static const struct {
		const char *name;
		uint64_t magic;
		uint32_t attributes;
		bool reliable, exchangeable;
	} rows[] = {
		{ "ext4", EXT4_SUPER_MAGIC, 0, false, true },
		{ "ext4, immutable", EXT4_SUPER_MAGIC, STATX_ATTR_IMMUTABLE, true, false },
		{ "ext4, fs-verity", EXT4_SUPER_MAGIC, 0x100000, true, false },
		{ "ext4, append-only", EXT4_SUPER_MAGIC, STATX_ATTR_APPEND, false, true },
		{ "XFS", 0x58465342, 0, false, true },
		{ "XFS, immutable", 0x58465342, STATX_ATTR_IMMUTABLE, true, false },
		{ "Btrfs", BTRFS_SUPER_MAGIC, 0, false, true },
		{ "Btrfs, immutable", BTRFS_SUPER_MAGIC, STATX_ATTR_IMMUTABLE, true, false },
		{ "tmpfs", TMPFS_MAGIC, STATX_ATTR_IMMUTABLE, false, false },
		{ "overlayfs", OVERLAYFS_SUPER_MAGIC, STATX_ATTR_IMMUTABLE, false, false },
		{ "NFS", NFS_SUPER_MAGIC, 0, false, false },
		{ "FUSE", FUSE_SUPER_MAGIC, 0, false, false },
		{ "none", 0, STATX_ATTR_IMMUTABLE, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct identity identity = { .magic = rows[i].magic,
			.attributes = rows[i].attributes };

		check(identity_is_reliable(&identity) == rows[i].reliable &&
				identity_is_exchangeable(&identity) == rows[i].exchangeable,
			rows[i].name, "reliable %d, exchangeable %d",
			identity_is_reliable(&identity), identity_is_exchangeable(&identity));
	}
}

static void
test_no_file(void)
{
	struct identity identity = { .inode = 5 };
	struct error err = { 0 };
	int ends[2], directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	material_need(directory >= 0 && pipe2(ends, O_CLOEXEC) == 0, "pipe");
	check_result(identity_read(directory, &identity, &err), REASON_SPECIAL, &err, "a folder");
	check_result(identity_read(ends[0], &identity, &err), REASON_SPECIAL, &err, "a pipe");
	check_result(identity_read(-1, &identity, &err), REASON_IO, &err, "nothing");
	check(identity.inode == 5, "nothing: nothing is said", "changed");
	close(ends[0]);
	close(ends[1]);
	close(directory);
}

/* The same file by its handle, until it is gone; and no other thing. */
static void
test_handle(const char *kind)
{
	char path[32], fifo[32];
	struct identity identity, again, other;
	struct error err = { 0 };
	cleanup_fd int on = open(kind, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	snprintf(path, sizeof(path), "%s/handle", kind);
	snprintf(fifo, sizeof(fifo), "%s/fifo", kind);
	material_file(path, "content");
	identity = read_path(path);
	check(identity.handle_length > 0 && identity.handle_length <= IDENTITY_HANDLE_BYTES, kind,
		"handle of %u bytes", identity.handle_length);
	fd = identity_open(&identity, on);
	check(fd >= 0 && identity_read(fd, &again, &err) == 0 && identity_equal(&identity, &again),
		kind, "not opened by its handle (errno %d)", errno);
	close(fd);
	other = identity;
	other.handle_length = IDENTITY_HANDLE_BYTES + 1;
	check(identity_open(&other, on) < 0 && errno == EINVAL, kind,
		"a handle that is too long: %d", errno);
	unlink(path);
	check(identity_open(&identity, on) < 0 && errno == ESTALE, kind, "gone: errno %d", errno);
	material_fifo(fifo);
	{
		union {
			struct file_handle head;
			char room[sizeof(struct file_handle) + IDENTITY_HANDLE_BYTES];
		} handle = { .head.handle_bytes = IDENTITY_HANDLE_BYTES };
		int mount;

		material_need(
			name_to_handle_at(AT_FDCWD, fifo, &handle.head, &mount, 0) == 0, fifo);
		other.handle_length = handle.head.handle_bytes;
		other.handle_type = (uint32_t)handle.head.handle_type;
		memcpy(other.handle, handle.room + sizeof(handle.head), handle.head.handle_bytes);
	}
	check(identity_open(&other, on) < 0 && errno == EINVAL, kind, "a pipe was opened: %d",
		errno);
}

static void
test_disk(const char *kind, bool reliable, bool exchangeable)
{
	static const uint8_t none[16];
	char path[32], twin[32];
	struct identity first, second;

	snprintf(path, sizeof(path), "%s/file", kind);
	snprintf(twin, sizeof(twin), "%s/twin", kind);
	material_file(path, "content");
	material_file(twin, "content");
	first = read_path(path);
	second = read_path(path);
	check(identity_equal(&first, &second), kind, "two looks differ");
	check(identity_is_reliable(&first) == reliable &&
			identity_is_exchangeable(&first) == exchangeable,
		kind, "reliable %d, exchangeable %d", identity_is_reliable(&first),
		identity_is_exchangeable(&first));
	check(first.size == 7 && first.links == 1 && first.born_s > 0, kind, "size %llu, links %u",
		(unsigned long long)first.size, first.links);
	/* Linux 6.18 does not tell that of Btrfs, but makes f_fsid of it. */
	check(memcmp(first.uuid, none, sizeof(none)) != 0 ||
			(first.magic == BTRFS_SUPER_MAGIC && first.file_system != 0),
		kind, "no UUID: a kernel before 6.9?");
	second = read_path(twin);
	check(!identity_equal(&first, &second) && first.inode != second.inode &&
			first.device == second.device && first.file_system == second.file_system,
		kind, "two files are one");
	test_handle(kind);
}

int
main(void)
{
	static const struct {
		const char *kind;
		bool reliable, exchangeable;
	} disks[] = { { "ext4", false, true }, { "xfs", false, true }, { "btrfs", false, true } };

	material_enter();
	test_order();
	test_settled();
	test_list();
	test_no_file();
	if (geteuid() != 0 || !disks_enter()) {
		check_skip("file systems", "need root, and a mount namespace");
		return check_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++)
		if (disks_make(disks[i].kind, NULL))
			test_disk(disks[i].kind, disks[i].reliable, disks[i].exchangeable);
		else
			check_skip(disks[i].kind,
				"needs a loop device and the tools of the file system");
	if (disks_make("tmpfs", "size=1m"))
		test_disk("tmpfs", false, false);
	return check_end();
}
