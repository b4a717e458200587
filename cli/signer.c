#include "cli/signer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/chain.h"
#include "border/key.h"
#include "cli/option.h"
#include "cli/source.h"

#include <string.h>

void
signer_release(struct signer *signer)
{
	size_t i;

	key_release(signer->key);
	for (i = 0; i < signer->count; i++)
		free(signer->certificates[i].der);
	*signer = (struct signer){ 0 };
}

int
signer_read_key(struct signer *signer, const char *path, const char *password, struct error *err)
{
	cleanup_bytes struct file_bytes pem = { 0 };

	if (source_read_pem(path, "private key", &pem, err))
		return -1;
	signer->key = key_parse_private(pem.bytes, pem.length, password, TEXT_QUOTE(path), err);
	explicit_bzero(pem.bytes, pem.length);
	return signer->key ? 0 : -1;
}

/* Adds certificate INDEX of a PEM file. Returns 0, 1 when there is none, or -1. */
static int
add_certificate(struct signer *signer, const struct file_bytes *pem, size_t index, const char *path,
	struct error *err)
{
	struct sign_certificate certificate;
	int result = chain_read_der(pem->bytes, pem->length, index, TEXT_QUOTE(path),
		&certificate.der, &certificate.length, err);

	if (result)
		return result;
	if (signer->count == ARRAY_SIZE(signer->certificates)) {
		free(certificate.der);
		return error_set(err, REASON_CONFIG, 0,
			"%s: more than %zu certificates for one signature", TEXT_QUOTE(path),
			ARRAY_SIZE(signer->certificates));
	}
	signer->certificates[signer->count++] = certificate;
	return 0;
}

/* The leaf: fit to sign, and of the same pair as the private key. */
static int
read_leaf(struct signer *signer, const char *path, struct error *err)
{
	cleanup_bytes struct file_bytes pem = { 0 };
	struct key *key = NULL;
	bool same;

	if (source_read_pem(path, "signing certificate", &pem, err) ||
		add_certificate(signer, &pem, 0, path, err))
		return -1;
	if (chain_check_leaf(signer->certificates[0].der, signer->certificates[0].length,
		    clock_now(), &key, err))
		return error_wrap(err, "signing certificate %s", TEXT_QUOTE(path));
	same = key_equal(key, signer->key);
	key_release(key);
	if (!same)
		return error_set(err, REASON_CONFIG, 0,
			"signing certificate %s: its public key is not the one of the private key",
			TEXT_QUOTE(path));
	return 0;
}

int
signer_read_certificates(struct signer *signer, const char *path, const struct option_list *chains,
	struct error *err)
{
	size_t i, index;
	int result;

	if (read_leaf(signer, path, err))
		return -1;
	for (i = 0; i < chains->count; i++) {
		cleanup_bytes struct file_bytes pem = { 0 };

		if (source_read_pem(chains->values[i], "certificate chain", &pem, err))
			return -1;
		for (index = 0, result = 0; result == 0; index++)
			result = add_certificate(signer, &pem, index, chains->values[i], err);
		if (result < 0)
			return -1;
	}
	return 0;
}
