#include "border/ecdsa.h"

#include "base/limits.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

bool
ecdsa_is_strict(const uint8_t *signature, size_t length)
{
	const unsigned char *end = signature;
	unsigned char *again = NULL;
	ECDSA_SIG *parsed = NULL;
	int again_length;
	bool strict;

	if (length <= LIMIT_DER_BYTES)
		parsed = d2i_ECDSA_SIG(NULL, &end, (long)length);
	ERR_clear_error();
	if (!parsed)
		return false;
	again_length = i2d_ECDSA_SIG(parsed, &again);
	/*
	 * As long as it was, and equal: so there was nothing behind the end, either. Negative
	 * numbers are not read at all.
	 */
	strict = again_length > 0 && (size_t)again_length == length &&
		 memcmp(again, signature, length) == 0 && !BN_is_zero(ECDSA_SIG_get0_r(parsed)) &&
		 !BN_is_zero(ECDSA_SIG_get0_s(parsed));
	OPENSSL_free(again);
	ECDSA_SIG_free(parsed);
	ERR_clear_error();
	return strict;
}
