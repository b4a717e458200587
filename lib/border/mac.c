#include "border/mac.h"

#include "base/error.h"
#include "base/mem.h"
#include "border/digest.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sys/random.h>

struct mac {
	EVP_MAC_CTX *keyed; /* owned; OpenSSL wipes the key; NULL in a child process */
	struct mac *next;
};

static struct mac *all; /* that are open */
static pthread_once_t watching = PTHREAD_ONCE_INIT;

/* In a child process, before it does anything. */
static void
forget(void)
{
	for (struct mac *mac = all; mac; mac = mac->next) {
		EVP_MAC_CTX_free(mac->keyed);
		mac->keyed = NULL;
	}
}

static int unwatched;

static void
watch(void)
{
	unwatched = pthread_atfork(NULL, NULL, forget);
}

static void
leave_list(const struct mac *mac)
{
	struct mac **place = &all;

	while (*place && *place != mac)
		place = &(*place)->next;
	if (*place)
		*place = mac->next;
}

static int
failed(struct error *err)
{
	ERR_clear_error();
	return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot compute an HMAC");
}

static EVP_MAC_CTX *
make_context(const uint8_t *key)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (context && EVP_MAC_init(context, key, MAC_KEY_BYTES, params) != 1) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

struct mac *
mac_open(const uint8_t key[static MAC_KEY_BYTES], struct error *err)
{
	cleanup_free struct mac *mac = NULL;

	if (digest_start(err))
		return NULL;
	pthread_once(&watching, watch);
	if (unwatched) {
		error_no_memory(err);
		return NULL;
	}
	mac = calloc(1, sizeof(*mac));
	if (!mac) {
		error_no_memory(err);
		return NULL;
	}
	mac->keyed = make_context(key);
	if (!mac->keyed) {
		failed(err);
		return NULL;
	}
	mac->next = all;
	all = mac;
	return take_ptr(mac);
}

int
mac_compute(struct mac *mac, const void *bytes, size_t length, uint8_t out[static MAC_BYTES],
	struct error *err)
{
	size_t size = 0;

	/* Without a key: that of before. */
	if (!mac->keyed || EVP_MAC_init(mac->keyed, NULL, 0, NULL) != 1 ||
		EVP_MAC_update(mac->keyed, bytes, length) != 1 ||
		EVP_MAC_final(mac->keyed, out, &size, MAC_BYTES) != 1 || size != MAC_BYTES)
		return failed(err);
	return 0;
}

bool
mac_verify(struct mac *mac, const void *bytes, size_t length, const uint8_t code[static MAC_BYTES])
{
	uint8_t computed[MAC_BYTES];
	struct error ignored;

	return mac_compute(mac, bytes, length, computed, &ignored) == 0 &&
	       CRYPTO_memcmp(computed, code, MAC_BYTES) == 0;
}

int
mac_make_key(uint8_t out[static MAC_KEY_BYTES], struct error *err)
{
	ssize_t got;

	do
		got = getrandom(out, MAC_KEY_BYTES, 0);
	while (got < 0 && errno == EINTR);
	/* Up to 256 bytes come whole, or not at all. */
	if (got != MAC_KEY_BYTES)
		return error_set_os(err, REASON_INTERNAL, errno, "no random bytes for a key");
	return 0;
}

void
mac_close(struct mac *mac)
{
	if (!mac)
		return;
	leave_list(mac);
	EVP_MAC_CTX_free(mac->keyed);
	free(mac);
}
