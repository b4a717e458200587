#include "border/digest.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

/* FIPS 180-4 examples, the empty message, and a million times "a". */
static const struct {
	enum digest_algorithm algorithm;
	const char *message;
	const char *wanted;
} known[] = {
	{ DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ DIGEST_SHA256, "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ DIGEST_SHA256, NULL, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ DIGEST_SHA384, "abc",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7" },
	{ DIGEST_SHA384, NULL,
		"9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
		"07b8b3dc38ecc4ebae97ddd87f3d8985" },
	{ DIGEST_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ DIGEST_SHA512, NULL,
		"e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
		"de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b" },
	{ DIGEST_BLAKE2B, "abc",
		"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" },
	{ DIGEST_BLAKE3, "abc",
		"6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85" },
};

enum { MILLION = 1000000 };

static char million[MILLION];

/* The messages in one piece, and in pieces of each of these lengths through one context. */
static void
test_known(void)
{
	static const size_t pieces[] = { 1, 7, 63, 64, 65, 4099, MILLION };
	struct error err = { 0 };
	struct digest digest;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *message = known[i].message ? known[i].message : million;
		size_t length = known[i].message ? strlen(message) : MILLION;
		struct digest_context *context = digest_open(known[i].algorithm, &err);

		check_result(digest_compute(known[i].algorithm, message, length, &digest, &err),
			REASON_NONE, &err, "known: computes");
		check_text(digest_format(&digest).text, known[i].wanted, "known: at once");
		if (!context) {
			check(false, "known: opens", "%s", err.text);
			continue;
		}
		for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
			memset(&digest, 0, sizeof(digest));
			digest_restart(context, &err);
			for (size_t at = 0; at < length; at += pieces[p])
				digest_update(context, message + at,
					length - at < pieces[p] ? length - at : pieces[p], &err);
			digest_finish(context, &digest, &err);
			check_text(
				digest_format(&digest).text, known[i].wanted, "known: in pieces");
		}
		digest_close(context);
	}
}

static void
test_restart(void)
{
	struct error err = { 0 };
	struct digest digest = { 0 };
	struct digest_context *context = digest_open(DIGEST_SHA256, &err);

	if (!context) {
		check(false, "restart: opens", "%s", err.text);
		return;
	}
	digest_update(context, "forgotten", 9, &err);
	digest_restart(context, &err);
	digest_update(context, "ab", 2, &err);
	digest_update(context, NULL, 0, &err);
	digest_update(context, "c", 1, &err);
	digest_finish(context, &digest, &err);
	check_text(digest_format(&digest).text, known[1].wanted, "restart: in the middle");
	check_result(digest_update(context, "a", 1, &err), REASON_INTERNAL, &err,
		"restart: update after the end");
	check_result(digest_finish(context, &digest, &err), REASON_INTERNAL, &err,
		"restart: second end");
	digest_close(context);
	digest_close(NULL);
}

static void
test_equal(void)
{
	struct error err = { 0 };
	struct digest zero = { 0 }, zero_too = { 0 }, a, b, c;

	digest_compute(DIGEST_SHA256, "a", 1, &a, &err);
	digest_compute(DIGEST_SHA256, "a", 1, &b, &err);
	digest_compute(DIGEST_SHA256, "b", 1, &c, &err);
	check(digest_equal(&a, &b), "equal: same", "differ");
	check(!digest_equal(&a, &c), "equal: other bytes", "equal");
	check(!digest_equal(&zero, &zero_too), "equal: two zeroed digests", "equal");
	check(!digest_equal(&zero, &zero), "equal: a zeroed digest with itself", "equal");
	check(!digest_equal(&a, &zero) && !digest_equal(&zero, &a), "equal: zeroed", "equal");
	b.bytes[31] ^= 1;
	check(!digest_equal(&a, &b), "equal: last byte", "equal");
	b.bytes[31] ^= 1;
	b.bytes[32] ^= 1;
	check(digest_equal(&a, &b), "equal: byte behind the end", "differ");
	b = a;
	b.algorithm = DIGEST_SHA384;
	check(!digest_equal(&a, &b), "equal: other algorithm", "equal");
	a.algorithm = b.algorithm = (enum digest_algorithm)77;
	check(!digest_equal(&a, &b), "equal: unknown algorithm", "equal");
	check_text(digest_format(&zero).text, "", "format: zeroed");
	check_text(digest_format(&a).text, "", "format: unknown algorithm");
	check_text(digest_name(DIGEST_NONE), "none", "name: none");
	check_text(digest_name(DIGEST_SHA384), "sha384", "name");
	check(digest_size(DIGEST_NONE) == 0 && digest_size((enum digest_algorithm) - 1) == 0 &&
			digest_size(DIGEST_SHA512) == 64,
		"size", "wrong");
	check_result(digest_compute(DIGEST_NONE, "a", 1, &a, &err), REASON_INTERNAL, &err,
		"compute: no algorithm");
	check_result(digest_compute(DIGEST_COUNT, "a", 1, &a, &err), REASON_INTERNAL, &err,
		"compute: unknown algorithm");
	check(digest_of_files("sha256") == DIGEST_SHA256 &&
			digest_of_files("blake2b") == DIGEST_BLAKE2B &&
			digest_of_files("blake3") == DIGEST_BLAKE3,
		"of files: OMS's three", "another");
	check(digest_of_files("sha512") == DIGEST_NONE && digest_of_files("none") == DIGEST_NONE &&
			digest_of_files("SHA256") == DIGEST_NONE &&
			digest_of_files("") == DIGEST_NONE,
		"of files: no other", "accepted");
}

/* A configuration that would leave OpenSSL without any digest, if it were read. */
static void
set_hostile_configuration(void)
{
	static const char text[] = "openssl_conf = all\n[all]\nproviders = some\n"
				   "[some]\nnull = on\n[on]\nactivate = 1\n";
	char path[] = "/tmp/nimgate-test-XXXXXX";
	int fd = mkstemp(path);
	bool written = fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1;
	char command[128];

	setenv("OPENSSL_CONF", path, 1);
	/* The control: the command obeys. */
	snprintf(command, sizeof(command), "! openssl dgst -sha256 %s >%s.out 2>&1", path, path);
	if (system("command -v openssl >/dev/null") != 0)
		check_skip("configuration: would break OpenSSL", "no openssl command");
	else
		check(written && system(command) == 0, "configuration: would break OpenSSL",
			"it does not, so this test proves nothing");
	if (fd >= 0)
		close(fd);
	snprintf(command, sizeof(command), "%s.out", path);
	unlink(command);
}

int
main(void)
{
	struct error err = { 0 };

	memset(million, 'a', sizeof(million));
	set_hostile_configuration();
	check_result(digest_warm_up(&err), REASON_NONE, &err, "warm up");
	test_known();
	test_restart();
	test_equal();
	unlink(getenv("OPENSSL_CONF"));
	return check_end();
}
