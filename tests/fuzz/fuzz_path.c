/*
 * Chains of certificates, issued as the input says and really signed: from a leaf over helpers to
 * the one anchor, or not. Each byte is a choice; behind the end of the input all choices are 0.
 */
#include "base/mem.h"
#include "border/chain.h"
#include "border/key.h"

#include "tests/fuzz/fuzz.h"
#include "tests/unit/oms_material.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum {
	CERTIFICATES_MAX = 9, /* one more than a bundle may hold */
	EXTENSIONS_MAX = 4,
	KEYS_GOOD = 3, /* the first of KEYS are on the curves that sign models */
};

static EVP_PKEY *keys[7]; /* P-256, P-384, P-521, brainpool, RSA 2048, RSA 1024, Ed25519 */
static EVP_PKEY *root_key;
static struct chain_anchors *anchors;

struct choices {
	const uint8_t *at, *end;
};

/* What is said about the leaf when the chain is refused or not. */
struct link {
	X509 *certificate; /* owned */
	EVP_PKEY *key;     /* borrowed */
	bool good;         /* nothing about it is wrong but, perhaps, its issuer */
	bool odd;          /* has an extension of the fuzzer's making, or two of one kind */
	bool signs, signs_code, concerns_code; /* KeyUsage; ExtendedKeyUsage; it, or none */
	bool has_usage;                        /* KeyUsage is there */
};

/* Bodies of extensions, in DER. */
static const struct extension {
	int nid;
	const char *der;
	size_t length;
} extensions[] = {
	{ NID_key_usage, "\x03\x02\x07\x80", 4 }, /* digitalSignature */
	{ NID_key_usage, "\x03\x02\x01\x06", 4 }, /* keyCertSign, cRLSign */
	{ NID_key_usage, "\x03\x02\x01\x86", 4 }, /* all three */
	{ NID_ext_key_usage, "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03", 12 }, /* code */
	{ NID_ext_key_usage, "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 12 }, /* server */
	{ NID_ext_key_usage, "\x30\x06\x06\x04\x55\x1d\x25\x00", 8 },                  /* any */
	{ NID_basic_constraints, "\x30\x03\x01\x01\xff", 5 },                          /* a CA */
	{ NID_basic_constraints, "\x30\x06\x01\x01\xff\x02\x01\x00", 8 }, /* of leaves only */
	{ NID_basic_constraints, "\x30\x00", 2 },                         /* none */
	{ NID_name_constraints,
		"\x30\x17\xa1\x15\x30\x13\xa4\x11\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c"
		"\x04leaf",
		25 },                             /* no CN=leaf */
	{ NID_netscape_comment, "\x16\x01x", 3 }, /* nobody knows it */
	{ NID_subject_key_identifier, "\x04\x01\x01", 3 },
	{ NID_authority_key_identifier, "\x30\x03\x80\x01\x01", 5 },
	{ NID_proxyCertInfo, "\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x15\x01", 14 },
};

static uint8_t
choose(struct choices *choices)
{
	return choices->at < choices->end ? *choices->at++ : 0;
}

static EVP_PKEY *
make_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	FUZZ_PROMISE(key);
	return key;
}

static void
set_name(X509_NAME *name, const char *text, size_t length)
{
	FUZZ_PROMISE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			     (const unsigned char *)text, (int)length, -1, 0) == 1);
}

static void
add_extension(X509 *certificate, int nid, bool critical, const void *der, size_t length)
{
	ASN1_OCTET_STRING *body = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	FUZZ_PROMISE(body && ASN1_OCTET_STRING_set(body, der, (int)length) == 1);
	extension = X509_EXTENSION_create_by_NID(NULL, nid, critical, body);
	FUZZ_PROMISE(extension && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(body);
}

static X509 *
new_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();

	FUZZ_PROMISE(certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
		     X509_set_pubkey(certificate, key) == 1 &&
		     ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
		     ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "200101000000Z") &&
		     ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z"));
	return certificate;
}

static void
make_anchor(void)
{
	X509 *root = new_certificate(root_key);
	BIO *bio = BIO_new(BIO_s_mem());
	struct error err = { 0 };
	char *pem;
	long length;

	set_name(X509_get_subject_name(root), "root", 4);
	FUZZ_PROMISE(X509_set_issuer_name(root, X509_get_subject_name(root)) == 1);
	add_extension(root, NID_basic_constraints, true, "\x30\x03\x01\x01\xff", 5);
	FUZZ_PROMISE(X509_sign(root, root_key, EVP_sha256()) > 0 && bio &&
		     PEM_write_bio_X509(bio, root) == 1);
	length = BIO_get_mem_data(bio, &pem);
	FUZZ_PROMISE(chain_add_anchors(&anchors, pem, (size_t)length, "test", &err) == 0);
	BIO_free(bio);
	X509_free(root);
}

void
fuzz_prepare(void)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521", "brainpoolP256r1" };

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		keys[i] = make_key(curves[i]);
	keys[4] = EVP_RSA_gen(2048);
	keys[5] = EVP_RSA_gen(1024);
	keys[6] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	root_key = make_key("P-256");
	FUZZ_PROMISE(keys[4] && keys[5] && keys[6]);
	make_anchor();
}

static void
choose_subject(struct choices *choices, X509_NAME *name, size_t index)
{
	uint8_t kind = choose(choices);
	char text[64] = "leaf";
	size_t length;

	if (kind == 1)
		return; /* none */
	if (kind == 2) {
		for (size_t i = 0; i < 10; i++)
			set_name(name, "a name that is longer than any that can be shown in full",
				56);
	} else if (kind == 3) {
		length = (size_t)(choices->end - choices->at);
		length = length > sizeof(text) ? sizeof(text) : length;
		if (length)
			set_name(name, (const char *)choices->at, length);
		choices->at += length;
	} else {
		if (index)
			snprintf(text, sizeof(text), "helper %zu", index);
		set_name(name, text, strlen(text));
	}
}

static void
choose_validity(struct choices *choices, struct link *link)
{
	static const char *const starts[] = { NULL, "20261130000000Z", "20270101000000Z",
		"20100101000000Z" };
	static const char *const ends[] = { NULL, "20261201000000Z", "20210101000000Z",
		"20261202000000Z" };
	uint8_t kind = choose(choices);
	const char *start = starts[kind % 4], *end = ends[kind / 4 % 4];
	ASN1_TIME *time = X509_getm_notAfter(link->certificate);

	if (start)
		ASN1_TIME_set_string(X509_getm_notBefore(link->certificate), start);
	if (end)
		ASN1_TIME_set_string(time, end);
	if (kind / 16 % 16 == 15) {
		ASN1_STRING_set(kind & 1 ? X509_getm_notBefore(link->certificate) : time, "not", 3);
		link->good = false;
	}
	link->good &= kind % 4 != 2 && kind / 4 % 4 != 1 && kind / 4 % 4 != 2;
}

static void
note_extension(struct link *link, const struct extension *extension)
{
	size_t index = (size_t)(extension - extensions);

	link->has_usage |= index < 3;
	link->signs |= index == 0 || index == 2;
	if (extension->nid == NID_ext_key_usage) {
		link->signs_code |= index == 3;
		link->concerns_code = index != 4;
	}
}

static void
choose_extensions(struct choices *choices, struct link *link)
{
	size_t count = choose(choices) % (EXTENSIONS_MAX + 1);
	int seen[EXTENSIONS_MAX] = { 0 };

	link->concerns_code = true;
	for (size_t i = 0; i < count; i++) {
		uint8_t kind = choose(choices);
		const struct extension *extension = &extensions[kind % ARRAY_SIZE(extensions)];
		bool critical = choose(choices) & 1;

		if (kind >= 0xe0) {
			size_t length = (size_t)(choices->end - choices->at);

			length = length > 8 ? 8 : length;
			add_extension(
				link->certificate, extension->nid, critical, choices->at, length);
			choices->at += length;
			link->odd = true;
			continue;
		}
		add_extension(link->certificate, extension->nid, critical, extension->der,
			extension->length);
		for (size_t k = 0; k < i; k++)
			link->odd |= seen[k] == extension->nid;
		seen[i] = extension->nid;
		note_extension(link, extension);
	}
}

/* Signs by the issuer: the next of the list, the root, itself, or nobody. */
static void
issue(struct choices *choices, struct link *link, const struct link *next)
{
	uint8_t kind = choose(choices);
	X509 *certificate = link->certificate;
	const EVP_MD *digest = kind & 0x10 ? EVP_sha1() : kind & 0x20 ? EVP_sha384() : EVP_sha256();
	EVP_PKEY *key = root_key;

	if (kind % 4 == 0 && next) {
		key = next->key;
		X509_set_issuer_name(certificate, X509_get_subject_name(next->certificate));
		link->good &= next->good;
	} else if (kind % 4 == 2) {
		key = link->key;
		X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
		link->good = false;
	} else {
		set_name(X509_get_issuer_name(certificate), "root", 4);
		if (kind % 4 == 3) {
			key = keys[0];
			link->good = false;
		}
	}
	link->good &= digest != EVP_sha1();
	if (EVP_PKEY_is_a(key, "ED25519"))
		digest = NULL;
	FUZZ_PROMISE(X509_sign(certificate, key, digest) > 0);
}

static void
make_link(struct choices *choices, size_t index, struct link *link)
{
	uint8_t kind = choose(choices);
	/* The other keys cost milliseconds. */
	size_t chosen = index == 0 || kind & 0x80 ? kind % ARRAY_SIZE(keys) : 0;

	*link = (struct link){ .key = keys[chosen] };
	link->certificate = new_certificate(link->key);
	link->good = index > 0 || chosen < KEYS_GOOD;
	choose_subject(choices, X509_get_subject_name(link->certificate), index);
	choose_validity(choices, link);
	choose_extensions(choices, link);
}

/* The table of facts: oms, section 9. */
static bool
may_sign(const struct link *leaf)
{
	return (!leaf->has_usage || leaf->signs) && leaf->concerns_code &&
	       (leaf->signs || leaf->signs_code);
}

static void
check_chain(const struct link *leaf, const struct chain_certificate *certificates, size_t count)
{
	struct chain_signer signer = { 0 };
	struct error err = { 0 };
	struct key *key = NULL;

	if (chain_verify(anchors, certificates, count, MATERIAL_NOW, &key, &signer, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !key);
	} else {
		FUZZ_PROMISE(leaf->good && (leaf->odd || may_sign(leaf)));
		FUZZ_PROMISE(signer.not_before <= MATERIAL_NOW && MATERIAL_NOW < signer.not_after);
		key_release(key);
		key = NULL;
	}
	err = (struct error){ 0 };
	if (chain_check_leaf(
		    certificates[0].der, certificates[0].length, MATERIAL_NOW, &key, &err) == 0)
		FUZZ_PROMISE(leaf->odd || may_sign(leaf));
	else
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	key_release(key);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	struct choices choices = { data, data + size };
	struct link links[CERTIFICATES_MAX];
	struct chain_certificate certificates[CERTIFICATES_MAX];
	size_t count, i;

	fuzz_trust_memory();
	count = 1 + choose(&choices) % CERTIFICATES_MAX;
	for (i = 0; i < count; i++)
		make_link(&choices, i, &links[i]);
	for (i = count; i-- > 0;) {
		unsigned char *der = NULL;

		issue(&choices, &links[i], i + 1 < count ? &links[i + 1] : NULL);
		certificates[i].length = (size_t)i2d_X509(links[i].certificate, &der);
		certificates[i].der = der;
	}
	fuzz_distrust_memory();
	check_chain(&links[0], certificates, count);
	for (i = 0; i < count; i++) {
		X509_free(links[i].certificate);
		OPENSSL_free((void *)(uintptr_t)certificates[i].der);
	}
}
