#include "border/chain.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "border/certificate.h"
#include "border/chain_path.h"
#include "border/heap.h"
#include "border/key.h"
#include "border/pem.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

struct anchor {
	X509 *certificate; /* owned */
	struct digest fingerprint;
};

struct chain_anchors {
	struct anchor *list; /* owned */
	size_t count, capacity;
};

/* What a bundle brought. */
struct candidate {
	X509 *leaf;               /* owned */
	STACK_OF(X509) * helpers; /* owned, with its certificates */
};

static void
free_candidate(struct candidate *candidate)
{
	X509_free(candidate->leaf);
	sk_X509_pop_free(candidate->helpers, X509_free);
}

#define cleanup_candidate __attribute__((cleanup(free_candidate)))
#define cleanup_anchors   __attribute__((cleanup(free_anchors)))

/* True for the label of a certificate: today's name and that of before 1995. */
static bool
is_certificate(const struct pem_block *block)
{
	return strcmp(block->label, "CERTIFICATE") == 0 ||
	       strcmp(block->label, "X509 CERTIFICATE") == 0;
}

/* Takes the next certificate block off TEXT; results as pem_next(). */
static int
next_certificate(struct pem_text *text, struct pem_block *out, struct error *err)
{
	int result;

	for (;;) {
		result = pem_next(text, out, err);
		if (result || is_certificate(out))
			return result;
		/* OpenSSL's own form carries settings that change what is trusted. */
		result = strcmp(out->label, "TRUSTED CERTIFICATE");
		pem_release(out);
		if (result == 0)
			return error_set(err, REASON_CONFIG, 0,
				"holds a 'TRUSTED CERTIFICATE', a form that only OpenSSL knows; "
				"`openssl x509` converts it");
	}
}

static void
free_list(struct anchor *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		X509_free(list[i].certificate);
	free(list);
}

void
chain_release(struct chain_anchors *anchors)
{
	if (!anchors)
		return;
	free_list(anchors->list, anchors->count);
	free(anchors);
}

static void
free_anchors(struct chain_anchors **anchors)
{
	chain_release(*anchors);
}

/* Adds one certificate to what one file gave. */
static int
add_anchor(struct chain_anchors *anchors, const struct pem_block *block, struct error *err)
{
	struct anchor anchor = { 0 };
	void *list = anchors->list;

	if (mem_grow(&list, anchors->count, &anchors->capacity, sizeof(anchor)))
		return error_no_memory(err);
	anchors->list = list;
	if (digest_compute(DIGEST_SHA256, block->bytes, block->length, &anchor.fingerprint, err))
		return -1;
	anchor.certificate = certificate_parse(block->bytes, block->length, REASON_CONFIG, err);
	if (!anchor.certificate)
		return -1;
	anchors->list[anchors->count++] = anchor;
	return 0;
}

static int
read_anchors(struct chain_anchors *anchors, const char *pem, size_t length, struct error *err)
{
	struct pem_text text = { pem, length };
	int result;

	for (;;) {
		cleanup_block struct pem_block block = { 0 };

		result = next_certificate(&text, &block, err);
		if (result < 0)
			return -1;
		if (result > 0)
			break;
		if (anchors->count == LIMIT_ANCHORS)
			return error_set(err, REASON_CONFIG, 0, "holds more than %d certificates",
				LIMIT_ANCHORS);
		if (add_anchor(anchors, &block, err))
			return -1;
	}
	if (anchors->count == 0) {
		error_set(err, REASON_CONFIG, 0, "holds no certificate in PEM form%s",
			pem_hint(pem, length));
		return -1;
	}
	return 0;
}

int
chain_add_anchors(struct chain_anchors **anchors, const char *pem, size_t length, const char *what,
	struct error *err)
{
	cleanup_anchors struct chain_anchors *fresh = calloc(1, sizeof(*fresh));
	struct chain_anchors *old = *anchors;
	struct anchor *list;

	if (!fresh)
		return error_no_memory(err);
	if (read_anchors(fresh, pem, length, err))
		return error_wrap(err, "%s", what);
	if (!old) {
		*anchors = take_ptr(fresh);
		return 0;
	}
	list = reallocarray(old->list, old->count + fresh->count, sizeof(*list));
	if (!list)
		return error_no_memory(err);
	memcpy(list + old->count, fresh->list, fresh->count * sizeof(*list));
	old->list = list;
	old->count += fresh->count;
	old->capacity = old->count;
	fresh->count = 0; /* the certificates have moved */
	return 0;
}

size_t
chain_count(const struct chain_anchors *anchors)
{
	return anchors->count;
}

int
chain_fingerprint(
	const struct chain_anchors *anchors, size_t index, struct digest *out, struct error *err)
{
	if (index >= anchors->count)
		return error_set(err, REASON_INTERNAL, 0, "no anchor has number %zu", index);
	*out = anchors->list[index].fingerprint;
	return 0;
}

/* Reads all that the bundle brought. CANDIDATE may be half filled on failure. */
static int
read_candidate(const struct chain_certificate *certificates, size_t count,
	struct candidate *candidate, struct error *err)
{
	if (count == 0)
		return error_set(err, REASON_BUNDLE, 0, "the bundle holds no certificate");
	if (count > LIMIT_CERTIFICATES)
		return error_set(err, REASON_BUNDLE, 0,
			"the bundle holds %zu certificates, at most %d are allowed", count,
			LIMIT_CERTIFICATES);
	candidate->helpers = sk_X509_new_null();
	if (!candidate->helpers)
		return error_no_memory(err);
	for (size_t i = 0; i < count; i++) {
		X509 *certificate = certificate_parse(
			certificates[i].der, certificates[i].length, REASON_BUNDLE, err);

		if (!certificate)
			return error_wrap(err, "certificate %zu of the bundle", i + 1);
		if (i == 0) {
			candidate->leaf = certificate;
		} else if (sk_X509_push(candidate->helpers, certificate) <= 0) {
			X509_free(certificate);
			return error_no_memory(err);
		}
	}
	return 0;
}

/* A store of the anchors and nothing else, or NULL. */
static X509_STORE *
make_store(const struct chain_anchors *anchors)
{
	X509_STORE *store = X509_STORE_new();

	for (size_t i = 0; store && i < anchors->count; i++) {
		if (X509_STORE_add_cert(store, anchors->list[i].certificate) != 1) {
			X509_STORE_free(store);
			return NULL;
		}
	}
	return store;
}

/* Leads CANDIDATE to one of the anchors, now and when its validity starts: now alone would accept a
 * leaf older than its CA, and its start alone an expired one (facts: oms, section 9). */
static int
check_paths(const struct chain_anchors *anchors, const struct candidate *candidate, int64_t at,
	struct chain_signer *found, struct error *err)
{
	cleanup_chain_path struct chain_path path = {
		.store = make_store(anchors), .leaf = candidate->leaf, .helpers = candidate->helpers
	};
	struct digest ignored;

	if (!path.store)
		return error_set(err, REASON_INTERNAL, 0, "OpenSSL cannot store the anchors");
	return chain_path_check(&path, at, "now", &found->issuer, err) ||
			       chain_path_check(&path, found->not_before,
				       "when the signer's validity starts", &ignored, err)
		       ? -1
		       : 0;
}

static int
verify(const struct chain_anchors *anchors, const struct chain_certificate *certificates,
	size_t count, int64_t at, struct key **key, struct chain_signer *signer, struct error *err)
{
	cleanup_candidate struct candidate candidate = { 0 };
	struct chain_signer found = { 0 };
	struct key *leaf_key;

	if (read_candidate(certificates, count, &candidate, err) ||
		certificate_describe(candidate.leaf, &found, err) ||
		check_paths(anchors, &candidate, at, &found, err))
		return -1;
	if (certificate_check_signer(candidate.leaf, err) ||
		digest_compute(DIGEST_SHA256, certificates[0].der, certificates[0].length,
			&found.fingerprint, err))
		return -1;
	leaf_key = certificate_read_key(candidate.leaf, err);
	if (!leaf_key)
		return -1;
	if (key_spki_digest(leaf_key, &found.spki, err)) {
		key_release(leaf_key);
		return -1;
	}
	*signer = found;
	*key = leaf_key;
	return 0;
}

int
chain_verify(const struct chain_anchors *anchors, const struct chain_certificate *certificates,
	size_t count, int64_t at, struct key **key, struct chain_signer *signer, struct error *err)
{
	size_t refusals = heap_refusals();

	return verify(anchors, certificates, count, at, key, signer, err)
		       ? heap_refuse(refusals, err)
		       : 0;
}

int
chain_read_der(const char *pem, size_t length, size_t index, const char *what, uint8_t **der,
	size_t *der_length, struct error *err)
{
	struct pem_text text = { pem, length };
	X509 *certificate;
	int result;

	for (size_t i = 0;; i++) {
		cleanup_block struct pem_block block = { 0 };

		result = next_certificate(&text, &block, err);
		if (result < 0)
			return error_wrap(err, "%s", what);
		if (result > 0 && i == 0)
			return error_set(err, REASON_CONFIG, 0,
				"%s: holds no certificate in PEM form%s", what,
				pem_hint(pem, length));
		if (result > 0)
			return 1;
		if (i < index)
			continue;
		certificate = certificate_parse(block.bytes, block.length, REASON_CONFIG, err);
		if (!certificate)
			return error_wrap(err, "%s", what);
		certificate_release(certificate);
		*der_length = block.length;
		*der = take_ptr(block.bytes);
		return 0;
	}
}

static int
check_leaf(const X509 *leaf, int64_t at, struct error *err)
{
	struct certificate_validity validity;

	if (certificate_read_validity(leaf, &validity, err))
		return -1;
	/* OpenSSL counts the last second as expired; so do we, lest we sign what it refuses. */
	if (at < validity.not_before || at >= validity.not_after)
		return error_set(err, REASON_EXPIRED, 0,
			"certificate %s: valid from %s to %s, not at %s",
			certificate_subject(leaf).text, certificate_date(validity.not_before).text,
			certificate_date(validity.not_after).text, certificate_date(at).text);
	return 0;
}

int
chain_check_leaf(const uint8_t *der, size_t length, int64_t at, struct key **key, struct error *err)
{
	cleanup_candidate struct candidate candidate = { 0 };
	size_t refusals = heap_refusals();
	struct key *leaf_key = NULL;

	candidate.leaf = certificate_parse(der, length, REASON_CONFIG, err);
	if (candidate.leaf && check_leaf(candidate.leaf, at, err) == 0 &&
		certificate_check_signer(candidate.leaf, err) == 0)
		leaf_key = certificate_read_key(candidate.leaf, err);
	if (!leaf_key) {
		if (err->reason != REASON_INTERNAL)
			err->reason = REASON_CONFIG;
		return heap_refuse(refusals, err);
	}
	*key = leaf_key;
	return 0;
}
