/*
 * What OpenSSL does with one stream in each of some threads: the plain way to hash many files, as a
 * peer for the engine.
 *
 *   evp THREADS FILE...
 *
 * Prints the digests as sha256sum does, in the order of the files, which the threads take one by
 * one.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CHUNK_BYTES = 256 << 10, /* the fastest for reading (facts: hashing, section 6) */
	THREADS_MAX = 256,
	DIGEST_BYTES = 32,
};

static char **files;
static int file_count;
static unsigned char (*digests)[DIGEST_BYTES];
static atomic_int next_file;
static atomic_bool failed;

static int
hash_file(EVP_MD_CTX *context, const char *path, unsigned char *chunk, unsigned char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;

	if (fd < 0 || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		return -1;
	while (got > 0) {
		got = read(fd, chunk, CHUNK_BYTES);
		if (got > 0 && !EVP_DigestUpdate(context, chunk, (size_t)got))
			got = -1;
	}
	close(fd);
	return got == 0 && EVP_DigestFinal_ex(context, out, NULL) ? 0 : -1;
}

static void *
work(void *unused)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *chunk = aligned_alloc(4096, CHUNK_BYTES);
	int i;

	while (context && chunk && (i = atomic_fetch_add(&next_file, 1)) < file_count) {
		if (hash_file(context, files[i], chunk, digests[i])) {
			perror(files[i]);
			failed = true;
		}
	}
	if (!context || !chunk)
		failed = true;
	EVP_MD_CTX_free(context);
	free(chunk);
	return unused;
}

static void
print_digest(const unsigned char *digest, const char *file)
{
	for (int i = 0; i < DIGEST_BYTES; i++)
		printf("%02x", digest[i]);
	printf("  %s\n", file);
}

int
main(int argc, char *argv[])
{
	pthread_t threads[THREADS_MAX];
	int count = argc > 2 ? atoi(argv[1]) : 0;

	files = argv + 2;
	file_count = argc - 2;
	digests = calloc((size_t)argc, sizeof(*digests));
	if (count < 1 || count > THREADS_MAX || !digests) {
		fprintf(stderr, "usage: evp THREADS FILE...\n");
		return 2;
	}
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < file_count; i++)
		print_digest(digests[i], files[i]);
	return failed ? 1 : 0;
}
