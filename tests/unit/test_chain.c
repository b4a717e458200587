#include "border/chain.h"

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "border/digest.h"
#include "border/key.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * A small world of certificates, made in an empty directory by the openssl command:
 * issue NAME ISSUER KEY EXTENSIONS.
 */
static const char script[] =
	"set -e\n"
	"exec 2>/dev/null\n"
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ca.key\n"
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out leaf.key\n"
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out k1.key\n"
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \\\n"
	"  -pkeyopt ec_param_enc:explicit -out explicit.key\n"
	"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key\n"
	"root() { openssl req -x509 -new -key $2 -sha256 -subj \"/O=Test/CN=$1\" -days $3 \\\n"
	"  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign -out $1.pem; }\n"
	"n=16\n"
	"issue() {\n"
	"  n=$((n+1)); printf \"$4\" >extensions\n"
	"  openssl req -new -utf8 -key $3 -subj \"${6:-/O=Test/CN=$1}\" -out request\n"
	"  openssl x509 -req -in request -CA $2.pem -CAkey ${5:-ca.key} -set_serial $n \\\n"
	"    -days 300 -sha256 -extfile extensions -out $1.pem\n"
	"  openssl x509 -in $1.pem -outform DER -out $1.der\n"
	"}\n"
	"CA='basicConstraints=critical,CA:TRUE\\nkeyUsage=keyCertSign\\n'\n"
	"DS='keyUsage=critical,digitalSignature\\n'\n"
	"CS='extendedKeyUsage=codeSigning\\n'\n"
	"root root ca.key 2900000\n"
	"root stranger leaf.key 300\n"
	"root weak weak.key 300\n"
	"openssl x509 -in root.pem -outform DER -out root.der\n"
	"openssl x509 -in stranger.pem -outform DER -out stranger.der\n"
	"issue int root ca.key \"$CA\"\n"
	"issue direct root leaf.key \"$DS\"\n"
	"issue int2 int ca.key \"$CA\"\n"
	"issue int3 int2 ca.key \"$CA\"\n"
	"issue int4 int3 ca.key \"$CA\"\n"
	"issue int5 int4 ca.key \"$CA\"\n"
	"issue deep4 int4 leaf.key \"$DS\"\n"
	"issue deep5 int5 leaf.key \"$DS\"\n"
	"issue ds int leaf.key \"$DS\"\n"
	"issue ds-cs int leaf.key \"$DS$CS\"\n"
	"issue ds-any int leaf.key \"${DS}extendedKeyUsage=anyExtendedKeyUsage\\n\"\n"
	"issue ds-server int leaf.key \"${DS}extendedKeyUsage=serverAuth\\n\"\n"
	"issue ds-server-cs int leaf.key \"${DS}extendedKeyUsage=serverAuth,codeSigning\\n\"\n"
	"issue ds-own int leaf.key \"${DS}extendedKeyUsage=1.2.3.4\\n\"\n"
	"issue nods-cs int leaf.key \"keyUsage=keyEncipherment\\n$CS\"\n"
	"issue cs int leaf.key \"$CS\"\n"
	"issue any int leaf.key \"extendedKeyUsage=anyExtendedKeyUsage\\n\"\n"
	"issue server int leaf.key \"extendedKeyUsage=serverAuth\\n\"\n"
	"issue certsign int leaf.key \"keyUsage=keyCertSign\\n\"\n"
	"issue bare int leaf.key \"basicConstraints=CA:FALSE\\n\"\n"
	"issue critical int leaf.key \"${DS}1.2.3.4=critical,DER:0500\\n\"\n"
	"issue badku int leaf.key \"keyUsage=DER:0500\\n$CS\"\n"
	"issue k1 int k1.key \"$DS\"\n"
	"issue explicit int explicit.key \"$DS\"\n"
	"issue weak-leaf weak leaf.key \"$DS\" weak.key\n"
	"issue int-server root ca.key \"${CA}extendedKeyUsage=serverAuth\\n\"\n"
	"issue under-server int-server leaf.key \"$DS\"\n"
	"issue int-cs root ca.key \"${CA}extendedKeyUsage=codeSigning\\n\"\n"
	"issue under-cs int-cs leaf.key \"$DS\"\n"
	"openssl req -x509 -new -key leaf.key -subj /O=Test/CN=root -days 300 \\\n"
	"  -addext basicConstraints=critical,CA:TRUE -out false-root.pem\n"
	"openssl x509 -in false-root.pem -outform DER -out false-root.der\n"
	"openssl req -x509 -new -key leaf.key -subj /O=Test/CN=own -days 300 \\\n"
	"  -addext keyUsage=digitalSignature -out own.pem\n"
	"openssl x509 -in own.pem -outform DER -out own.der\n"
	"issue forged false-root leaf.key \"$DS\" leaf.key\n"
	/* dated NAME CN KEY EXTENSIONS START END ISSUER... */
	"printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\n' >ca.cnf\n"
	"printf 'unique_subject=no\npolicy=p\n[p]\norganizationName=supplied\n' >>ca.cnf\n"
	"printf 'commonName=supplied\n' >>ca.cnf\n"
	": >index\n"
	"dated() {\n"
	"  name=$1 start=$5 end=$6; printf \"$4\" >extensions\n"
	"  openssl req -new -key $3 -subj \"/O=Test/CN=$2\" -out request; shift 6\n"
	"  openssl ca -config ca.cnf -batch -notext -md sha256 -extfile extensions -in request \\\n"
	"    -startdate $start -enddate $end \"$@\" -out $name.pem\n"
	"  openssl x509 -in $name.pem -outform DER -out $name.der\n"
	"}\n"
	"FROM=20180101000000Z TO=20990101000000Z\n"
	"ID='subjectKeyIdentifier=0102\\n'\n"
	"dated aged-root aged-root ca.key \"$CA$ID\" $FROM $TO -selfsign -keyfile ca.key\n"
	"dated aged-false aged-root leaf.key \"$CA$ID\" $FROM $TO -selfsign -keyfile leaf.key\n"
	"dated mid-now mid ca.key \"$CA\" 20230101000000Z $TO -cert aged-root.pem -keyfile ca.key\n"
	"dated mid-old mid ca.key \"$CA\" $FROM 20220101000000Z -cert aged-root.pem -keyfile ca.key\n"
	"dated mid-forged mid ca.key \"$CA\" $FROM 20220101000000Z -cert aged-false.pem \\\n"
	"  -keyfile leaf.key\n"
	"dated aged aged leaf.key \"$DS\" 20200101000000Z $TO -cert mid-now.pem -keyfile ca.key\n"
	"o=$(printf 'x%.0s' $(seq 60)); long=\n"
	"for i in 1 2 3 4 5 6 7 8 9; do long=$long/OU=$o; done\n"
	"issue long int leaf.key \"$DS\" ca.key \"$long/CN=long\"\n"
	"issue odd int leaf.key \"$DS\" ca.key \"$(printf '/O=a,b/CN=\\033[31m\\303\\251')\"\n"
	"openssl x509 -in root.pem -trustout -addtrust codeSigning -out trusted.pem\n"
	"cat int.pem root.pem >both.pem\n"
	"{ cat root.pem; head -c 300 int.pem; } >broken.pem\n"
	"{ openssl x509 -in root.pem -text; } | sed 's/$/\\r/' >crlf.pem\n"
	"cat leaf.key root.pem >with-key.pem\n"
	"sed 's/ CERTIFICATE/ X509 CERTIFICATE/' root.pem >old-name.pem\n"
	"for i in $(seq 64); do cat root.pem; done >many.pem\n"
	"cat many.pem root.pem >too-many.pem\n"
	"{ cat root.der; printf x; } >tail.der\n"
	"{ echo -----BEGIN CERTIFICATE-----; openssl base64 -in tail.der;\n"
	"  echo -----END CERTIFICATE-----; } >tail.pem\n"
	"echo hello >text\n"
	": >empty\n";

static int64_t now;

static struct file_bytes
read_file(const char *name)
{
	struct error err = { 0 };
	struct file_bytes bytes = { 0 };
	cleanup_fd int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || file_read(fd, 1 << 22, name, &bytes, &err))
		check(false, name, "the test's own file cannot be read");
	return bytes;
}

static int
add_file(struct chain_anchors **anchors, const char *name, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = read_file(name);

	if (!bytes.bytes)
		return error_set(err, REASON_IO, 0, "%s", name);
	return chain_add_anchors(anchors, bytes.bytes, bytes.length, name, err);
}

/* What a bundle would bring. */
struct bag {
	struct file_bytes files[LIMIT_CERTIFICATES + 2];
	struct chain_certificate certificates[LIMIT_CERTIFICATES + 2];
	size_t count;
};

static void
bag_add(struct bag *bag, struct file_bytes bytes)
{
	bag->files[bag->count] = bytes;
	bag->certificates[bag->count].der = (const uint8_t *)bytes.bytes;
	bag->certificates[bag->count].length = bytes.length;
	bag->count++;
}

/* NAMES are separated by blanks: "ds int" is ds.der and int.der. */
static struct bag
bag_read(const char *names)
{
	struct bag bag = { 0 };
	char copy[256], *rest = copy, *name, file[80];

	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, " "))) {
		snprintf(file, sizeof(file), "%s.der", name);
		bag_add(&bag, read_file(file));
	}
	return bag;
}

static void
bag_release(struct bag *bag)
{
	for (size_t i = 0; i < bag->count; i++)
		file_release(&bag->files[i]);
}

#define cleanup_bag __attribute__((cleanup(bag_release)))

/* Verifies BAG against one anchor file. */
static int
verify(const struct bag *bag, const char *anchor_file, int64_t at, struct chain_signer *signer,
	struct error *err)
{
	struct chain_anchors *anchors = NULL;
	struct chain_signer ignored;
	struct key *key = NULL;
	int result = add_file(&anchors, anchor_file, err);

	if (result == 0)
		result = chain_verify(anchors, bag->certificates, bag->count, at, &key,
			signer ? signer : &ignored, err);
	check((result == 0) == (key != NULL), "verify: key on success only", "%d", result);
	key_release(key);
	chain_release(anchors);
	return result;
}

static void
check_words(const struct error *err, const char *words, const char *name)
{
	check(strstr(err->text, words) != NULL, name, "wanted \"%s\", got: %s", words, err->text);
}

static void
test_anchors(void)
{
	static const struct {
		const char *file, *refusal;
		size_t count;
	} cases[] = {
		{ "root.pem", NULL, 1 },
		{ "both.pem", NULL, 2 },
		{ "crlf.pem", NULL, 1 },
		{ "with-key.pem", NULL, 1 },
		{ "old-name.pem", NULL, 1 },
		{ "many.pem", NULL, LIMIT_ANCHORS },
		{ "too-many.pem", "more than 64", 0 },
		{ "root.der", "looks like DER", 0 },
		{ "leaf.key", "no certificate in PEM form", 0 },
		{ "text", "no certificate in PEM form", 0 },
		{ "empty", "no certificate in PEM form", 0 },
		{ "trusted.pem", "TRUSTED CERTIFICATE", 0 },
		{ "broken.pem", "PEM block is broken", 0 },
		{ "tail.pem", "followed by 1 foreign bytes", 0 },
		{ "badku.pem", "extension that cannot be read", 0 },
	};
	cleanup_bytes struct file_bytes der = read_file("root.der");
	struct chain_anchors *anchors = NULL;
	struct digest wanted, got = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct chain_anchors *one = NULL;

		check_result(add_file(&one, cases[i].file, &err),
			cases[i].refusal ? REASON_CONFIG : REASON_NONE, &err, cases[i].file);
		if (cases[i].refusal)
			check_words(&err, cases[i].refusal, cases[i].file);
		check(cases[i].refusal ? !one : one && chain_count(one) == cases[i].count,
			cases[i].file, "count %zu", one ? chain_count(one) : 0);
		chain_release(one);
	}
	add_file(&anchors, "int.pem", &err);
	add_file(&anchors, "both.pem", &err);
	add_file(&anchors, "broken.pem", &err);
	check(anchors && chain_count(anchors) == 3, "anchors: three files", "wrong count");
	if (!anchors)
		return;
	digest_compute(DIGEST_SHA256, der.bytes, der.length, &wanted, &err);
	check_result(chain_fingerprint(anchors, 2, &got, &err), REASON_NONE, &err,
		"anchors: fingerprint");
	check(digest_equal(&wanted, &got), "anchors: fingerprint of the last", "differs");
	check_result(chain_fingerprint(anchors, 3, &got, &err), REASON_INTERNAL, &err,
		"anchors: no such number");
	chain_release(anchors);
	chain_release(NULL);
}

/* Each row: what the bundle brings, the anchor file, and the refusal in our words. */
static const struct {
	const char *bundle, *anchor;
	enum reason wanted;
	const char *words;
} paths[] = {
	{ "ds int", "root.pem", REASON_NONE, NULL },
	{ "ds", "both.pem", REASON_NONE, NULL },
	{ "ds int root", "root.pem", REASON_NONE, NULL },
	{ "ds stranger root int", "root.pem", REASON_NONE, NULL },
	{ "deep4 int int2 int3 int4", "root.pem", REASON_NONE, NULL },
	{ "deep4 int4 int2 int3 int", "root.pem", REASON_NONE, NULL },
	{ "under-cs int-cs", "root.pem", REASON_NONE, NULL },
	{ "ds-cs int", "root.pem", REASON_NONE, NULL },
	{ "ds-any int", "root.pem", REASON_NONE, NULL },
	{ "ds-server-cs int", "root.pem", REASON_NONE, NULL },
	{ "cs int", "root.pem", REASON_NONE, NULL },
	{ "deep5 int int2 int3 int4 int5", "root.pem", REASON_UNTRUSTED, "longer than" },
	{ "ds", "root.pem", REASON_UNTRUSTED, "neither in the bundle nor among" },
	{ "ds int", "stranger.pem", REASON_UNTRUSTED, "neither in the bundle nor among" },
	{ "ds int root", "stranger.pem", REASON_UNTRUSTED, "'CN=root,O=Test'" },
	{ "ds int", "int.pem", REASON_UNTRUSTED, "issuer is not among the configured" },
	{ "ds int", "ds.pem", REASON_UNTRUSTED, "issuer" },
	{ "stranger", "root.pem", REASON_UNTRUSTED, "signed by itself" },
	{ "int ds", "root.pem", REASON_UNTRUSTED, "no digitalSignature" },
	{ "ds-server int", "root.pem", REASON_UNTRUSTED, "'CN=ds-server,O=Test' may not sign" },
	{ "ds-own int", "root.pem", REASON_UNTRUSTED, "neither codeSigning nor" },
	{ "nods-cs int", "root.pem", REASON_UNTRUSTED, "no digitalSignature" },
	{ "any int", "root.pem", REASON_UNTRUSTED, "neither KeyUsage digitalSignature nor" },
	{ "server int", "root.pem", REASON_UNTRUSTED, "neither codeSigning nor" },
	{ "certsign int", "root.pem", REASON_UNTRUSTED, "no digitalSignature" },
	{ "bare int", "root.pem", REASON_UNTRUSTED, "neither KeyUsage digitalSignature nor" },
	{ "critical int", "root.pem", REASON_UNTRUSTED, "critical extension" },
	{ "badku int", "root.pem", REASON_BUNDLE, "extension that cannot be read" },
	{ "k1 int", "root.pem", REASON_UNTRUSTED, "curve 'secp256k1'" },
	{ "explicit int", "root.pem", REASON_UNTRUSTED, "explicit" },
	{ "weak-leaf", "weak.pem", REASON_UNTRUSTED, "key is too weak" },
	{ "under-server int-server", "root.pem", REASON_UNTRUSTED, "'CN=int-server,O=Test'" },
	{ "forged", "root.pem", REASON_UNTRUSTED, "not made by its issuer" },
	{ "forged false-root", "root.pem", REASON_UNTRUSTED, "not made by its issuer" },
	{ "forged false-root", "false-root.pem", REASON_NONE, NULL },
	{ "forged", "false-root.pem", REASON_NONE, NULL },
	/* One chain now, another one when the signer's validity started: both must be genuine. */
	{ "aged mid-now", "aged-root.pem", REASON_EXPIRED, "is not valid yet" },
	{ "aged mid-old", "aged-root.pem", REASON_EXPIRED, "has expired" },
	{ "aged mid-now mid-old", "aged-root.pem", REASON_NONE, NULL },
	{ "aged mid-old mid-now", "aged-root.pem", REASON_NONE, NULL },
	{ "aged mid-now mid-forged", "aged-root.pem", REASON_UNTRUSTED, "not made by its issuer" },
	{ "aged mid-forged mid-now", "aged-root.pem", REASON_UNTRUSTED, "not made by its issuer" },
	{ "long int", "root.pem", REASON_UNTRUSTED, "subject is longer" },
	{ "tail", "root.pem", REASON_BUNDLE, "1 foreign bytes" },
	{ "ds int tail", "root.pem", REASON_BUNDLE, "certificate 3 of the bundle" },
	{ "ds int int int int int int int int", "root.pem", REASON_BUNDLE, "at most 8" },
};

static void
test_paths(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_bag struct bag bag = bag_read(paths[i].bundle);
		struct error err = { 0 };

		check_result(verify(&bag, paths[i].anchor, now, NULL, &err), paths[i].wanted, &err,
			paths[i].bundle);
		if (paths[i].words)
			check_words(&err, paths[i].words, paths[i].bundle);
	}
}

static void
test_time(void)
{
	cleanup_bag struct bag bag = bag_read("direct");
	struct chain_signer signer = { 0 };
	struct error err = { 0 };

	check_result(verify(&bag, "root.pem", now, &signer, &err), REASON_NONE, &err, "time: now");
	const struct {
		int64_t at;
		enum reason wanted;
		const char *name;
	} cases[] = {
		{ signer.not_before, REASON_NONE, "time: first second" },
		{ signer.not_after - 1, REASON_NONE, "time: last second" },
		{ signer.not_before - 3600, REASON_EXPIRED, "time: an hour early" },
		{ signer.not_after + 1, REASON_EXPIRED, "time: a second late" },
		{ 0, REASON_EXPIRED, "time: 1970" },
		{ -1, REASON_EXPIRED, "time: before 1970" },
		{ 253402300799, REASON_EXPIRED, "time: 9999" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_result(verify(&bag, "root.pem", cases[i].at, NULL, &err), cases[i].wanted,
			&err, cases[i].name);
	check_words(&err, "checked at 9999-12-31T23:59:59Z (now)", "time: words");
	/* gmtime_r() cannot say these: still a refusal. */
	check_result(verify(&bag, "root.pem", INT64_MAX, NULL, &err), REASON_UNTRUSTED, &err,
		"time: no year");
	check_result(verify(&bag, "root.pem", INT64_MIN, NULL, &err), REASON_UNTRUSTED, &err,
		"time: no year, past");
	check(signer.not_after - signer.not_before == 300 * 86400, "time: validity", "%lld",
		(long long)(signer.not_after - signer.not_before));
}

static void
test_signer(void)
{
	cleanup_bag struct bag bag = bag_read("odd int");
	struct chain_signer signer = { 0 };
	struct digest wanted = { 0 };
	struct error err = { 0 };

	check_result(verify(&bag, "root.pem", now, &signer, &err), REASON_NONE, &err, "signer");
	check_text(signer.subject, "CN=\\1B[31m\\C3\\A9,O=a\\,b", "signer: subject");
	digest_compute(DIGEST_SHA256, bag.files[0].bytes, bag.files[0].length, &wanted, &err);
	check(digest_equal(&wanted, &signer.fingerprint), "signer: fingerprint", "differs");
	check(digest_size(signer.spki.algorithm) == 32, "signer: spki", "none");
}

/* The certificate that issued the leaf, wherever it came from. */
static void
test_issuer(void)
{
	static const struct {
		const char *bundle, *anchors, *issuer;
	} cases[] = {
		{ "ds int", "root.pem", "int.der" },
		{ "ds root int", "root.pem", "int.der" },
		{ "ds", "both.pem", "int.der" },
		{ "direct", "root.pem", "root.der" },
		{ "direct int root", "root.pem", "root.der" },
		{ "deep4 int4 int3 int2 int", "root.pem", "int4.der" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_bag struct bag bag = bag_read(cases[i].bundle);
		cleanup_bytes struct file_bytes issuer = read_file(cases[i].issuer);
		struct chain_signer signer = { 0 };
		struct digest wanted = { 0 };
		struct error err = { 0 };

		check_result(verify(&bag, cases[i].anchors, now, &signer, &err), REASON_NONE, &err,
			cases[i].bundle);
		digest_compute(DIGEST_SHA256, issuer.bytes, issuer.length, &wanted, &err);
		check(digest_equal(&wanted, &signer.issuer), cases[i].bundle, "issuer: not %s",
			cases[i].issuer);
	}
}

/* A leaf that is an anchor itself. */
static void
test_own_issuer(void)
{
	cleanup_bag struct bag bag = bag_read("own");
	struct chain_signer signer = { 0 };
	struct error err = { 0 };

	check_result(
		verify(&bag, "own.pem", now, &signer, &err), REASON_NONE, &err, "issuer: itself");
	check(digest_equal(&signer.issuer, &signer.fingerprint), "issuer: itself", "another");
}

static void
test_malformed(void)
{
	static uint8_t large[LIMIT_DER_BYTES + 1];
	struct chain_anchors *anchors = NULL;
	struct chain_certificate none = { large, 0 }, junk = { large, 100 },
				 too_large = { large, sizeof(large) };
	struct chain_signer signer;
	struct key *key = NULL;
	struct error err = { 0 };
	cleanup_bag struct bag bag = bag_read("ds int");

	add_file(&anchors, "root.pem", &err);
	if (!anchors)
		return;
	memset(large, 0x30, sizeof(large));
	check_result(chain_verify(anchors, &none, 0, now, &key, &signer, &err), REASON_BUNDLE, &err,
		"malformed: no certificate");
	check_result(chain_verify(anchors, &none, 1, now, &key, &signer, &err), REASON_BUNDLE, &err,
		"malformed: empty certificate");
	check_result(chain_verify(anchors, &junk, 1, now, &key, &signer, &err), REASON_BUNDLE, &err,
		"malformed: junk");
	check_result(chain_verify(anchors, &too_large, 1, now, &key, &signer, &err), REASON_BUNDLE,
		&err, "malformed: too large");
	check_words(&err, "16384 are allowed", "malformed: words");
	chain_release(anchors);
	/* Not one byte of the leaf can be another. */
	for (size_t i = 0; i < bag.files[0].length; i++) {
		bag.files[0].bytes[i] ^= 1;
		int result = verify(&bag, "root.pem", now, NULL, &err);

		if (result == 0 || (err.reason != REASON_BUNDLE && err.reason != REASON_UNTRUSTED &&
					   err.reason != REASON_EXPIRED))
			check(false, "malformed: byte of the leaf", "%zu: %s", i,
				result ? err.text : "accepted");
		bag.files[0].bytes[i] ^= 1;
	}
	check_result(verify(&bag, "root.pem", now, NULL, &err), REASON_NONE, &err,
		"malformed: and back");
}

/* Default stores are never looked at, whatever the environment says. */
static void
test_no_default_store(void)
{
	cleanup_bag struct bag bag = bag_read("ds int");
	struct error err = { 0 };

	setenv("SSL_CERT_FILE", "root.pem", 1);
	setenv("SSL_CERT_DIR", ".", 1);
	check_result(verify(&bag, "stranger.pem", now, NULL, &err), REASON_UNTRUSTED, &err,
		"default store");
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
}

static void
test_signing(void)
{
	static const struct {
		const char *file;
		const char *refusal;
	} leaves[] = {
		{ "ds", NULL },
		{ "ds-cs", NULL },
		{ "cs", NULL },
		{ "ds-server", "neither codeSigning nor" },
		{ "bare", "may not sign models" },
		{ "k1", "secp256k1" },
		{ "explicit", "explicit" },
		{ "critical", "critical extension" },
		{ "tail", "foreign bytes" },
	};
	cleanup_bytes struct file_bytes pem = read_file("both.pem"), int_der = read_file("int.der"),
					text = read_file("text");
	struct error err = { 0 };
	uint8_t *der = NULL;
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		cleanup_bag struct bag bag = bag_read(leaves[i].file);
		struct key *key = NULL;

		check_result(chain_check_leaf(bag.certificates[0].der, bag.certificates[0].length,
				     now, &key, &err),
			leaves[i].refusal ? REASON_CONFIG : REASON_NONE, &err, leaves[i].file);
		if (leaves[i].refusal)
			check_words(&err, leaves[i].refusal, leaves[i].file);
		else
			check(key && strcmp(key_curve(key), "P-256") == 0, leaves[i].file, "key");
		key_release(key);
		key = NULL;
		check_result(chain_check_leaf(bag.certificates[0].der, bag.certificates[0].length,
				     now + 301 * 86400, &key, &err),
			REASON_CONFIG, &err, leaves[i].file);
	}
	check_result(chain_read_der(pem.bytes, pem.length, 0, "both.pem", &der, &length, &err),
		REASON_NONE, &err, "read DER");
	check(length == int_der.length && memcmp(der, int_der.bytes, length) == 0,
		"read DER: first", "differs");
	free(der);
	der = NULL;
	check_result(chain_read_der(pem.bytes, pem.length, 1, "both.pem", &der, &length, &err),
		REASON_NONE, &err, "read DER: second");
	free(der);
	check(chain_read_der(pem.bytes, pem.length, 2, "both.pem", &der, &length, &err) == 1,
		"read DER: no third", "found");
	check_result(chain_read_der(text.bytes, text.length, 0, "text", &der, &length, &err),
		REASON_CONFIG, &err, "read DER: none");
	check_result(
		chain_read_der(int_der.bytes, int_der.length, 0, "int.der", &der, &length, &err),
		REASON_CONFIG, &err, "read DER: DER");
	check_words(&err, "looks like DER", "read DER: DER");
}

/* From here on the process dies when it only tries to open a file. */
static int
forbid_open(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 2, 0),
#ifdef SYS_open
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 1, 0),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* Runs as a fresh process, which has done nothing but warm up. */
static int
verify_filtered(const char *what)
{
	struct bag bag = bag_read("ds int");
	struct file_bytes pem = read_file("root.pem"), expired = read_file("ds.der");
	struct chain_anchors *anchors = NULL;
	struct chain_signer signer;
	struct key *key = NULL;
	struct error err = { 0 };
	static const uint8_t signature[] = { 0x30, 6, 2, 1, 1, 2, 1, 1 };

	now = time(NULL);
	if (digest_warm_up(&err) || forbid_open())
		return 2;
	if (strcmp(what, "control") == 0)
		return open("root.pem", O_RDONLY) < 0 ? 3 : 4;
	if (chain_add_anchors(&anchors, pem.bytes, pem.length, "root.pem", &err) ||
		chain_verify(anchors, bag.certificates, bag.count, now, &key, &signer, &err))
		return 5;
	if (key_check_signature(key, DIGEST_SHA256, "", 0, signature, sizeof(signature), &err) ==
			0 ||
		err.reason != REASON_SIGNATURE)
		return 6;
	if (key_hint(key, &signer.spki, &err))
		return 7;
	key_release(key);
	key = NULL;
	if (chain_verify(anchors, bag.certificates, bag.count, now + 400 * 86400, &key, &signer,
		    &err) == 0 ||
		err.reason != REASON_EXPIRED)
		return 8;
	chain_release(anchors);
	bag_release(&bag);
	file_release(&pem);
	file_release(&expired);
	return 42;
}

/* A fresh process: this one has long read all that is read only once. */
static int
run_filtered(const char *program, const char *what)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(program, program, "filtered", what, (char *)NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_filtered(const char *program)
{
	int result = run_filtered(program, "control");

	check(result == -SIGSYS, "without opening files: control", "%d", result);
	result = run_filtered(program, "verify");
	check(result == 42, "without opening files: verifies", "%d", result);
}

/* The certificates of a bundle, by looking for its only use of "rawBytes". */
static struct bag
bag_read_bundle(const char *path)
{
	cleanup_bytes struct file_bytes file = read_file(path);
	const char *at = file.bytes;
	struct bag bag = { 0 };

	while (at && bag.count < LIMIT_CERTIFICATES && (at = strstr(at, "\"rawBytes\""))) {
		const char *start = strchr(at + 10, '"');
		size_t length = start ? strcspn(start + 1, "\"") : 0;
		uint8_t *der = malloc(length + 3);

		at = start ? start + 1 + length : NULL;
		if (!start || !der) {
			free(der);
			break;
		}
		int decoded = EVP_DecodeBlock(der, (const uint8_t *)start + 1, (int)length);

		for (size_t i = length; i > 0 && start[i] == '='; i--)
			decoded--;
		bag_add(&bag,
			(struct file_bytes){ (char *)der, decoded > 0 ? (size_t)decoded : 0 });
	}
	return bag;
}

enum { VECTORS_AT = 1796083200 }; /* 2026-12-01T00:00:00Z */

/* The certificate rows of the vectors' expected.tsv, with the reason that we give. */
static const struct {
	const char *bundle, *anchor;
	enum reason wanted;
	const char *words;
} vectors[] = {
	{ "lab/p256.sig", "lab/trust/p256-root.pem", REASON_NONE, NULL },
	{ "lab/p384.sig", "lab/trust/p384-root.pem", REASON_NONE, NULL },
	{ "lab/p521.sig", "lab/trust/p521-root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-p256.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-p521.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-chain-with-root.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/noku-eku-cs.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/int-no-ku.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/rsa-root.sig", "lab/cv/rsaroot.pem", REASON_NONE, NULL },
	{ "lab/cv/sig-by-other-key.sig", "lab/cv/root.pem", REASON_NONE, NULL },
	{ "golden/v0.2.0-certificate/model.sig", "golden/keys/certificate/ca-cert.pem", REASON_NONE,
		NULL },
	{ "golden/v0.3.1-certificate/model.sig", "golden/keys/certificate/ca-cert.pem", REASON_NONE,
		NULL },
	{ "golden/v1.0.0-certificate/model.sig", "golden/keys/certificate/ca-cert.pem", REASON_NONE,
		NULL },
	{ "golden/v1.0.1-certificate/model.sig", "golden/keys/certificate/ca-cert.pem", REASON_NONE,
		NULL },
	{ "golden/v1.1.0-certificate/model.sig", "golden/keys/certificate/ca-cert.pem", REASON_NONE,
		NULL },
	{ "nvidia/mcore-create-issue/skill.oms.sig", "nvidia/nv-agent-root-cert.pem", REASON_NONE,
		NULL },
	{ "nvidia/nemo-rl-docs/skill.oms.sig", "nvidia/nv-agent-root-cert.pem", REASON_NONE, NULL },
	{ "nvidia/tao-train-single-step/skill.oms.sig", "nvidia/nv-agent-root-cert.pem",
		REASON_NONE, NULL },
	{ "nvidia/mcore-create-issue/skill.oms.sig", "lab/cv/root.pem", REASON_UNTRUSTED,
		"NVIDIA" },
	{ "golden/v1.1.0-certificate/model.sig", "lab/trust/p256-root.pem", REASON_UNTRUSTED,
		"issuer" },
	{ "golden/v1.1.0-certificate/model.sig", "golden/keys/certificate/int-ca-cert.pem",
		REASON_UNTRUSTED, "issuer is not among" },
	{ "lab/cv/chain-missing-int.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "neither in" },
	{ "lab/cv/trust-int-only.sig", "lab/cv/int.pem", REASON_UNTRUSTED, "issuer is not among" },
	{ "lab/cv/trust-leaf-only.sig", "lab/cv/leaf.pem", REASON_UNTRUSTED, "issuer" },
	{ "lab/cv/ku-ds-eku-server.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "neither codeS" },
	{ "lab/cv/noku-eku-server.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "neither codeS" },
	{ "lab/cv/noku-noeku.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "neither KeyUsage" },
	{ "lab/cv/noku-eku-any.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "neither KeyUsage" },
	{ "lab/cv/leaf-expired.sig", "lab/cv/root.pem", REASON_EXPIRED, "has expired" },
	{ "lab/cv/leaf-future.sig", "lab/cv/root.pem", REASON_EXPIRED, "not valid yet" },
	{ "lab/cv/leaf-before-int.sig", "lab/cv/root.pem", REASON_EXPIRED,
		"when the signer's validity starts" },
	{ "lab/cv/int-expired-at-nb.sig", "lab/cv/root.pem", REASON_EXPIRED, "has expired" },
	{ "lab/cv/int-not-ca.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "is not a CA" },
	{ "lab/cv/int-no-bc.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "is not a CA" },
	{ "lab/cv/int-eku-server.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "may not issue" },
	{ "lab/cv/root-expired-now.sig", "lab/cv/root-expired-now.pem", REASON_EXPIRED,
		"has expired" },
	{ "lab/cv/pathlen-violation.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "path length" },
	{ "lab/cv/selfsigned-untrusted.sig", "lab/cv/root.pem", REASON_UNTRUSTED,
		"signed by itself" },
	{ "lab/cv/rsa-leaf.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "RSA key" },
	{ "lab/cv/ed25519-leaf.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "ED25519 key" },
	{ "lab/cv/curve-brainpoolP256r1.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "brainpool" },
	{ "lab/cv/curve-brainpoolP384r1.sig", "lab/cv/root.pem", REASON_UNTRUSTED, "brainpool" },
	{ "lab/cv/sha1.sig", "lab/cv/s1root.pem", REASON_UNTRUSTED, "too weak" },
};

static void
test_vectors(const char *folder)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		char bundle[512], anchor[512];
		struct error err = { 0 };

		snprintf(bundle, sizeof(bundle), "%s/%s", folder, vectors[i].bundle);
		snprintf(anchor, sizeof(anchor), "%s/%s", folder, vectors[i].anchor);
		cleanup_bag struct bag bag = bag_read_bundle(bundle);

		check_result(verify(&bag, anchor, VECTORS_AT, NULL, &err), vectors[i].wanted, &err,
			vectors[i].bundle);
		if (vectors[i].words)
			check_words(&err, vectors[i].words, vectors[i].bundle);
	}
}

/* NVIDIA's real leaf, under CAs that are valid to the end of the year 9999. */
static void
test_nvidia(const char *folder)
{
	char bundle[512], anchor[512];
	struct chain_signer signer = { 0 };
	struct error err = { 0 };

	snprintf(bundle, sizeof(bundle), "%s/nvidia/nemo-rl-docs/skill.oms.sig", folder);
	snprintf(anchor, sizeof(anchor), "%s/nvidia/nv-agent-root-cert.pem", folder);
	cleanup_bag struct bag bag = bag_read_bundle(bundle);

	verify(&bag, anchor, VECTORS_AT, &signer, &err);
	check_text(signer.subject, "CN=NVIDIA Agent Skills Signing 001,O=NVIDIA Corporation,C=US",
		"NVIDIA: subject");
	check(signer.not_before == 1775001600, "NVIDIA: valid from 2026-04-01", "%lld",
		(long long)signer.not_before);
	check_result(verify(&bag, anchor, 4102444800, NULL, &err), REASON_EXPIRED, &err,
		"NVIDIA: in the year 2100");
	check_words(&err, "Signing 001", "NVIDIA: in the year 2100");
	/* The ICA as the signer: what is refused is its usage, not its year. */
	if (bag.count == 3) {
		struct bag issuer = { .certificates = { bag.certificates[1], bag.certificates[2] },
			.count = 2 };

		check_result(verify(&issuer, anchor, 253402300798, &signer, &err), REASON_UNTRUSTED,
			&err, "NVIDIA: CA in the year 9999");
		check_words(&err, "no digitalSignature", "NVIDIA: CA in the year 9999");
		/* OpenSSL cannot compare with a year of five digits. */
		check_result(verify(&issuer, anchor, 253402300800, &signer, &err), REASON_UNTRUSTED,
			&err, "NVIDIA: CA in the year 10000");
		check_words(&err, "cannot be compared", "NVIDIA: CA in the year 10000");
	} else {
		check(false, "NVIDIA: three certificates", "%zu", bag.count);
	}
}

int
main(int argc, char **argv)
{
	const char *given = getenv("NIMGATE_VECTORS");
	cleanup_free char *folder = realpath(given ? given : "../shared/vectors/oms", NULL);
	cleanup_free char *program = realpath("/proc/self/exe", NULL);
	char directory[] = "/tmp/nimgate-test-XXXXXX", command[128];

	if (argc == 3 && strcmp(argv[1], "filtered") == 0)
		_exit(verify_filtered(argv[2]));
	now = time(NULL) + 60;
	if (folder) {
		test_vectors(folder);
		test_nvidia(folder);
	} else {
		check_skip("chains of the test vectors", "not there (NIMGATE_VECTORS)");
	}
	if (system("command -v openssl >/dev/null") != 0) {
		check_skip("chains", "no openssl command");
		return check_end();
	}
	if (!mkdtemp(directory) || chdir(directory) || system(script) != 0) {
		check(false, "set up", "the openssl command cannot make the certificates");
		return check_end();
	}
	test_anchors();
	test_paths();
	test_time();
	test_signer();
	test_issuer();
	test_own_issuer();
	test_malformed();
	test_no_default_store();
	test_signing();
	if (program)
		test_filtered(program);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	check(system(command) == 0, "clean up", "%s", directory);
	return check_end();
}
