#include "border/heap.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_once_t started = PTHREAD_ONCE_INIT;
static _Thread_local size_t refusals;

/* All three as OpenSSL's own, which tell it the place in its source, too. */
static void *
allocate(size_t size, const char *file, int line)
{
	void *bytes = malloc(size);

	(void)file;
	(void)line;
	if (!bytes)
		refusals++;
	return bytes;
}

static void *
enlarge(void *bytes, size_t size, const char *file, int line)
{
	void *larger = realloc(bytes, size);

	(void)file;
	(void)line;
	if (!larger && size)
		refusals++;
	return larger;
}

static void
release(void *bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	free(bytes);
}

static void
start(void)
{
	CRYPTO_set_mem_functions(allocate, enlarge, release);
}

void
heap_start(void)
{
	pthread_once(&started, start);
}

size_t
heap_refusals(void)
{
	return refusals;
}

void
heap_blame(size_t before, struct error *err)
{
	if (refusals != before)
		error_no_memory(err);
}
