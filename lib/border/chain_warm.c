#include "border/chain_warm.h"

#include "base/error.h"
#include "base/mem.h"
#include "border/certificate.h"
#include "border/chain.h"
#include "border/key.h"

#include <string.h>

/* A certificate of nobody, whose key is gone: P-384 and SHA-384, as NVIDIA's. */
static const char nobody[] = "-----BEGIN CERTIFICATE-----\n"
			     "MIIBuDCCAT6gAwIBAgIUGhBcd0LVMf0FPm9xKx3ZAXnVKTswCgYIKoZIzj0EAwMw\n"
			     "EjEQMA4GA1UEAwwHd2FybS11cDAgFw0yNjExMjUxMjUxMjlaGA8yMDgxMDgyODEy\n"
			     "NTEyOVowEjEQMA4GA1UEAwwHd2FybS11cDB2MBAGByqGSM49AgEGBSuBBAAiA2IA\n"
			     "BC7NsjjAn55MKDxk3CsOaj9jiJErRl3yP3my7qKEG7dq3d1b4GsKMyCIPk3j9RLf\n"
			     "jM+gZEdccTKzMQHbPJSPpQNlOrNKzHL84379y4IqwsGL1/w6HI//yIxd9GdTrw6t\n"
			     "N6NTMFEwHQYDVR0OBBYEFBigLV7U6OH7wO+6aQQua8aCpiKwMB8GA1UdIwQYMBaA\n"
			     "FBigLV7U6OH7wO+6aQQua8aCpiKwMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E\n"
			     "AwMDaAAwZQIwaXpZAeX2Vlfz9T+aST5u2mbPz4e+elLH589BLIRJDnbIcOLi+oek\n"
			     "1v5TlQ8wY2NwAjEAhiaT+NxQOpEusgd6i20jyxIEUm7pNUUMI8MLXoqPiWAtckWZ\n"
			     "9SMYO3e5nHrkmvMw\n"
			     "-----END CERTIFICATE-----\n";

enum { TOO_LONG = 49 /* bytes of a number that is none of P-384 */ };

/* By an impossible signature: that is seen last, but before anything is computed. */
static void
refuse(const struct key *key)
{
	uint8_t signature[2 + 2 + TOO_LONG + 3] = { 0x30, 2 + TOO_LONG + 3, 0x02, TOO_LONG, 0x7f };
	struct error ignored;

	memcpy(signature + sizeof(signature) - 3, "\x02\x01\x01", 3);
	key_check_signature(key, key_digest(key), "", 0, signature, sizeof(signature), &ignored);
}

void
chain_warm_up(void)
{
	cleanup_free uint8_t *der = NULL;
	struct x509_st *certificate = NULL;
	struct key *key = NULL;
	struct error ignored;
	size_t length = 0;

	if (chain_read_der(nobody, strlen(nobody), 0, "nobody", &der, &length, &ignored) == 0)
		certificate = certificate_parse(der, length, REASON_CONFIG, &ignored);
	if (certificate)
		key = certificate_read_key(certificate, &ignored);
	if (key)
		refuse(key);
	key_release(key);
	certificate_release(certificate);
}
