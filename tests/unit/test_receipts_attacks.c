/*
 * Never honoured: what a writer of the cache may do to a file that has a receipt, on real file
 * systems. Each attack has to be seen by the rule that it is there for, and a file that was left
 * alone is honoured beside it.
 */
#include "tests/unit/receipts_material.h"

#include <linux/falloc.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

enum { BYTES = 64 << 10 };

/* A disk, and the flags that tell what happens there. */
static const char *const kinds[] = { "ext4", "xfs", "btrfs" };

static int
open_writer(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	material_need(fd >= 0, path);
	return fd;
}

static void
fill(const char *path, char byte)
{
	static char bytes[BYTES];
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	memset(bytes, byte, sizeof(bytes));
	material_need(fd >= 0 && write(fd, bytes, sizeof(bytes)) == BYTES, path);
}

/* The attacker sets the time of the last write back to what it was. */
static void
restore_time(const char *path, const struct stat *before)
{
	const struct timespec times[2] = { before->st_atim, before->st_mtim };

	material_need(utimensat(AT_FDCWD, path, times, 0) == 0, path);
}

static void
write_byte(const char *path)
{
	cleanup_fd int fd = open_writer(path, 0);

	material_need(pwrite(fd, "x", 1, 100) == 1, path);
}

static void
write_directly(const char *path)
{
	static char page[4096] __attribute__((aligned(4096))) = "x";
	cleanup_fd int fd = open_writer(path, O_DIRECT);

	material_need(pwrite(fd, page, sizeof(page), 0) == sizeof(page), path);
}

/* The page is dirty already, from when the file was made: nobody flushed it. */
static void
store_dirty(const char *path)
{
	int fd = open_writer(path, 0);
	char *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	material_need(map != MAP_FAILED, "mmap");
	close(fd);
	map[100] = 'x';
	munmap(map, BYTES);
}

static void
cut_and_grow(const char *path)
{
	cleanup_fd int fd = open_writer(path, 0);

	material_need(ftruncate(fd, BYTES / 2) == 0 && ftruncate(fd, BYTES) == 0, path);
}

static void
punch(const char *path)
{
	cleanup_fd int fd = open_writer(path, 0);

	material_need(
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0, path);
}

static void
clone_over(const char *path)
{
	char other[64];
	cleanup_fd int fd = open_writer(path, 0);
	cleanup_fd int from = -1;

	snprintf(other, sizeof(other), "%s.other", path);
	fill(other, 'o');
	from = open(other, O_RDONLY | O_CLOEXEC);
	material_need(from >= 0 && ioctl(fd, FICLONE, from) == 0, path);
}

static void
rename_over(const char *path)
{
	char other[64];

	snprintf(other, sizeof(other), "%s.other", path);
	fill(other, 'o');
	material_need(rename(other, path) == 0, path);
}

static void
add_link(const char *path)
{
	char other[64];

	snprintf(other, sizeof(other), "%s.link", path);
	material_need(link(path, other) == 0, path);
}

static void
change_mode(const char *path)
{
	material_need(chmod(path, 0600) == 0, path);
}

/* There and back. */
static void
change_flag(const char *path)
{
	material_need(
		receipts_set_immutable(path, true) && receipts_set_immutable(path, false), path);
}

static void
nothing(const char *path)
{
	(void)path;
}

static const struct {
	const char *name;
	void (*attack)(const char *path);
	unsigned int moved; /* exactly that, once mtime was set back */
	const char *where;  /* NULL: everywhere */
} attacks[] = {
	{ "nothing", nothing, 0, NULL },
	{ "a write of the same size", write_byte, MOVED_CTIME, NULL },
	{ "a write past the page cache", write_directly, MOVED_CTIME, NULL },
	{ "a store to a dirty page", store_dirty, MOVED_CTIME, NULL },
	{ "cut and grown", cut_and_grow, MOVED_CTIME, NULL },
	{ "a hole", punch, MOVED_CTIME, NULL },
	{ "another file's blocks", clone_over, MOVED_CTIME, "xfs btrfs" },
	{ "another file of that name", rename_over, MOVED_CTIME | MOVED_BORN | MOVED_FILE, NULL },
	{ "another name", add_link, MOVED_CTIME | MOVED_LINKS, NULL },
	{ "another mode", change_mode, MOVED_CTIME, NULL },
	{ "a flag there and back", change_flag, MOVED_CTIME, NULL },
};

static const char *
path_of(const char *kind, const char *name, size_t number)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s%zu", kind, name, number);
	return path;
}

static const char *
case_of(const char *kind, const char *what, const char *name)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s: %s%s", kind, what, name);
	return text;
}

/* Recorded, attacked, not honoured; and what told. Without an attack: honoured. */
static void
test_attack(const char *kind, size_t i, struct receipts *receipts)
{
	const char *path = path_of(kind, "attacked", i);
	struct look before = receipts_look(receipts, path, &receipts_resource, true), after;
	struct stat st;
	unsigned int moved;

	check(!before.honoured && before.usable, case_of(kind, "not yet: ", attacks[i].name),
		"honoured %d, usable %d", before.honoured, before.usable);
	check(receipts_look(receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "before: ", attacks[i].name), "not honoured");
	material_need(stat(path, &st) == 0, path);
	attacks[i].attack(path);
	if (attacks[i].moved)
		restore_time(path, &st);
	after = receipts_look(receipts, path, &receipts_resource, false);
	moved = receipts_moved(&before.identity, &after.identity);
	check(after.lease == REASON_NONE && after.honoured == (attacks[i].moved == 0),
		case_of(kind, "", attacks[i].name), "lease %d, honoured %d", after.lease,
		after.honoured);
	check(moved == attacks[i].moved, case_of(kind, "told by: ", attacks[i].name),
		"wanted %x, got %x", attacks[i].moved, moved);
}

/* A mapping that was made before is a writer, whenever it stores: no lease, so no receipt. */
static void
test_mapping(const char *kind, struct receipts *receipts)
{
	const char *path = path_of(kind, "mapped", 0);
	int fd = open_writer(path, 0);
	volatile char *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct look look;

	material_need(map != MAP_FAILED, "mmap");
	close(fd);
	look = receipts_look(receipts, path, &receipts_resource, true);
	check(look.lease == REASON_BUSY, case_of(kind, "mapped, ", "nothing stored"), "%d",
		look.lease);
	map[0] = 'x';
	look = receipts_look(receipts, path, &receipts_resource, true);
	check(look.lease == REASON_BUSY, case_of(kind, "mapped, ", "stored"), "%d", look.lease);
	material_need(msync((void *)(uintptr_t)map, BYTES, MS_SYNC) == 0, "msync");
	map[1] = 'x';
	look = receipts_look(receipts, path, &receipts_resource, true);
	check(look.lease == REASON_BUSY, case_of(kind, "mapped, ", "written back, stored"), "%d",
		look.lease);
	munmap((void *)(uintptr_t)map, BYTES);
	look = receipts_look(receipts, path, &receipts_resource, true);
	check(look.lease == REASON_NONE && !look.honoured, case_of(kind, "mapped, ", "and gone"),
		"lease %d, honoured %d", look.lease, look.honoured);
	check(!receipts_look(receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "mapped, ", "and just gone: no row"), "honoured");
}

/* Recorded, then mapped, and stored into page by page, in each state that a page can be in. */
static void
test_mapping_later(const char *kind, struct receipts *receipts)
{
	const char *path = path_of(kind, "mapped", 1);
	struct look before, after;
	struct stat st;

	material_need(stat(path, &st) == 0, path);
	before = receipts_look(receipts, path, &receipts_resource, true);
	check(receipts_look(receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "mapped later: ", "before"), "not honoured");
	{
		cleanup_fd int fd = open_writer(path, 0);

		material_need(fsync(fd) == 0, path);
	}
	check(receipts_look(receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "mapped later: ", "flushed"), "not honoured");
	store_dirty(path);
	restore_time(path, &st);
	after = receipts_look(receipts, path, &receipts_resource, false);
	check(!after.honoured && receipts_moved(&before.identity, &after.identity) == MOVED_CTIME,
		case_of(kind, "mapped later: ", "a store to a clean page"), "honoured %d, moved %x",
		after.honoured, receipts_moved(&before.identity, &after.identity));
}

/* The kernel's own ways to exchange the blocks of two files that somebody may write. */
struct move_extent {
	uint32_t reserved, donor;
	uint64_t from, to, blocks, moved;
};

struct swap_extent {
	int64_t version, target, other, offset, length;
	char pad[16];
	/* What bulkstat says of the target. */
	struct {
		uint64_t inode;
		uint16_t mode, links;
		uint32_t uid, gid, rdev;
		int32_t block_size;
		int64_t size;
		struct {
			long s;
			int32_t ns;
		} accessed, modified, changed;
		char rest[48];
	} st;
};

#define MOVE_EXTENT _IOWR('f', 15, struct move_extent)
#define SWAP_EXTENT _IOWR('X', 109, struct swap_extent)

/* Returns whether the kernel did it. The writer has nothing but the two descriptors. */
static bool
exchange(const char *kind, int target, int other)
{
	struct move_extent move = { .donor = (uint32_t)target };
	struct swap_extent swap = { .target = target, .other = other, .length = BYTES };
	struct stat st;

	material_need(fstat(target, &st) == 0 && fsync(target) == 0 && fsync(other) == 0, "fsync");
	if (kind[0] == 'e') {
		move.blocks = BYTES / (uint64_t)st.st_blksize;
		return ioctl(other, MOVE_EXTENT, &move) == 0 && move.moved == move.blocks;
	}
	swap.st.inode = st.st_ino;
	swap.st.size = st.st_size;
	swap.st.modified.s = st.st_mtim.tv_sec;
	swap.st.modified.ns = (int32_t)st.st_mtim.tv_nsec;
	swap.st.changed.s = st.st_ctim.tv_sec;
	swap.st.changed.ns = (int32_t)st.st_ctim.tv_nsec;
	return ioctl(target, SWAP_EXTENT, &swap) == 0;
}

/* Whether the file has other contents than it was made with, on the disk. */
static bool
is_changed(int fd)
{
	char byte = 0;

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	material_need(pread(fd, &byte, 1, 0) == 1, "pread");
	return byte != 'a';
}

/* The contents change, and nothing tells: hence no receipt, unless somebody vouches for the
 * writers. */
static void
test_exchange(const char *kind, struct receipts *receipts)
{
	const char *path = path_of(kind, "exchanged", 0);
	cleanup_fd int other = open_writer(path_of(kind, "exchanged", 1), 0);
	cleanup_fd int target = -1;
	struct look before, after;
	bool done;

	path = path_of(kind, "exchanged", 0);
	receipts->files = RECEIPTS_ANY;
	before = receipts_look(receipts, path, &receipts_resource, true);
	receipts->files = RECEIPTS_SEALED;
	after = receipts_look(receipts, path, &receipts_resource, true);
	check(!after.honoured && !after.usable, case_of(kind, "exchangeable: ", "not on the list"),
		"honoured %d, usable %d", after.honoured, after.usable);
	target = open_writer(path, 0);
	done = exchange(kind, target, other) && is_changed(target);
	close(take_fd(&target));
	receipts->files = RECEIPTS_ANY;
	after = receipts_look(receipts, path, &receipts_resource, false);
	if (!done)
		check_skip(case_of(kind, "exchanged", ""), "this kernel does not do it");
	else
		check(after.honoured && receipts_moved(&before.identity, &after.identity) == 0,
			case_of(kind, "exchanged: ", "nothing tells, as the list assumes"),
			"honoured %d, moved %x: the list can be longer", after.honoured,
			receipts_moved(&before.identity, &after.identity));
}

/* Nobody can open an immutable file for writing; and who takes the flag away moves its ctime. */
static void
test_immutable(const char *kind, struct receipts *receipts)
{
	const char *path = path_of(kind, "immutable", 0);
	struct look before, after;
	int writer;

	receipts->files = RECEIPTS_SEALED;
	before = receipts_look(receipts, path, &receipts_resource, true);
	check(before.usable, case_of(kind, "immutable: ", "on the list"), "not");
	check(receipts_look(receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "immutable: ", "honoured"), "not");
	writer = open(path, O_RDWR | O_CLOEXEC);
	check(writer < 0 && errno == EPERM, case_of(kind, "immutable: ", "no writer"), "%d", errno);
	material_need(receipts_set_immutable(path, false), path);
	material_need(receipts_set_immutable(path, true), path);
	after = receipts_look(receipts, path, &receipts_resource, false);
	check(!after.honoured && receipts_moved(&before.identity, &after.identity) == MOVED_CTIME,
		case_of(kind, "immutable: ", "not for a moment"), "honoured %d, moved %x",
		after.honoured, receipts_moved(&before.identity, &after.identity));
	material_need(receipts_set_immutable(path, false), path);
}

static void
make_files(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		fill(path_of(kind, "attacked", i), 'a');
	for (size_t i = 0; i < 2; i++) {
		fill(path_of(kind, "mapped", i), 'a');
		fill(path_of(kind, "exchanged", i), i ? 'b' : 'a');
	}
	fill(path_of(kind, "immutable", 0), 'a');
	material_need(receipts_set_immutable(path_of(kind, "immutable", 0), true), kind);
}

static void
test_disk(const char *kind)
{
	cleanup_receipts struct receipts receipts = receipts_of("rows", true);

	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		if (!attacks[i].where || strstr(attacks[i].where, kind))
			test_attack(kind, i, &receipts);
	test_mapping(kind, &receipts);
	test_mapping_later(kind, &receipts);
	if (strcmp(kind, "btrfs") != 0)
		test_exchange(kind, &receipts);
	test_immutable(kind, &receipts);
}

/* File systems of which not even the caller's word makes one that tells. */
static void
test_untrue(const char *kind)
{
	cleanup_receipts struct receipts receipts = receipts_of("rows", true);
	const char *path = path_of(kind, "file", 0);
	struct look look;

	look = receipts_look(&receipts, path, &receipts_resource, true);
	check(look.lease == REASON_NONE && !look.usable && !look.honoured,
		case_of(kind, "", "is not on the list"), "lease %d, usable %d", look.lease,
		look.usable);
	check(receipts.recorded == 0 &&
			!receipts_look(&receipts, path, &receipts_resource, false).honoured,
		case_of(kind, "", "has no rows"), "recorded %zu", receipts.recorded);
}

int
main(void)
{
	bool made[ARRAY_SIZE(kinds)], tmpfs, overlay;

	signal(SIGIO, SIG_IGN);
	material_enter();
	if (geteuid() != 0 || !disks_enter()) {
		check_skip("file systems", "need root, and a mount namespace");
		return check_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		made[i] = disks_make(kinds[i], NULL);
		if (made[i])
			make_files(kinds[i]);
		else
			check_skip(
				kinds[i], "needs a loop device and the tools of the file system");
	}
	tmpfs = disks_make("tmpfs", "size=1m");
	if (tmpfs) {
		fill("tmpfs/file0", 'a');
		material_need(mkdir("lower", 0755) == 0 && mkdir("tmpfs/upper", 0755) == 0 &&
				      mkdir("tmpfs/work", 0755) == 0,
			"folders");
		fill("lower/file0", 'a');
	}
	overlay = tmpfs &&
		  disks_make("overlay", "lowerdir=lower,upperdir=tmpfs/upper,workdir=tmpfs/work");
	receipts_settle();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (made[i])
			test_disk(kinds[i]);
	if (tmpfs)
		test_untrue("tmpfs");
	if (overlay)
		test_untrue("overlay");
	else
		check_skip("overlay", "cannot be mounted here");
	return check_end();
}
