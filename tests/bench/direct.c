/*
 * How fast the disk gives the files of a model: reads them past the page cache (O_DIRECT), two MiB
 * at a time in each of some threads, and does nothing with the bytes.
 *
 * Each buffer is a huge page: a request for 512 scattered pages takes some virtual disks three
 * times as long as one for memory in one piece.
 *
 *   direct THREADS FILE...
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 2 << 20, THREADS_MAX = 256, FILES_MAX = 4096 };

static struct {
	int fd;
	size_t chunks; /* of it and all files before it */
} files[FILES_MAX];
static int file_count;
static atomic_size_t next_chunk;
static atomic_bool failed;

static void *
work(void *unused)
{
	void *bytes = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
	size_t chunk;
	int i = 0;

	if (!bytes)
		failed = true;
	else
		madvise(bytes, CHUNK_BYTES, MADV_HUGEPAGE); /* a refusal costs speed alone */
	while (!failed &&
		(chunk = atomic_fetch_add(&next_chunk, 1)) < files[file_count - 1].chunks) {
		size_t before;

		while (chunk >= files[i].chunks)
			i++;
		before = i ? files[i - 1].chunks : 0;
		if (pread(files[i].fd, bytes, CHUNK_BYTES, (off_t)(chunk - before) * CHUNK_BYTES) <=
			0)
			failed = true;
	}
	free(bytes);
	return unused;
}

static int
open_files(char *const paths[], int count)
{
	size_t chunks = 0;

	for (int i = 0; i < count; i++) {
		struct stat st;
		int fd = open(paths[i], O_RDONLY | O_DIRECT | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &st)) {
			perror(paths[i]);
			return -1;
		}
		chunks += ((size_t)st.st_size + CHUNK_BYTES - 1) / CHUNK_BYTES;
		files[i].fd = fd;
		files[i].chunks = chunks;
	}
	file_count = count;
	return 0;
}

int
main(int argc, char *argv[])
{
	pthread_t threads[THREADS_MAX];
	int count = argc > 2 ? atoi(argv[1]) : 0;

	if (count < 1 || count > THREADS_MAX || argc - 2 > FILES_MAX) {
		fprintf(stderr, "usage: direct THREADS FILE...\n");
		return 2;
	}
	if (open_files(argv + 2, argc - 2))
		return 1;
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return failed ? 1 : 0;
}
