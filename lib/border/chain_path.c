#include "border/chain_path.h"

#include "base/error.h"
#include "border/certificate.h"
#include "border/chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

enum {
	AUTH_LEVEL = 2, /* 112 bits: no SHA-1, no RSA below 2048 (facts: oms, section 9) */
};

void
chain_path_release(struct chain_path *path)
{
	X509_STORE_free(path->store);
	sk_X509_pop_free(path->proved, X509_free);
	path->store = NULL;
	path->proved = NULL;
}

/* The same certificates in memory, not only equal ones. */
static bool
is_same(const STACK_OF(X509) * a, const STACK_OF(X509) * b)
{
	int count = a ? sk_X509_num(a) : 0;

	if (count == 0 || !b || sk_X509_num(b) != count)
		return false;
	for (int i = 0; i < count; i++)
		if (sk_X509_value(a, i) != sk_X509_value(b, i))
			return false;
	return true;
}

/* OpenSSL's answer about the validity of CERTIFICATE at TIME. */
static int
check_validity(const X509 *certificate, time_t time)
{
	int before = X509_cmp_time(X509_get0_notBefore(certificate), &time);
	int after = X509_cmp_time(X509_get0_notAfter(certificate), &time);

	if (before == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD;
	if (before > 0)
		return X509_V_ERR_CERT_NOT_YET_VALID;
	if (after == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
	return after < 0 ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_OK;
}

/* What OpenSSL's own step checks of signatures, of this very chain, it has checked; left is the
 * time, of the anchor, too. */
static int
check_times(X509_STORE_CTX *context)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	time_t time = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));

	for (int i = sk_X509_num(chain); i-- > 0;) {
		X509 *certificate = sk_X509_value(chain, i);
		int code = check_validity(certificate, time);

		if (code != X509_V_OK) {
			X509_STORE_CTX_set_error(context, code);
			X509_STORE_CTX_set_error_depth(context, i);
			X509_STORE_CTX_set_current_cert(context, certificate);
			return 0;
		}
	}
	return 1;
}

/* What OpenSSL hands to verify_found(). */
struct step {
	const struct chain_path *path;
	X509_STORE_CTX_verify_fn own; /* that it stands in for */
};

/* In place of OpenSSL's step that checks signatures and times of the chain it has found. */
static int
verify_found(X509_STORE_CTX *context)
{
	const struct step *step = X509_STORE_CTX_get_app_data(context);

	return is_same(step->path->proved, X509_STORE_CTX_get0_chain(context))
		       ? check_times(context)
		       : step->own(context);
}

/* Each certificate between the leaf and the anchor may issue to signers of code. ISSUER becomes the
 * fingerprint of the one above the leaf; a leaf that is an anchor issued itself. */
static int
check_intermediates(X509_STORE_CTX *context, struct digest *issuer, struct error *err)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	int count = chain ? sk_X509_num(chain) : 0;

	if (count < 1)
		return error_set(err, REASON_INTERNAL, 0, "OpenSSL found a chain and lost it");
	for (int i = 1; i + 1 < count; i++)
		if (certificate_check_issuer(sk_X509_value(chain, i), err))
			return -1;
	return certificate_fingerprint(sk_X509_value(chain, count > 1 ? 1 : 0), issuer, err);
}

static void
keep_chain(struct chain_path *path, X509_STORE_CTX *context)
{
	sk_X509_pop_free(path->proved, X509_free);
	path->proved = X509_STORE_CTX_get1_chain(context);
}

int
chain_path_check(struct chain_path *path, int64_t time, const char *when, struct digest *issuer,
	struct error *err)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	struct step step = { .path = path };
	X509_VERIFY_PARAM *parameters;
	int result = -1;

	if (!context || X509_STORE_CTX_init(context, path->store, path->leaf, path->helpers) != 1 ||
		X509_STORE_CTX_set_app_data(context, &step) != 1) {
		error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot prepare to check certificates");
		goto out;
	}
	step.own = X509_STORE_CTX_get_verify(context);
	X509_STORE_CTX_set_verify(context, verify_found);
	parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)time);
	X509_VERIFY_PARAM_set_depth(parameters, CHAIN_INTERMEDIATES_MAX);
	X509_VERIFY_PARAM_set_auth_level(parameters, AUTH_LEVEL);
	if (X509_verify_cert(context) == 1) {
		keep_chain(path, context);
		result = check_intermediates(context, issuer, err);
	} else {
		certificate_refuse(X509_STORE_CTX_get_current_cert(context),
			X509_STORE_CTX_get_error(context), time, when, err);
	}
out:
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return result;
}
