#include "oms/trust.h"

#include "base/error.h"
#include "border/chain.h"
#include "border/key.h"

static int
add_key(struct trust *trust, const char *pem, size_t length, const char *what, struct error *err)
{
	struct key *key;

	if (trust->key_count == LIMIT_ANCHORS)
		return error_set(err, REASON_CONFIG, 0, "more than %d keys", LIMIT_ANCHORS);
	key = key_parse_public(pem, length, what, err);
	if (!key)
		return -1;
	trust->keys[trust->key_count++] = key;
	return 0;
}

int
trust_add_pem(
	struct trust *trust, const char *pem, size_t length, const char *what, struct error *err)
{
	switch (trust->method) {
	case TRUST_METHOD_CERTIFICATE:
		return chain_add_anchors(&trust->anchors, pem, length, what, err);
	case TRUST_METHOD_KEY: return add_key(trust, pem, length, what, err);
	case TRUST_METHOD_NONE: break;
	}
	return error_set(err, REASON_CONFIG, 0, "no method to verify signatures is set");
}

void
trust_release(struct trust *trust)
{
	chain_release(trust->anchors);
	for (size_t i = 0; i < trust->key_count; i++)
		key_release(trust->keys[i]);
	*trust = (struct trust){ 0 };
}
