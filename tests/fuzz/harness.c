/*
 * What stands between libFuzzer (or replay.c) and a target: each input once as it is, and once with
 * one allocation refused.
 *
 * The programs are linked with --wrap, so that the allocations of our library, of libyaml (static)
 * and of yajl (through border/json) come here; OpenSSL is told to use the same functions.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdatomic.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *bytes, size_t size);
void *__real_reallocarray(void *bytes, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *bytes, size_t size);
void *__wrap_reallocarray(void *bytes, size_t count, size_t size);
char *__wrap_strdup(const char *text);

static atomic_size_t asked;   /* allocations since the input began */
static atomic_size_t refused; /* the number of the one that fails; 0: none */
static atomic_bool trusted;

__attribute__((weak)) void
fuzz_prepare(void)
{
}

void
fuzz_trust_memory(void)
{
	trusted = true;
}

void
fuzz_distrust_memory(void)
{
	trusted = false;
}

bool
fuzz_refuses_memory(void)
{
	return refused != 0;
}

bool
fuzz_has_refused(void)
{
	return refused && asked >= refused;
}

static bool
refuses(void)
{
	if (trusted || ++asked != refused)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return refuses() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return refuses() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *bytes, size_t size)
{
	return refuses() ? NULL : __real_realloc(bytes, size);
}

void *
__wrap_reallocarray(void *bytes, size_t count, size_t size)
{
	return refuses() ? NULL : __real_reallocarray(bytes, count, size);
}

char *
__wrap_strdup(const char *text)
{
	return refuses() ? NULL : __real_strdup(text);
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *
crypto_realloc(void *bytes, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(bytes, size);
}

static void
crypto_free(void *bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	free(bytes);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		abort();
	fuzz_prepare();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t wanted;

	asked = 0;
	fuzz_input(data, size);
	wanted = asked;
	if (wanted) {
		asked = 0;
		refused = 1 + fuzz_hash(data, size) % wanted;
		fuzz_input(data, size);
		refused = 0;
	}
	return 0;
}
