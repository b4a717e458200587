/*
 * The page cache of the files of one folder.
 *
 *   cache hold FOLDER    maps and locks them, says so, and waits until standard input ends: nothing
 *                        pages them out meanwhile, mapped or not
 *   cache evict FOLDER   brings them to the disk and drops them
 *
 * Each then looks whether they are there (mincore), and fails if one page is not, or more than a
 * hundredth is. The exit status is 0, or 1.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct count {
	size_t pages;
	size_t resident;
};

static size_t page_bytes;

static void
count_resident(void *bytes, size_t length, struct count *count)
{
	size_t pages = (length + page_bytes - 1) / page_bytes;
	unsigned char *resident = calloc(pages, 1);

	if (resident && mincore(bytes, length, resident) == 0)
		for (size_t i = 0; i < pages; i++)
			count->resident += resident[i] & 1;
	count->pages += pages;
	free(resident);
}

static int
act(int fd, bool hold, struct count *count)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st))
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	if (!hold && (fdatasync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)))
		return -1;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED || (hold && mlock(bytes, (size_t)st.st_size)))
		return -1;
	count_resident(bytes, (size_t)st.st_size, count);
	return hold ? 0 : munmap(bytes, (size_t)st.st_size);
}

static int
act_on_folder(const char *path, bool hold, struct count *count)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int result = folder ? 0 : -1;

	while (!result && (entry = readdir(folder))) {
		int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC);

		result = fd < 0 ? -1 : act(fd, hold, count);
		if (result)
			perror(entry->d_name);
		if (fd >= 0)
			close(fd);
	}
	if (folder)
		closedir(folder);
	return result;
}

int
main(int argc, char *argv[])
{
	bool hold = argc == 3 && strcmp(argv[1], "hold") == 0;
	struct count count = { 0 };

	if (argc != 3 || (!hold && strcmp(argv[1], "evict") != 0)) {
		fprintf(stderr, "usage: cache hold|evict FOLDER\n");
		return 2;
	}
	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	if (act_on_folder(argv[2], hold, &count))
		return 1;
	printf("%zu of %zu pages are resident\n", count.resident, count.pages);
	fflush(stdout);
	if (hold ? count.resident < count.pages : count.resident > count.pages / 100) {
		fprintf(stderr, "cache %s: %zu of %zu pages are resident\n", argv[1],
			count.resident, count.pages);
		return 1;
	}
	while (hold && getchar() != EOF)
		;
	return 0;
}
