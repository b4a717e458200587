#include "border/digest.h"

#include "base/blake3.h"
#include "base/error.h"
#include "base/text.h"
#include "base/writer.h"
#include "border/heap.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct digest_context {
	EVP_MD_CTX *evp; /* owned; NULL for DIGEST_BLAKE3 */
	struct blake3 blake3;
	enum digest_algorithm algorithm;
	bool started; /* between digest_open() or digest_restart() and digest_finish() */
};

static const struct {
	const char *name; /* of OMS */
	const char *openssl;
	size_t size;
	bool of_files; /* OMS lets files be signed with it */
} algorithms[DIGEST_COUNT] = {
	[DIGEST_NONE] = { "none", NULL, 0, false },
	[DIGEST_SHA256] = { "sha256", "SHA256", 32, true },
	[DIGEST_SHA384] = { "sha384", "SHA384", 48, false },
	[DIGEST_SHA512] = { "sha512", "SHA512", 64, false },
	[DIGEST_BLAKE2B] = { "blake2b", "BLAKE2B-512", 64, true },
	[DIGEST_BLAKE3] = { "blake3", NULL, BLAKE3_BYTES, true },
};

/* Looked up once: a look-up for each message would cost more than hashing a small one. Kept until
 * the process ends. */
static EVP_MD *fetched[DIGEST_COUNT]; /* NULL: not offered */
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;
static pthread_once_t random_once = PTHREAD_ONCE_INIT;

static enum digest_algorithm
known(enum digest_algorithm algorithm)
{
	return (unsigned int)algorithm < DIGEST_COUNT ? algorithm : DIGEST_NONE;
}

size_t
digest_size(enum digest_algorithm algorithm)
{
	return algorithms[known(algorithm)].size;
}

const char *
digest_name(enum digest_algorithm algorithm)
{
	return algorithms[known(algorithm)].name;
}

enum digest_algorithm
digest_of_files(const char *name)
{
	for (int i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++)
		if (algorithms[i].of_files && strcmp(name, algorithms[i].name) == 0)
			return (enum digest_algorithm)i;
	return DIGEST_NONE;
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	size_t size = digest_size(a->algorithm);

	return size > 0 && a->algorithm == b->algorithm && memcmp(a->bytes, b->bytes, size) == 0;
}

struct digest_text
digest_format(const struct digest *digest)
{
	struct digest_text text = { "" };

	text_format_hex(text.text, digest->bytes, digest_size(digest->algorithm));
	return text;
}

void
digest_write(const struct digest *digest, const char *key, struct writer *writer)
{
	writer_string(
		writer, key, digest->algorithm == DIGEST_NONE ? NULL : digest_format(digest).text);
}

static int
failed(struct error *err, enum digest_algorithm algorithm)
{
	ERR_clear_error();
	return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot compute a %s digest",
		digest_name(algorithm));
}

/* ECDSA needs random numbers even to verify. Those of OpenSSL's AES would have each parser of a
 * signature load every cipher that there is, and we have no other use for one: 0.4 ms. Where the
 * choice cannot be made its own remains, which is as good. */
static void
choose_random(void)
{
	RAND_set_DRBG_type(NULL, "HASH-DRBG", NULL, NULL, "SHA256");
	ERR_clear_error();
}

int
digest_start(struct error *err)
{
	/* OpenSSL 3.0 goes on without its default context, and crashes, where it got no memory. */
	if (heap_start() || !OSSL_LIB_CTX_get0_global_default())
		return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot be started");
	/* Once, before the first use: later it is refused. */
	pthread_once(&random_once, choose_random);
	return 0;
}

static void
fetch_all(void)
{
	for (int i = DIGEST_NONE + 1; i < DIGEST_COUNT; i++) {
		EVP_MD *md = algorithms[i].openssl ? EVP_MD_fetch(NULL, algorithms[i].openssl, NULL)
						   : NULL;

		if (md && (size_t)EVP_MD_get_size(md) == algorithms[i].size)
			fetched[i] = md;
		else
			EVP_MD_free(md);
	}
	ERR_clear_error();
}

/* Looks up what OpenSSL has, and refuses an ALGORITHM that it lacks. */
static int
load(enum digest_algorithm algorithm, struct error *err)
{
	if (digest_start(err))
		return -1;
	if (pthread_once(&fetched_once, fetch_all) ||
		(algorithms[algorithm].openssl && !fetched[algorithm]))
		return error_set(
			err, REASON_INTERNAL, 0, "OpenSSL offers no %s", digest_name(algorithm));
	return 0;
}

int
digest_warm_up(struct error *err)
{
	struct digest ignored;
	struct tm tm;
	time_t now = 0;

	/* X509_verify_cert() comes to gmtime_r(), for which glibc reads /etc/localtime once. */
	tzset();
	gmtime_r(&now, &tm);
	if (digest_compute(DIGEST_SHA256, "", 0, &ignored, err))
		return -1;
	for (int i = DIGEST_SHA384; i < DIGEST_COUNT; i++)
		if (fetched[i] && digest_compute((enum digest_algorithm)i, "", 0, &ignored, err))
			return -1;
	return 0;
}

int
digest_compute(enum digest_algorithm algorithm, const void *bytes, size_t length,
	struct digest *out, struct error *err)
{
	struct digest_context *context = digest_open(algorithm, err);
	int result = -1;

	if (!context)
		return -1;
	if (digest_update(context, bytes, length, err) == 0)
		result = digest_finish(context, out, err);
	digest_close(context);
	return result;
}

struct digest_context *
digest_open(enum digest_algorithm algorithm, struct error *err)
{
	struct digest_context *context;

	if (digest_size(algorithm) == 0) {
		error_set(err, REASON_INTERNAL, 0, "a digest was asked for without an algorithm");
		return NULL;
	}
	if (load(algorithm, err))
		return NULL;
	context = calloc(1, sizeof(*context));
	if (!context) {
		error_no_memory(err);
		return NULL;
	}
	context->algorithm = algorithm;
	if (algorithms[algorithm].openssl) {
		context->evp = EVP_MD_CTX_new();
		if (!context->evp) {
			failed(err, algorithm);
			digest_close(context);
			return NULL;
		}
	}
	if (digest_restart(context, err)) {
		digest_close(context);
		return NULL;
	}
	return context;
}

int
digest_restart(struct digest_context *context, struct error *err)
{
	context->started = false;
	blake3_start(&context->blake3);
	if (context->evp &&
		EVP_DigestInit_ex2(context->evp, fetched[context->algorithm], NULL) != 1)
		return failed(err, context->algorithm);
	context->started = true;
	return 0;
}

int
digest_update(struct digest_context *context, const void *bytes, size_t length, struct error *err)
{
	if (!context->started)
		return error_set(err, REASON_INTERNAL, 0, "a digest was used after its end");
	if (!context->evp)
		blake3_update(&context->blake3, bytes, length);
	else if (length && EVP_DigestUpdate(context->evp, bytes, length) != 1)
		return failed(err, context->algorithm);
	return 0;
}

int
digest_finish(struct digest_context *context, struct digest *out, struct error *err)
{
	struct digest digest = { .algorithm = context->algorithm };
	unsigned int size = BLAKE3_BYTES;

	if (!context->started)
		return error_set(err, REASON_INTERNAL, 0, "a digest was used after its end");
	context->started = false;
	if (!context->evp)
		blake3_finish(&context->blake3, digest.bytes);
	else if (EVP_DigestFinal_ex(context->evp, digest.bytes, &size) != 1)
		return failed(err, context->algorithm);
	if (size != digest_size(context->algorithm))
		return failed(err, context->algorithm);
	*out = digest;
	return 0;
}

void
digest_close(struct digest_context *context)
{
	if (!context)
		return;
	EVP_MD_CTX_free(context->evp);
	free(context);
}
