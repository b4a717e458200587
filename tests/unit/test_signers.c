#include "oms/signers.h"

#include "base/mem.h"
#include "border/chain.h"

#include "tests/unit/oms_material.h"

#define HEX(pair)   pair pair pair pair pair pair pair pair
#define DIGITS(two) HEX(two) HEX(two) HEX(two) HEX(two)

static const struct chain_signer found = {
	.subject = "CN=Signing 001,O=Example\\, Inc.,C=US",
	.fingerprint = { DIGEST_SHA256, { [0 ... 31] = 0xaa } },
	.issuer = { DIGEST_SHA256, { [0 ... 31] = 0xbb } },
	.spki = { DIGEST_SHA256, { [0 ... 31] = 0xcc } },
};

/* As the method key names its signers. */
static const struct chain_signer bare = {
	.subject = "key sha256:" DIGITS("dd"),
	.spki = { DIGEST_SHA256, { [0 ... 31] = 0xcc } },
};

struct pin {
	size_t entry;
	enum signers_kind kind;
	const char *text;
};

#define SUBJECT(entry, text)                 \
	{                                    \
		entry, SIGNERS_SUBJECT, text \
	}
#define SPKI(entry, text)                 \
	{                                 \
		entry, SIGNERS_SPKI, text \
	}
#define FINGERPRINT(entry, text)                 \
	{                                        \
		entry, SIGNERS_FINGERPRINT, text \
	}

static void
test_checks(void)
{
	static const struct {
		const char *name;
		struct pin pins[4];
		const struct chain_signer *signer;
		const char *refusal; /* NULL: admitted */
	} rows[] = {
		{ "nothing pinned", { { 0 } }, &found, NULL },
		{ "subject", { SUBJECT(0, "CN=Signing 001,O=Example\\, Inc.,C=US") }, &found,
			NULL },
		{ "subject: longer", { SUBJECT(0, "CN=Signing 001,O=Example\\, Inc.,C=US ") },
			&found,
			"signed by 'CN=Signing 001,O=Example\\\\, Inc.,C=US'; wanted: subject " },
		{ "subject: shorter", { SUBJECT(0, "CN=Signing 001,O=Example\\, Inc.") }, &found,
			"wanted: subject 'CN=Signing 001,O=Example\\\\, Inc.'" },
		{ "subject: other case", { SUBJECT(0, "cn=Signing 001,O=Example\\, Inc.,C=US") },
			&found, "wanted" },
		{ "subject: other order", { SUBJECT(0, "C=US,O=Example\\, Inc.,CN=Signing 001") },
			&found, "wanted" },
		{ "subject: not escaped", { SUBJECT(0, "CN=Signing 001,O=Example, Inc.,C=US") },
			&found, "wanted" },
		{ "spki", { SPKI(0, DIGITS("cc")) }, &found, NULL },
		{ "spki of the certificate", { SPKI(0, DIGITS("aa")) }, &found,
			"', spki " DIGITS("cc") "; wanted: spki " DIGITS("aa") },
		{ "fingerprint", { FINGERPRINT(0, DIGITS("aa")) }, &found, NULL },
		{ "fingerprint of the issuer", { FINGERPRINT(0, DIGITS("bb")) }, &found, NULL },
		{ "fingerprint of the key", { FINGERPRINT(0, DIGITS("cc")) }, &found,
			"', fingerprint " DIGITS("aa") "; wanted: fingerprint " DIGITS("cc") },
		{ "the second of two entries",
			{ SPKI(0, DIGITS("11")), FINGERPRINT(1, DIGITS("aa")) }, &found, NULL },
		{ "the second value of one kind", { SPKI(0, DIGITS("11")), SPKI(0, DIGITS("cc")) },
			&found, NULL },
		{ "both kinds of one entry",
			{ SPKI(0, DIGITS("cc")), FINGERPRINT(0, DIGITS("bb")) }, &found, NULL },
		{ "one of the kinds of an entry",
			{ SPKI(0, DIGITS("cc")), FINGERPRINT(0, DIGITS("11")) }, &found,
			"wanted: spki " DIGITS("cc") " and fingerprint " },
		{ "halves of two entries",
			{ SPKI(0, DIGITS("cc")), FINGERPRINT(0, DIGITS("11")),
				SPKI(1, DIGITS("11")), FINGERPRINT(1, DIGITS("aa")) },
			&found, "wanted" },
		{ "nobody of two", { SPKI(0, DIGITS("11")), SPKI(1, DIGITS("22")) }, &found,
			"wanted: spki " DIGITS("11") "; or spki " },
		{ "key: spki", { SPKI(0, DIGITS("cc")) }, &bare, NULL },
		{ "key: its hint", { SPKI(0, DIGITS("dd")) }, &bare, "signed by 'key sha256:dd" },
		/* An absent fingerprint equals nothing, whatever is asked for. */
		{ "key: a fingerprint of zeros", { FINGERPRINT(0, DIGITS("00")) }, &bare,
			"wanted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_signers struct signers signers = { 0 };
		struct error err = { 0 };

		for (size_t j = 0; j < 4 && rows[i].pins[j].text; j++)
			if (signers_add(&signers, rows[i].pins[j].entry, rows[i].pins[j].kind,
				    rows[i].pins[j].text, &err))
				check(false, rows[i].name, "cannot be pinned: %s", err.text);
		material_check(signers_check(&signers, rows[i].signer, &err),
			rows[i].refusal ? REASON_SIGNER : REASON_NONE, rows[i].refusal, &err,
			rows[i].name);
	}
}

/* How digests and subjects may be written. */
static void
test_texts(void)
{
#define ROW(bytes) bytes ":" bytes ":" bytes ":" bytes ":" bytes ":" bytes ":" bytes ":" bytes
	static const struct {
		const char *name;
		enum signers_kind kind;
		const char *text;
		bool good;
	} rows[] = {
		{ "digits", SIGNERS_SPKI, DIGITS("cc"), true },
		{ "upper-case digits", SIGNERS_SPKI, DIGITS("CC"), true },
		{ "digits in both cases", SIGNERS_SPKI, DIGITS("cC"), true },
		{ "colons", SIGNERS_SPKI, ROW("CC") ":" ROW("CC") ":" ROW("CC") ":" ROW("CC"),
			true },
		{ "with its algorithm", SIGNERS_SPKI, "sha256:" DIGITS("cc"), true },
		{ "algorithm and colons", SIGNERS_SPKI,
			"sha256:" ROW("CC") ":" ROW("CC") ":" ROW("CC") ":" ROW("CC"), true },
		{ "another algorithm", SIGNERS_SPKI, "sha384:" DIGITS("cc"), false },
		{ "nothing", SIGNERS_SPKI, "", false },
		{ "the algorithm alone", SIGNERS_SPKI, "sha256:", false },
		{ "a digit less", SIGNERS_SPKI, DIGITS("cc") + 1, false },
		{ "a byte more", SIGNERS_SPKI, DIGITS("cc") "cc", false },
		{ "twice as many", SIGNERS_SPKI, DIGITS("cc") DIGITS("cc"), false },
		{ "three times as many", SIGNERS_SPKI, DIGITS("cc") DIGITS("cc") DIGITS("cc"),
			false },
		{ "white space in front", SIGNERS_SPKI, " " DIGITS("cc"), false },
		{ "white space behind", SIGNERS_SPKI, DIGITS("cc") "\n", false },
		{ "a colon behind", SIGNERS_SPKI,
			ROW("CC") ":" ROW("CC") ":" ROW("CC") ":" ROW("CC") ":", false },
		{ "a colon in front", SIGNERS_SPKI, ":" DIGITS("cc"), false },
		{ "a colon missing", SIGNERS_SPKI, ROW("CC") ":" ROW("CC") ":" ROW("CC") ROW("CC"),
			false },
		{ "a colon twice", SIGNERS_SPKI,
			ROW("CC") "::" ROW("CC") ":" ROW("CC") ":" ROW("CC"), false },
		{ "colons elsewhere", SIGNERS_SPKI, HEX("cc") ":" HEX("cc") HEX("cc") HEX("cc"),
			false },
		{ "other characters", SIGNERS_SPKI, DIGITS("cg"), false },
		{ "subject", SIGNERS_SUBJECT, "CN=a", true },
		{ "subject: empty", SIGNERS_SUBJECT, "", false },
		{ "subject: no type", SIGNERS_SUBJECT, "Signing 001", false },
		{ "subject: not ASCII", SIGNERS_SUBJECT, "CN=\xc3\xa9", false },
		{ "subject: a line", SIGNERS_SUBJECT, "CN=a\n", false },
		{ "kind: none", SIGNERS_NONE, "CN=a", false },
	};
	char longest[CHAIN_NAME_MAX + 1];
	cleanup_signers struct signers signers = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_signers struct signers one = { 0 };

		check_result(signers_add(&one, 0, rows[i].kind, rows[i].text, &err),
			rows[i].good ? REASON_NONE : REASON_CONFIG, &err, rows[i].name);
		check(one.count == rows[i].good, rows[i].name, "%zu pins", one.count);
		if (rows[i].good && rows[i].kind == SIGNERS_SPKI)
			check_result(
				signers_check(&one, &found, &err), REASON_NONE, &err, rows[i].name);
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "CN=", 3);
	longest[CHAIN_NAME_MAX] = '\0';
	check_result(signers_add(&signers, 0, SIGNERS_SUBJECT, longest, &err), REASON_CONFIG, &err,
		"subject: longer than any");
	longest[CHAIN_NAME_MAX - 1] = '\0';
	check_result(signers_add(&signers, 0, SIGNERS_SUBJECT, longest, &err), REASON_NONE, &err,
		"subject: the longest");
}

int
main(void)
{
	test_checks();
	test_texts();
	return check_end();
}
