#include "border/chain_describe.h"

#include "base/error.h"
#include "border/certificate.h"

#include <openssl/err.h>
#include <openssl/x509.h>

/* SHA-256 of the key's SubjectPublicKeyInfo. */
static int
digest_key(const X509 *certificate, struct digest *out, struct error *err)
{
	unsigned char *der = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der), result;

	if (length > 0)
		result = digest_compute(DIGEST_SHA256, der, (size_t)length, out, err);
	else
		result = error_set(err, REASON_CONFIG, 0, "its key cannot be read");
	OPENSSL_free(der);
	ERR_clear_error();
	return result;
}

int
chain_describe_der(const uint8_t *der, size_t length, struct chain_signer *out, struct error *err)
{
	X509 *certificate = certificate_parse(der, length, REASON_CONFIG, err);
	struct chain_signer signer = { .not_before = 0 };
	int result;

	if (!certificate)
		return -1;
	result = certificate_describe(certificate, &signer, err) ||
				 certificate_fingerprint(certificate, &signer.fingerprint, err) ||
				 digest_key(certificate, &signer.spki, err)
			 ? -1
			 : 0;
	certificate_release(certificate);
	if (result) {
		err->reason = REASON_CONFIG;
		return -1;
	}
	*out = signer;
	return 0;
}
