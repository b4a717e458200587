#include "border/heap.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { RESERVE_BYTES = 4096 /* OpenSSL's first steps ask for 112 */ };

static pthread_once_t started = PTHREAD_ONCE_INIT;
static int start_result;
static _Thread_local size_t refusals;
static _Thread_local bool starting;
static _Alignas(max_align_t) uint8_t reserve[RESERVE_BYTES];
static size_t reserved;

static bool
is_reserve(const void *bytes)
{
	return (uintptr_t)bytes - (uintptr_t)reserve < RESERVE_BYTES;
}

/* Out of the reserve, once for all, while OpenSSL starts. */
static void *
take_reserve(size_t size)
{
	size_t rounded =
		(size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	void *bytes = reserve + reserved;

	if (!starting || size > RESERVE_BYTES || rounded > RESERVE_BYTES - reserved)
		return NULL;
	reserved += rounded;
	return bytes;
}

/* All three as OpenSSL's own, which tell it the place in its source, too. */
static void *
allocate(size_t size, const char *file, int line)
{
	void *bytes = malloc(size);

	(void)file;
	(void)line;
	if (bytes)
		return bytes;
	refusals++;
	return take_reserve(size);
}

static void *
enlarge(void *bytes, size_t size, const char *file, int line)
{
	void *larger = is_reserve(bytes) ? NULL : realloc(bytes, size);

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
	if (!is_reserve(bytes))
		free(bytes);
}

/* OpenSSL 3.5 waits for its own start, and so for ever, where it is refused memory in the midst of
 * it. */
static void
start(void)
{
	/* No clean-up at exit: it would free under the feet of threads that still hash. */
	const uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;

	CRYPTO_set_mem_functions(allocate, enlarge, release);
	starting = true;
	start_result = OPENSSL_init_crypto(options, NULL) == 1 ? 0 : -1;
	starting = false;
}

int
heap_start(void)
{
	pthread_once(&started, start);
	return start_result;
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
