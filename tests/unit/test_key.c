#include "border/key.h"

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Everything that the tests read, made by the openssl command in an empty directory. */
static const char script[] =
	"set -e\n"
	"exec 2>/dev/null\n"
	"for c in 256 384 521; do\n"
	"  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-$c -out p$c.pem\n"
	"  openssl pkey -in p$c.pem -pubout -out p$c.pub\n"
	"done\n"
	"openssl ec -in p384.pem -pubout -conv_form compressed -out compressed.pub\n"
	"openssl pkey -in p384.pem -pubout -outform DER -out p384.der\n"
	"{ echo 'Public-Key: (384 bit)'; openssl pkey -pubin -in p384.pub -text; } >text.pub\n"
	"sed 's/$/\\r/' p384.pub >crlf.pub\n"
	"cat p256.pub p384.pub >two.pub\n"
	"head -c -60 p384.pub >cut.pub\n"
	"openssl ec -in p256.pem -out sec1.pem\n"
	"openssl ecparam -name prime256v1 -genkey -out params.pem\n"
	"openssl ec -in p384.pem -aes128 -passout pass:sesame -out sec1-locked.pem\n"
	"openssl pkcs8 -topk8 -in p384.pem -passout pass:sesame -out locked.pem\n"
	"openssl pkey -in p384.pem -outform DER -out private.der\n"
	"for c in secp256k1 brainpoolP256r1 brainpoolP384r1 P-224; do\n"
	"  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$c -out $c.pem\n"
	"  openssl pkey -in $c.pem -pubout -out $c.pub\n"
	"done\n"
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \\\n"
	"  -pkeyopt ec_param_enc:explicit -out explicit.pem\n"
	"openssl pkey -in explicit.pem -pubout -out explicit.pub\n"
	"for a in RSA ED25519 ED448 X25519; do\n"
	"  openssl genpkey -algorithm $a -out $a.pem\n"
	"  openssl pkey -in $a.pem -pubout -out $a.pub\n"
	"done\n"
	"openssl req -x509 -key p384.pem -subj /CN=a -out cert.pem\n"
	"{ echo '-----BEGIN PUBLIC KEY-----'; echo 'Proc-Type: 4,ENCRYPTED'; echo;\n"
	"  sed 1d p384.pub; } >header.pub\n"
	"{ head -c 1048576 /dev/zero | tr '\\0' x; cat p384.pem; } >large.pem\n"
	"{ head -c 1048576 /dev/zero | tr '\\0' x; cat p384.pub; } >large.pub\n"
	"echo hello >text\n"
	": >empty\n"
	"printf message >message\n"
	"openssl dgst -sha384 -sign p384.pem -out signature message\n"
	"openssl pkey -pubin -in p384.pub -pubout -ec_conv_form uncompressed |\n"
	"  openssl dgst -sha256 -r | cut -c1-64 | tr -d '\\n' >hint\n"
	"openssl dgst -sha256 -r p384.der | cut -c1-64 | tr -d '\\n' >spki\n";

static struct file_bytes
read_file(const char *name)
{
	struct error err = { 0 };
	struct file_bytes bytes = { 0 };
	cleanup_fd int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || file_read(fd, 1 << 21, name, &bytes, &err))
		check(false, name, "the test's own file cannot be read");
	return bytes;
}

static struct key *
read_public(const char *name, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = read_file(name);

	return bytes.bytes ? key_parse_public(bytes.bytes, bytes.length, name, err) : NULL;
}

static struct key *
read_private(const char *name, const char *password, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = read_file(name);

	return bytes.bytes ? key_parse_private(bytes.bytes, bytes.length, password, name, err)
			   : NULL;
}

/* The refusal names the file and says WORDS. */
static void
check_words(const struct key *key, const struct error *err, const char *file, const char *words)
{
	check(!key && strncmp(err->text, file, strlen(file)) == 0 && strstr(err->text, words), file,
		"wanted \"%s\", got: %s", words, key ? "a key" : err->text);
}

static void
test_public(void)
{
	static const struct {
		const char *file, *curve, *refusal;
		enum digest_algorithm digest;
	} cases[] = {
		{ "p256.pub", "P-256", NULL, DIGEST_SHA256 },
		{ "p384.pub", "P-384", NULL, DIGEST_SHA384 },
		{ "p521.pub", "P-521", NULL, DIGEST_SHA512 },
		{ "compressed.pub", "P-384", NULL, DIGEST_SHA384 },
		{ "crlf.pub", "P-384", NULL, DIGEST_SHA384 },
		{ "text.pub", "P-384", NULL, DIGEST_SHA384 },
		{ "p384.der", NULL, "looks like DER", DIGEST_NONE },
		{ "cert.pem", NULL, "holds 'BEGIN CERTIFICATE'", DIGEST_NONE },
		{ "p384.pem", NULL, "holds 'BEGIN PRIVATE KEY'", DIGEST_NONE },
		{ "locked.pem", NULL, "holds 'BEGIN ENCRYPTED PRIVATE KEY'", DIGEST_NONE },
		{ "RSA.pub", NULL, "RSA key of 2048 bits", DIGEST_NONE },
		{ "ED25519.pub", NULL, "ED25519 key", DIGEST_NONE },
		{ "ED448.pub", NULL, "ED448 key", DIGEST_NONE },
		{ "X25519.pub", NULL, "X25519 key", DIGEST_NONE },
		{ "secp256k1.pub", NULL, "curve 'secp256k1'", DIGEST_NONE },
		{ "brainpoolP256r1.pub", NULL, "curve 'brainpoolP256r1'", DIGEST_NONE },
		{ "brainpoolP384r1.pub", NULL, "curve 'brainpoolP384r1'", DIGEST_NONE },
		{ "P-224.pub", NULL, "curve 'secp224r1'", DIGEST_NONE },
		{ "explicit.pub", NULL, "explicit parameters", DIGEST_NONE },
		{ "two.pub", NULL, "more than once", DIGEST_NONE },
		{ "cut.pub", NULL, "PEM block is broken", DIGEST_NONE },
		{ "header.pub", NULL, "header lines", DIGEST_NONE },
		{ "large.pub", NULL, "larger than 1048576 bytes", DIGEST_NONE },
		{ "text", NULL, "not PEM", DIGEST_NONE },
		{ "empty", NULL, "not PEM", DIGEST_NONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		struct key *key = read_public(cases[i].file, &err);

		check_result(key ? 0 : -1, cases[i].curve ? REASON_NONE : REASON_CONFIG, &err,
			cases[i].file);
		if (key && cases[i].curve) {
			check_text(key_curve(key), cases[i].curve, cases[i].file);
			check(key_digest(key) == cases[i].digest, cases[i].file, "digest %d",
				key_digest(key));
		} else {
			check_words(key, &err, cases[i].file, cases[i].refusal);
		}
		key_release(key);
	}
}

static void
test_private(void)
{
	static const struct {
		const char *file, *password, *refusal;
	} cases[] = {
		{ "p256.pem", NULL, NULL },
		{ "p384.pem", "not needed", NULL },
		{ "sec1.pem", NULL, NULL },
		{ "params.pem", NULL, NULL },
		{ "locked.pem", "sesame", NULL },
		{ "sec1-locked.pem", "sesame", NULL },
		{ "locked.pem", "wrong", "password does not open" },
		{ "locked.pem", "", "password does not open" },
		{ "locked.pem", NULL, "no password was given" },
		{ "sec1-locked.pem", "wrong", "password does not open" },
		{ "sec1-locked.pem", NULL, "no password was given" },
		{ "p384.pub", NULL, "no private key" },
		{ "cert.pem", NULL, "no private key" },
		{ "private.der", NULL, "looks like DER" },
		{ "text", NULL, "no private key" },
		{ "empty", NULL, "" },
		{ "RSA.pem", NULL, "RSA key" },
		{ "ED25519.pem", NULL, "ED25519 key" },
		{ "secp256k1.pem", NULL, "secp256k1" },
		{ "explicit.pem", NULL, "explicit parameters" },
		{ "large.pem", NULL, "cannot be read as PEM (" },
	};
	char large[2000];
	struct error err = { 0 };
	struct key *key;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key = read_private(cases[i].file, cases[i].password, &err);
		check_result(key ? 0 : -1, cases[i].refusal ? REASON_CONFIG : REASON_NONE, &err,
			cases[i].file);
		if (cases[i].refusal)
			check_words(key, &err, cases[i].file, cases[i].refusal);
		key_release(key);
	}
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	key = read_private("locked.pem", large, &err);
	check_words(key, &err, "locked.pem", "password does not open");
	key_release(key);
}

static void
test_identity(void)
{
	cleanup_bytes struct file_bytes hint = read_file("hint"), spki = read_file("spki");
	struct error err = { 0 };
	struct key *public = read_public("p384.pub", &err), *private, *compressed, *other;
	struct digest digest = { 0 };

	private = read_private("p384.pem", NULL, &err);
	compressed = read_public("compressed.pub", &err);
	other = read_public("p256.pub", &err);
	if (!public || !private || !compressed || !other) {
		check(false, "identity", "%s", err.text);
		goto out;
	}
	key_hint(public, &digest, &err);
	check_text(digest_format(&digest).text, hint.bytes, "hint: as the openssl command has it");
	key_hint(compressed, &digest, &err);
	check_text(digest_format(&digest).text, hint.bytes, "hint: of a compressed point");
	key_hint(private, &digest, &err);
	check_text(digest_format(&digest).text, hint.bytes, "hint: of the pair");
	key_spki_digest(public, &digest, &err);
	check_text(digest_format(&digest).text, spki.bytes, "spki digest");
	key_spki_digest(compressed, &digest, &err);
	check_text(digest_format(&digest).text, spki.bytes, "spki digest: of a compressed point");
	check(key_equal(public, private) && key_equal(public, compressed), "equal: same", "differ");
	check(!key_equal(public, other), "equal: other curve", "equal");
	key_release(other);
	other = read_public("sec1.pem", &err);
	check(!other, "equal: other key", "a private key was read as a public one");
out:
	key_release(public);
	key_release(private);
	key_release(compressed);
	key_release(other);
}

static int
verify(const struct key *key, const char *message, const uint8_t *signature, size_t length,
	struct error *err)
{
	return key_check_signature(
		key, key_digest(key), message, strlen(message), signature, length, err);
}

static void
test_sign(const char *file, const char *public_file, const char *command)
{
	struct error err = { 0 };
	struct key *pair = read_private(file, NULL, &err), *public = read_public(public_file, &err);
	cleanup_free uint8_t *signature = NULL;
	size_t length = 0;

	if (!pair || !public) {
		check(false, file, "%s", err.text);
		goto out;
	}
	check_result(key_sign(public, "message", 7, &signature, &length, &err), REASON_CONFIG, &err,
		"sign: with a public key");
	check_result(
		key_sign(pair, "message", 7, &signature, &length, &err), REASON_NONE, &err, file);
	check_result(verify(public, "message", signature, length, &err), REASON_NONE, &err,
		"verify: own signature");
	check_result(verify(public, "messagf", signature, length, &err), REASON_SIGNATURE, &err,
		"verify: other message");
	check_result(verify(public, "", signature, length, &err), REASON_SIGNATURE, &err,
		"verify: no message");
	check_result(
		key_check_signature(public, DIGEST_NONE, "message", 7, signature, length, &err),
		REASON_SIGNATURE, &err, "verify: no digest");
	FILE *out = fopen("ours", "w");
	check(out && fwrite(signature, 1, length, out) == length, file, "cannot write");
	if (out)
		fclose(out);
	check(system(command) == 0, command, "refused by the openssl command");
	signature[length - 1] ^= 1;
	check_result(verify(public, "message", signature, length, &err), REASON_SIGNATURE, &err,
		"verify: one bit of s");
out:
	key_release(pair);
	key_release(public);
}

/* A signature of the openssl command, and the right one by another key. */
static void
test_foreign(void)
{
	cleanup_bytes struct file_bytes signature = read_file("signature");
	struct error err = { 0 };
	struct key *public = read_public("compressed.pub", &err),
		   *other = read_public("p521.pub", &err);

	if (public && other && signature.bytes) {
		const uint8_t *bytes = (const uint8_t *)signature.bytes;

		check_result(verify(public, "message", bytes, signature.length, &err), REASON_NONE,
			&err, "verify: openssl command");
		check_result(verify(other, "message", bytes, signature.length, &err),
			REASON_SIGNATURE, &err, "verify: other key");
	} else {
		check(false, "verify: openssl command", "%s", err.text);
	}
	key_release(public);
	key_release(other);
}

static void
test_spki(void)
{
	cleanup_bytes struct file_bytes der = read_file("p384.der");
	struct error err = { 0 };
	struct key *key =
		key_parse_spki((const uint8_t *)der.bytes, der.length, REASON_UNTRUSTED, &err);

	check_result(key ? 0 : -1, REASON_NONE, &err, "spki");
	key_release(key);
	/* file_read() has put a NUL behind the last byte. */
	key = key_parse_spki((const uint8_t *)der.bytes, der.length + 1, REASON_UNTRUSTED, &err);
	check_result(key ? 0 : -1, REASON_UNTRUSTED, &err, "spki: trailing byte");
	key_release(key);
	key = key_parse_spki((const uint8_t *)der.bytes, der.length - 1, REASON_UNTRUSTED, &err);
	check_result(key ? 0 : -1, REASON_UNTRUSTED, &err, "spki: cut");
	key_release(key);
	der.bytes[der.length - 1] ^= 1;
	key = key_parse_spki((const uint8_t *)der.bytes, der.length, REASON_BUNDLE, &err);
	check_result(key ? 0 : -1, REASON_BUNDLE, &err, "spki: point beside the curve");
	key_release(key);

	/* The point at infinity on P-256: any message would have a signature by it. */
	static const uint8_t infinity[] = { 0x30, 0x19, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
		0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
		0x03, 0x02, 0x00, 0x00 };

	key = key_parse_spki(infinity, sizeof(infinity), REASON_UNTRUSTED, &err);
	check_result(key ? 0 : -1, REASON_UNTRUSTED, &err, "spki: point at infinity");
	key_release(key);
}

static void
test_golden(const char *vectors)
{
	cleanup_free char *path = NULL;
	struct digest digest;
	struct error err = { 0 };
	struct key *key;

	if (!vectors ||
		asprintf(&path, "%s/golden/keys/certificate/signing-key-pub.pem", vectors) < 0) {
		check_skip("hint: golden key", "no test vectors (NIMGATE_VECTORS)");
		return;
	}
	key = read_public(path, &err);
	if (key && key_hint(key, &digest, &err) == 0)
		check_text(digest_format(&digest).text,
			"e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e",
			"hint: golden key");
	else
		check(false, "hint: golden key", "%s", err.text);
	key_release(key);
}

int
main(void)
{
	const char *given = getenv("NIMGATE_VECTORS");
	cleanup_free char *vectors = realpath(given ? given : "../shared/vectors/oms", NULL);
	char directory[] = "/tmp/nimgate-test-XXXXXX", command[128];

	if (system("command -v openssl >/dev/null") != 0) {
		check_skip("keys", "no openssl command");
		return check_end();
	}
	if (!mkdtemp(directory) || chdir(directory) || system(script) != 0) {
		check(false, "set up", "the openssl command cannot make the keys");
		return check_end();
	}
	test_public();
	test_private();
	test_identity();
	test_sign("p256.pem", "p256.pub",
		"openssl dgst -sha256 -verify p256.pub -signature ours message >/dev/null");
	test_sign("p384.pem", "p384.pub",
		"openssl dgst -sha384 -verify p384.pub -signature ours message >/dev/null");
	test_sign("p521.pem", "p521.pub",
		"openssl dgst -sha512 -verify p521.pub -signature ours message >/dev/null");
	test_foreign();
	test_spki();
	test_golden(vectors);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	check(system(command) == 0, "clean up", "%s", directory);
	return check_end();
}
