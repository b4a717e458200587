/*
 * Certificates in every form: each row changes one part of one certificate of a chain of three that
 * is otherwise as an honest publisher makes it, and signs it again.
 */
#include "border/chain.h"

#include "base/limits.h"
#include "base/mem.h"
#include "border/key.h"

#include "tests/unit/der_material.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { ROOT, INTERMEDIATE, LEAF, CERTIFICATES };

enum part {
	VERSION,
	SERIAL,
	INNER, /* the algorithm in what is signed */
	ISSUER,
	VALIDITY,
	SUBJECT,
	SPKI,
	EXTENSIONS,
	OUTER, /* the algorithm beside the signature */
	SIGNATURE,
	TAIL, /* behind the certificate */
	PARTS,
	V1, /* no version and no extensions: as before 1996 */
};

/* Whole extensions, for rows. */
#define CRITICAL     "0101ff"
#define CA           "30(06(551d13)" CRITICAL "04(30(0101ff)))"
#define NO_CA        "30(06(551d13)" CRITICAL "04(30()))"
#define CERT_SIGN    "30(06(551d0f)" CRITICAL "04(03(0204)))"
#define DIGITAL      "30(06(551d0f)" CRITICAL "04(03(0780)))"
#define CODE         "06(2b06010505070303)"
#define SERVER       "06(2b06010505070301)"
#define USAGE(which) "30(06(551d25)04(30(" which ")))"
#define OTHER        "30(06(2a0304)04(0500))"
#define ALGORITHM    "30(06(2a8648ce3d040302))" /* ecdsa-with-SHA256 */

/* In validities: UTCTime and GeneralizedTime. */
#define FROM(type, text) "30(" type "('" text "')18('99991231235959Z'))"
#define TO(type, text)   "30(17('200101000000Z')" type "('" text "'))"

/* A is the usual algorithm; R, I and L are the names, X, Y and Z the keys of root, intermediate and
 * leaf; S is the right signature and T the same as raw numbers. */
static const char *const honest[CERTIFICATES][PARTS] = {
	{ "a0(02(02))", "02(01)", "A", "R", FROM("17", "200101000000Z"), "R", "X",
		"a3(30(" CA CERT_SIGN "))", "A", "03(00S)", "" },
	{ "a0(02(02))", "02(02)", "A", "R", FROM("17", "200101000000Z"), "I", "Y",
		"a3(30(" CA CERT_SIGN "))", "A", "03(00S)", "" },
	{ "a0(02(02))", "02(03)", "A", "I", FROM("17", "200101000000Z"), "L", "Z",
		"a3(30(" NO_CA DIGITAL "))", "A", "03(00S)", "" },
};

static const struct row {
	size_t certificate;
	enum part part;
	const char *template;
	enum reason wanted;
	const char *words;
	const char *name;
} rows[] = {
	/* versions */
	{ LEAF, V1, "", REASON_UNTRUSTED, "neither KeyUsage", "v1" },
	{ INTERMEDIATE, V1, "", REASON_UNTRUSTED, "not a CA", "v1, CA" },
	{ ROOT, V1, "", REASON_NONE, NULL, "v1, root: the administrator's choice" },
	{ LEAF, VERSION, "", REASON_BUNDLE, "not of version 3", "v1 with extensions" },
	{ LEAF, VERSION, "a0(02(00))", REASON_BUNDLE, "not of version 3", "v1, written out" },
	{ LEAF, VERSION, "a0(02(01))", REASON_BUNDLE, "not of version 3", "v2 with extensions" },
	{ LEAF, VERSION, "a0(02(03))", REASON_BUNDLE, "does not exist", "v4" },
	{ LEAF, VERSION, "a0(02(ff))", REASON_BUNDLE, "does not exist", "v0" },
	{ LEAF, VERSION, "02(02)", REASON_BUNDLE, "no X.509", "version without its tag" },
	{ INTERMEDIATE, VERSION, "", REASON_BUNDLE, "not of version 3", "v1 with extensions, CA" },
	{ INTERMEDIATE, EXTENSIONS, "", REASON_UNTRUSTED, "not a CA", "no extension, CA" },
	{ LEAF, EXTENSIONS, "", REASON_UNTRUSTED, "neither KeyUsage", "no extension" },
	{ LEAF, EXTENSIONS, "a3(30())", REASON_UNTRUSTED, "neither KeyUsage",
		"an empty list of extensions" },
	/* serial numbers: whatever they are, they say nothing */
	{ LEAF, SERIAL, "02(00)", REASON_NONE, NULL, "serial zero" },
	{ LEAF, SERIAL, "02(ff)", REASON_NONE, NULL, "serial negative" },
	{ LEAF, SERIAL, "02(01)", REASON_NONE, NULL, "serial of the root" },
	{ LEAF, SERIAL, "02(7f010203040506070809101112131415161718)", REASON_NONE, NULL,
		"serial of 20 bytes" },
	{ LEAF, SERIAL, "02(7f0102030405060708091011121314151617181920212223)", REASON_NONE, NULL,
		"serial of 25 bytes" },
	{ LEAF, SERIAL, "", REASON_BUNDLE, "no X.509", "no serial" },
	{ LEAF, SERIAL, "02()", REASON_BUNDLE, "no X.509", "serial without a byte" },
	{ LEAF, SERIAL, "0c('1')", REASON_BUNDLE, "no X.509", "serial a text" },
	/* validity */
	{ LEAF, VALIDITY, FROM("18", "20200101000000Z"), REASON_NONE, NULL, "four-digit year" },
	{ LEAF, VALIDITY, TO("17", "491231235959Z"), REASON_NONE, NULL, "to 2049" },
	{ LEAF, VALIDITY, TO("18", "20500101000000Z"), REASON_NONE, NULL, "to 2050" },
	{ ROOT, VALIDITY, FROM("17", "500101000000Z"), REASON_NONE, NULL, "since 1950, root" },
	{ LEAF, VALIDITY, FROM("17", "500101000000Z"), REASON_EXPIRED, "not valid yet",
		"since 1950, before its CA" },
	{ LEAF, VALIDITY, TO("17", "500101000000Z"), REASON_EXPIRED, "has expired", "to 1950" },
	{ LEAF, VALIDITY, TO("17", "191231235959Z"), REASON_EXPIRED, "has expired",
		"ends before it starts" },
	{ INTERMEDIATE, VALIDITY, TO("17", "191231235959Z"), REASON_EXPIRED, "has expired",
		"ends before it starts, CA" },
	{ LEAF, VALIDITY, FROM("17", "201301000000Z"), REASON_BUNDLE, "validity cannot be read",
		"month 13" },
	{ LEAF, VALIDITY, FROM("17", "200001000000Z"), REASON_BUNDLE, "validity cannot be read",
		"month 0" },
	{ LEAF, VALIDITY, FROM("17", "210229000000Z"), REASON_BUNDLE, "validity cannot be read",
		"29 February 2021" },
	{ LEAF, VALIDITY, FROM("17", "200229000000Z"), REASON_NONE, NULL, "29 February 2020" },
	{ LEAF, VALIDITY, FROM("17", "200100000000Z"), REASON_BUNDLE, "validity cannot be read",
		"day 0" },
	{ LEAF, VALIDITY, FROM("17", "200101240000Z"), REASON_BUNDLE, "validity cannot be read",
		"hour 24" },
	{ LEAF, VALIDITY, FROM("17", "200101006000Z"), REASON_BUNDLE, "validity cannot be read",
		"minute 60" },
	{ LEAF, VALIDITY, FROM("17", "200101000060Z"), REASON_BUNDLE, "validity cannot be read",
		"second 60" },
	{ LEAF, VALIDITY, FROM("17", "2001010000Z"), REASON_BUNDLE, "validity cannot be read",
		"no seconds" },
	{ LEAF, VALIDITY, FROM("17", "200101000000"), REASON_BUNDLE, "validity cannot be read",
		"no zone" },
	{ LEAF, VALIDITY, FROM("17", "200101000000z"), REASON_BUNDLE, "validity cannot be read",
		"small z" },
	{ LEAF, VALIDITY, FROM("17", "200101000000+0000"), REASON_BUNDLE, "validity cannot be read",
		"another zone" },
	{ LEAF, VALIDITY, FROM("17", "200101000000+0100"), REASON_BUNDLE, "validity cannot be read",
		"an hour east" },
	{ LEAF, VALIDITY, FROM("17", "20010100000AZ"), REASON_BUNDLE, "validity cannot be read",
		"a letter" },
	{ LEAF, VALIDITY, FROM("17", "-20101000000Z"), REASON_BUNDLE, "validity cannot be read",
		"a sign" },
	{ LEAF, VALIDITY, FROM("17", " 20101000000Z"), REASON_BUNDLE, "validity cannot be read",
		"a blank" },
	{ LEAF, VALIDITY, FROM("17", "200101000000ZZ"), REASON_BUNDLE, "validity cannot be read",
		"two Z" },
	{ LEAF, VALIDITY, FROM("17", ""), REASON_BUNDLE, "validity cannot be read", "no time" },
	{ LEAF, VALIDITY, FROM("17", "now"), REASON_BUNDLE, "validity cannot be read", "a word" },
	{ LEAF, VALIDITY, FROM("18", "20200101000000.5Z"), REASON_BUNDLE, "validity cannot be read",
		"half a second" },
	{ LEAF, VALIDITY, FROM("18", "20200101000000"), REASON_BUNDLE, "validity cannot be read",
		"local time" },
	{ LEAF, VALIDITY, FROM("18", "202001010000Z"), REASON_BUNDLE, "validity cannot be read",
		"four-digit year, no seconds" },
	{ LEAF, VALIDITY, FROM("18", "2020010100Z"), REASON_BUNDLE, "validity cannot be read",
		"only hours" },
	{ LEAF, VALIDITY, FROM("18", "120200101000000Z"), REASON_BUNDLE, "validity cannot be read",
		"year of five digits" },
	{ LEAF, VALIDITY, FROM("0c", "200101000000Z"), REASON_BUNDLE, "no X.509",
		"a text for a time" },
	{ LEAF, VALIDITY, TO("17", "491331235959Z"), REASON_BUNDLE, "validity cannot be read",
		"ends in month 13" },
	{ LEAF, VALIDITY, TO("17", "4912312359Z"), REASON_BUNDLE, "validity cannot be read",
		"ends without seconds" },
	{ LEAF, VALIDITY, TO("18", "20491231235959+0000"), REASON_BUNDLE, "validity cannot be read",
		"ends in another zone" },
	{ INTERMEDIATE, VALIDITY, FROM("17", "201301000000Z"), REASON_UNTRUSTED, "be compared",
		"month 13, CA" },
	{ INTERMEDIATE, VALIDITY, FROM("17", "2001010000Z"), REASON_UNTRUSTED, "be compared",
		"no seconds, CA" },
	{ ROOT, VALIDITY, FROM("17", "2001010000Z"), REASON_UNTRUSTED, "be compared",
		"no seconds, root" },
	{ LEAF, VALIDITY, "30(17('200101000000Z'))", REASON_BUNDLE, "no X.509", "no end" },
	{ LEAF, VALIDITY, "30()", REASON_BUNDLE, "no X.509", "no validity" },
	/* names */
	{ LEAF, SUBJECT, "30()", REASON_NONE, NULL, "no subject" },
	{ LEAF, SUBJECT, "R", REASON_NONE, NULL, "the root's subject" },
	{ LEAF, SUBJECT, "30(31(30(06(550403)0c('a' 00 'b'))))", REASON_NONE, NULL, "a NUL" },
	{ LEAF, SUBJECT, "30(31(30(06(550403)0c(c0ae))))", REASON_BUNDLE, "no X.509", "not UTF-8" },
	{ LEAF, SUBJECT, "30(31(30(06(550403)1e(d800))))", REASON_BUNDLE, "no X.509",
		"half a pair" },
	{ LEAF, SUBJECT, "30(31(30(06(550403)0500)))", REASON_BUNDLE, "no X.509",
		"NULL for a text" },
	{ LEAF, SUBJECT, "31(30(30(06(550403)0c('a'))))", REASON_BUNDLE, "no X.509",
		"SET and SEQUENCE swapped" },
	{ LEAF, ISSUER, "L", REASON_UNTRUSTED, "signed by itself", "signed by itself, it says" },
	{ LEAF, ISSUER, "R", REASON_UNTRUSTED, "not made by its", "issued by the root, it says" },
	{ LEAF, ISSUER, "30()", REASON_UNTRUSTED, "neither in the", "no issuer" },
	{ INTERMEDIATE, ISSUER, "I", REASON_UNTRUSTED, "signed by itself",
		"CA signed by itself, it says" },
	/* extensions */
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "))", REASON_NONE, NULL, "no basicConstraints" },
	{ LEAF, EXTENSIONS, "a3(30(" CA DIGITAL "))", REASON_NONE, NULL, "a CA that signs" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL OTHER "))", REASON_NONE, NULL,
		"an unknown extension" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(2a0304)0101ff04(0500))))", REASON_UNTRUSTED,
		"critical extension", "an unknown critical one" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(2a0304)010100 04(0500))))", REASON_NONE, NULL,
		"critical, but false" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL OTHER OTHER "))", REASON_BUNDLE,
		"has an extension twice", "an unknown one twice" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL DIGITAL "))", REASON_BUNDLE, "has an extension twice",
		"keyUsage twice" },
	{ LEAF, EXTENSIONS, "a3(30(" CERT_SIGN DIGITAL "))", REASON_BUNDLE,
		"has an extension twice", "keyUsage twice, differing" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL USAGE(CODE) USAGE(SERVER) "))", REASON_BUNDLE,
		"has an extension twice", "extendedKeyUsage twice" },
	{ LEAF, EXTENSIONS, "a3(30(" NO_CA CA DIGITAL "))", REASON_BUNDLE, "has an extension twice",
		"basicConstraints twice" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA NO_CA CERT_SIGN "))", REASON_BUNDLE,
		"has an extension twice", "basicConstraints twice, CA" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA CERT_SIGN OTHER OTHER "))", REASON_BUNDLE,
		"has an extension twice", "an unknown one twice, CA" },
	{ ROOT, EXTENSIONS, "a3(30(" CA CERT_SIGN OTHER OTHER "))", REASON_CONFIG,
		"has an extension twice", "an unknown one twice, root" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL USAGE("") "))", REASON_UNTRUSTED,
		"neither codeSigning", "no usage" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL USAGE(CODE) "))", REASON_NONE, NULL, "code signing" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(551d25)" CRITICAL "04(30(" CODE ")))))",
		REASON_NONE, NULL, "code signing, critical" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL USAGE(CODE SERVER) "))", REASON_NONE, NULL,
		"two usages" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL USAGE(SERVER) "))", REASON_UNTRUSTED,
		"neither codeSigning", "a server's usage" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04(03(00)))))", REASON_BUNDLE,
		"extension that cannot", "keyUsage without a bit" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04(03(0640)))))", REASON_UNTRUSTED,
		"no digitalSignature", "keyUsage nonRepudiation" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04(03(06c0)))))", REASON_NONE, NULL,
		"keyUsage of two bits" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04(03(0080)))))", REASON_NONE, NULL,
		"keyUsage, bits not cut" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04(0780))))", REASON_BUNDLE,
		"extension that cannot", "keyUsage, not a BIT STRING" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d0f)04())))", REASON_BUNDLE, "extension that cannot",
		"keyUsage, nothing" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(551d25)04(31(" CODE ")))))", REASON_BUNDLE,
		"extension that cannot", "extendedKeyUsage, a SET" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(551d25)04(30(0c('x'))))))", REASON_BUNDLE,
		"extension that cannot", "extendedKeyUsage, a text" },
	{ LEAF, EXTENSIONS, "a3(30(30(06(551d13)04(30(010100 0201 00)))" DIGITAL "))", REASON_NONE,
		NULL, "path length without CA" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(30(06(551d13)04(30(0101ff020100)))" CERT_SIGN "))",
		REASON_NONE, NULL, "path length zero" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(30(06(551d13)04(30(0101ff0201ff)))" CERT_SIGN "))",
		REASON_BUNDLE, "extension that cannot", "path length negative" },
	{ ROOT, EXTENSIONS, "a3(30(30(06(551d13)04(30(0101ff020100)))" CERT_SIGN "))",
		REASON_UNTRUSTED, "path length", "path length zero, root" },
	{ ROOT, EXTENSIONS, "a3(30(30(06(551d13)04(30(0101ff020101)))" CERT_SIGN "))", REASON_NONE,
		NULL, "path length one, root" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CERT_SIGN "))", REASON_UNTRUSTED, "not a CA",
		"CA without basicConstraints" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" NO_CA CERT_SIGN "))", REASON_UNTRUSTED, "not a CA",
		"no CA" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA DIGITAL "))", REASON_UNTRUSTED, "not a CA",
		"CA that may not sign" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA "))", REASON_NONE, NULL, "CA without keyUsage" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA CERT_SIGN USAGE(SERVER) "))", REASON_UNTRUSTED,
		"may not issue", "CA of servers" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA CERT_SIGN USAGE(CODE) "))", REASON_NONE, NULL,
		"CA of code" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA CERT_SIGN USAGE("") "))", REASON_UNTRUSTED,
		"may not issue", "CA of nothing" },
	{ INTERMEDIATE, EXTENSIONS, "a3(30(" CA CERT_SIGN "30(06(2a0304)0101ff04(0500))))",
		REASON_UNTRUSTED, "critical extension", "an unknown critical one, CA" },
	{ ROOT, EXTENSIONS, "a3(30(" CA CERT_SIGN "30(06(2a0304)0101ff04(0500))))",
		REASON_UNTRUSTED, "critical extension", "an unknown critical one, root" },
	{ ROOT, EXTENSIONS, "", REASON_UNTRUSTED, "not a CA", "no extension, root" },
	{ ROOT, EXTENSIONS, "a3(30(" NO_CA CERT_SIGN "))", REASON_UNTRUSTED, "not a CA",
		"no CA, root" },
	{ ROOT, EXTENSIONS, "a3(30(" CA DIGITAL "))", REASON_UNTRUSTED, "not a CA",
		"root that may not sign" },
	{ LEAF, EXTENSIONS,
		"a3(30(" DIGITAL "30(06(2b0601050507010e)" CRITICAL
		"04(30(30(06(2b06010505071501)))))))",
		REASON_UNTRUSTED, "a proxy", "a proxy" },
	{ LEAF, EXTENSIONS, "a3(30(" DIGITAL "30(06(551d23)04(30(80('other'))))))", REASON_NONE,
		NULL, "another key of the issuer" },
	/* keys */
	{ LEAF, SPKI, "X", REASON_NONE, NULL, "the root's key" },
	{ LEAF, SPKI, "30(30(06(2b6570))03(00 '01234567890123456789012345678901'))",
		REASON_UNTRUSTED, "ED25519", "Ed25519" },
	{ LEAF, SPKI, "30(30(06(2a8648ce3d0201)06(2a8648ce3d030107))03(0000))", REASON_UNTRUSTED,
		"do not fit", "infinity" },
	{ LEAF, SPKI, "30(30(06(2a8648ce3d0201)0500)03(0004))", REASON_UNTRUSTED, "too weak",
		"no curve" },
	{ LEAF, SPKI, "30(30(06(2a0304))03(00))", REASON_UNTRUSTED, "too weak", "unknown kind" },
	{ INTERMEDIATE, SPKI, "30(30(06(2a0304))03(00))", REASON_UNTRUSTED, "neither in the",
		"unknown kind, CA" },
	{ INTERMEDIATE, SPKI, "Z", REASON_UNTRUSTED, "not made by its issuer",
		"the leaf's key, CA" },
	{ LEAF, SPKI, "30()", REASON_BUNDLE, "no X.509", "no key" },
	/* signatures */
	{ LEAF, OUTER, "30(06(2a8648ce3d040303))", REASON_UNTRUSTED, "not made by its",
		"SHA-384 outside" },
	{ LEAF, INNER, "30(06(2a8648ce3d040303))", REASON_UNTRUSTED, "not made by its",
		"SHA-384 inside" },
	{ LEAF, OUTER, "30(06(2a8648ce3d040302)0500)", REASON_UNTRUSTED, "not made by its",
		"a NULL outside" },
	{ LEAF, OUTER, "30(06(2a864886f70d01010b)0500)", REASON_UNTRUSTED, "not made by its",
		"RSA outside" },
	{ LEAF, OUTER, "30(06(2a0304))", REASON_UNTRUSTED, "too weak", "unknown outside" },
	{ LEAF, OUTER, "", REASON_BUNDLE, "no X.509", "no algorithm" },
	{ LEAF, SIGNATURE, "03(00T)", REASON_UNTRUSTED, "not made by its", "raw numbers" },
	{ LEAF, SIGNATURE, "03(00S00)", REASON_UNTRUSTED, "not made by its",
		"a byte behind the signature" },
	{ LEAF, SIGNATURE, "03(0030(020100020100))", REASON_UNTRUSTED, "not made by its", "zeros" },
	{ LEAF, SIGNATURE, "03(0030(020101020101))", REASON_UNTRUSTED, "not made by its", "ones" },
	{ LEAF, SIGNATURE, "03(00)", REASON_UNTRUSTED, "not made by its", "no bit of a signature" },
	{ LEAF, SIGNATURE, "03()", REASON_BUNDLE, "no X.509", "no byte of a signature" },
	{ LEAF, SIGNATURE, "04(S)", REASON_BUNDLE, "no X.509", "an OCTET STRING" },
	{ LEAF, SIGNATURE, "", REASON_BUNDLE, "no X.509", "no signature" },
	{ INTERMEDIATE, SIGNATURE, "03(0030(020101020101))", REASON_UNTRUSTED, "not made by its",
		"ones, CA" },
	{ LEAF, SIGNATURE, "03(00S)0500", REASON_BUNDLE, "no X.509", "a NULL inside" },
	{ LEAF, TAIL, "0500", REASON_BUNDLE, "2 foreign bytes", "a NULL behind" },
	{ LEAF, TAIL, "00", REASON_BUNDLE, "1 foreign bytes", "a zero behind" },
};

static struct key *keys[CERTIFICATES];
static struct der_variables variables;

static struct der
make_certificate(size_t which, const struct row *row)
{
	const char *parts[PARTS];
	const struct key *signer = keys[which == LEAF ? INTERMEDIATE : ROOT];
	cleanup_free uint8_t *signature = NULL;
	struct der_variables all = variables;
	struct error err = { 0 };
	char text[2048];
	struct der tbs;
	size_t length = 0;

	memcpy(parts, honest[which], sizeof(parts));
	if (row && row->certificate == which && row->part == V1)
		parts[VERSION] = parts[EXTENSIONS] = "";
	else if (row && row->certificate == which)
		parts[row->part] = row->template;
	snprintf(text, sizeof(text), "30(%s%s%s%s%s%s%s%s)", parts[VERSION], parts[SERIAL],
		parts[INNER], parts[ISSUER], parts[VALIDITY], parts[SUBJECT], parts[SPKI],
		parts[EXTENSIONS]);
	tbs = der_make(text, &all);
	if (key_sign(signer, tbs.bytes, tbs.length, &signature, &length, &err))
		material_need(false, err.text);
	der_set(&all, 'S', signature, length);
	der_set(&all, 'T', signature + 4, 32);
	der_add(&all.named['T' - 'A'], signature + length - 32, 32);
	der_set(&all, 'B', tbs.bytes, tbs.length);
	snprintf(text, sizeof(text), "30(B%s%s)%s", parts[OUTER], parts[SIGNATURE], parts[TAIL]);
	return der_make(text, &all);
}

/* As a file of anchors. */
static int
add_anchor(struct chain_anchors **anchors, const struct der *der, struct error *err)
{
	char base64[2 * DER_MAX], text[2 * DER_MAX + 64];

	EVP_EncodeBlock((unsigned char *)base64, der->bytes, (int)der->length);
	snprintf(text, sizeof(text), "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
		base64);
	return chain_add_anchors(anchors, text, strlen(text), "anchor", err);
}

static int
verify(const struct row *row, struct error *err)
{
	struct der root = make_certificate(ROOT, row), leaf = make_certificate(LEAF, row),
		   intermediate = make_certificate(INTERMEDIATE, row);
	const struct chain_certificate certificates[] = { { leaf.bytes, leaf.length },
		{ intermediate.bytes, intermediate.length } };
	struct chain_anchors *anchors = NULL;
	struct chain_signer signer;
	struct key *key = NULL;
	int result = add_anchor(&anchors, &root, err);

	if (result == 0)
		result = chain_verify(anchors, certificates, 2, MATERIAL_NOW, &key, &signer, err);
	key_release(key);
	chain_release(anchors);
	return result;
}

/* OpenSSL 3.5 and later reads no certificate whose times are too short for their form; earlier ones
 * leave them to us. */
static bool
is_read(const struct row *row)
{
	struct der der = make_certificate(row->certificate, row);
	const unsigned char *at = der.bytes;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.length);

	X509_free(certificate);
	return certificate != NULL;
}

static void
test_row(const struct row *row)
{
	struct error err = { 0 };
	int result = verify(row, &err);

	if (row->part != VALIDITY || is_read(row))
		material_check(result, row->wanted, row->words, &err, row->name);
	else
		material_check(result, row->certificate == ROOT ? REASON_CONFIG : REASON_BUNDLE,
			"no X.509 certificate", &err, row->name);
}

int
main(void)
{
	struct error err = { 0 };

	if (digest_warm_up(&err))
		material_need(false, err.text);
	for (size_t i = 0; i < CERTIFICATES; i++)
		keys[i] = der_generate_key("P-256", &variables.named["XYZ"[i] - 'A']);
	variables.named['A' - 'A'] = der_make(ALGORITHM, &variables);
	variables.named['R' - 'A'] = der_make("30(31(30(06(550403)0c('root'))))", &variables);
	variables.named['I' - 'A'] = der_make("30(31(30(06(550403)0c('issuer'))))", &variables);
	variables.named['L' - 'A'] = der_make("30(31(30(06(550403)0c('leaf'))))", &variables);
	check_result(verify(NULL, &err), REASON_NONE, &err, "honest");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(&rows[i]);
	for (size_t i = 0; i < CERTIFICATES; i++)
		key_release(keys[i]);
	return check_end();
}
