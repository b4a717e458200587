#include "border/chain_validity.h"

#include "base/error.h"
#include "border/certificate.h"
#include "border/heap.h"

#include <stdio.h>

int
chain_validity_read(
	const uint8_t *der, size_t length, struct chain_validity *out, struct error *err)
{
	size_t refusals = heap_refusals();
	struct x509_st *certificate = certificate_parse(der, length, REASON_BUNDLE, err);
	struct chain_signer signer;
	int result = certificate ? certificate_describe(certificate, &signer, err) : -1;

	certificate_release(certificate);
	if (result)
		return heap_refuse(refusals, err);
	snprintf(out->subject, sizeof(out->subject), "%s", signer.subject);
	out->not_after = signer.not_after;
	return 0;
}
