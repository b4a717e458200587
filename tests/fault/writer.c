/*
 * Writes a file as somebody would who hides it.
 *
 *   writer FILE map       maps it for writing, says "ready", and stores a byte whenever it reads a
 *                         line: "store", or "sync" for a store that was written back before; "end"
 *                         unmaps it first
 *   writer FILE pin FROM  maps it for writing, begins to read the start of FROM into it past the
 *                         cache, unmaps it, says "ready", and "stored" when the bytes have come
 *   writer FILE swap FROM has the kernel exchange the blocks of both files (XFS, ext4)
 *
 * The byte at offset 1 becomes another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, PIN_US = 500000 /* until the read has begun for certain */ };

/* xfs_fs.h, which is not everywhere. */
struct xfs_time {
	int64_t seconds, nanoseconds;
};

struct xfs_swap {
	int64_t version, target, source, offset, length;
	char pad[16];
	struct {
		uint64_t inode;
		uint16_t mode, links;
		uint32_t user, group, device;
		int32_t block_size;
		int64_t size;
		struct xfs_time read, modified, changed;
		uint8_t rest[48];
	} stat;
};

/* ext4.h, likewise. */
struct ext4_move {
	uint32_t reserved, donor;
	uint64_t from, to, blocks, moved;
};

static int
swap_xfs(int file, int from, const struct stat *st)
{
	struct xfs_swap swap = { .target = file, .source = from, .length = st->st_size };

	swap.stat.inode = st->st_ino;
	swap.stat.size = st->st_size;
	swap.stat.modified = (struct xfs_time){ st->st_mtim.tv_sec, st->st_mtim.tv_nsec };
	swap.stat.changed = (struct xfs_time){ st->st_ctim.tv_sec, st->st_ctim.tv_nsec };
	return ioctl(file, _IOWR('X', 109, struct xfs_swap), &swap);
}

/* It ends early where a page is in use; what it moved stays moved. */
static int
swap_ext4(int file, int from, const struct stat *st)
{
	struct ext4_move move = { .donor = (uint32_t)file,
		.blocks = ((uint64_t)st->st_size + 4095) / 4096 };

	if (ioctl(from, _IOWR('f', 15, struct ext4_move), &move) && move.moved == 0)
		return -1;
	return posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

static int
swap(int file, const char *name)
{
	int from = open(name, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(file, &st))
		return -1;
	return swap_xfs(file, from, &st) ? swap_ext4(file, from, &st) : 0;
}

static int
map(int file)
{
	char line[16];
	struct stat st;
	volatile char *bytes;

	if (fstat(file, &st))
		return -1;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		return -1;
	bytes[0] = bytes[0]; /* its page is writable from here on */
	close(file);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "sync\n") == 0)
			sync();
		if (strcmp(line, "end\n") == 0)
			break;
		bytes[1] ^= 1;
		puts("stored");
		fflush(stdout);
	}
	munmap((void *)(uintptr_t)bytes, (size_t)st.st_size);
	return 0;
}

struct pin {
	int from;
	void *page;
	ssize_t got;
};

static void *
read_slowly(void *context)
{
	struct pin *pin = context;

	pin->got = pread(pin->from, pin->page, PAGE, 0);
	return NULL;
}

static int
pin(int file, const char *name)
{
	struct pin pin = { .from = open(name, O_RDONLY | O_DIRECT | O_CLOEXEC) };
	pthread_t thread;

	pin.page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (pin.from < 0 || pin.page == MAP_FAILED ||
		pthread_create(&thread, NULL, read_slowly, &pin))
		return -1;
	close(file);
	usleep(PIN_US);
	munmap(pin.page, PAGE);
	puts("ready");
	fflush(stdout);
	pthread_join(thread, NULL);
	puts("stored");
	return pin.got == PAGE ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	int file, failed;

	if (argc < 3) {
		fprintf(stderr, "usage: writer FILE map | pin FROM | swap FROM\n");
		return 2;
	}
	file = open(argv[1], O_RDWR | O_CLOEXEC);
	if (file < 0)
		failed = -1;
	else if (argc == 3)
		failed = map(file);
	else
		failed = strcmp(argv[2], "pin") == 0 ? pin(file, argv[3]) : swap(file, argv[3]);
	if (failed) {
		fprintf(stderr, "writer: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return 0;
}
