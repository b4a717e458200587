#include "border/certificate_name.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <openssl/x509.h>

enum { ENTRIES_MAX = 4 };

/* One value of a name; "" ends the list. */
struct entry {
	const char *type; /* a short name of OpenSSL's, or a dotted number */
	int kind;         /* of string */
	const char *bytes;
	int length; /* 0: up to the NUL */
	int set;    /* -1: belongs to the component before it */
};

#define UTF8(type, bytes)                            \
	{                                            \
		type, V_ASN1_UTF8STRING, bytes, 0, 0 \
	}

/* Each row is another name, so each text is another text. */
static const struct {
	struct entry entries[ENTRIES_MAX];
	const char *wanted;
} rows[] = {
	{ { { 0 } }, "" },
	{ { UTF8("C", "US"), UTF8("O", "NVIDIA Corporation"), UTF8("CN", "Signing 001") },
		"CN=Signing 001,O=NVIDIA Corporation,C=US" },
	{ { UTF8("CN", "Signing 001"), UTF8("O", "NVIDIA Corporation"), UTF8("C", "US") },
		"C=US,O=NVIDIA Corporation,CN=Signing 001" },
	{ { UTF8("C", "US"), UTF8("CN", "Signing 001"), UTF8("O", "NVIDIA Corporation") },
		"O=NVIDIA Corporation,CN=Signing 001,C=US" },
	/* One component of two values, and a value that only looks like one. */
	{ { UTF8("O", "b"), { "CN", V_ASN1_UTF8STRING, "a", 0, -1 } }, "CN=a+O=b" },
	{ { UTF8("CN", "a"), { "O", V_ASN1_UTF8STRING, "b", 0, -1 } }, "O=b+CN=a" },
	{ { UTF8("O", "b"), UTF8("CN", "a") }, "CN=a,O=b" },
	{ { UTF8("CN", "a+O=b") }, "CN=a\\+O=b" },
	{ { UTF8("CN", "a,O=b") }, "CN=a\\,O=b" },
	{ { UTF8("CN", "a\\,O=b") }, "CN=a\\\\\\,O=b" },
	{ { UTF8("CN", "a\\") }, "CN=a\\\\" },
	{ { UTF8("CN", "a;O=b") }, "CN=a\\;O=b" },
	{ { UTF8("CN", "\"a<b>\"") }, "CN=\\\"a\\<b\\>\\\"" },
	{ { UTF8("CN", "a") }, "CN=a" },
	{ { UTF8("CN", "A") }, "CN=A" },
	{ { UTF8("CN", "") }, "CN=" },
	{ { UTF8("CN", " ") }, "CN=\\ " },
	{ { UTF8("CN", " a  b ") }, "CN=\\ a  b\\ " },
	{ { UTF8("CN", "a b") }, "CN=a b" },
	{ { UTF8("CN", "#41") }, "CN=\\#41" },
	{ { UTF8("CN", "4#1") }, "CN=4#1" },
	/* Characters that end strings, move cursors, or look like others. */
	{ { { "CN", V_ASN1_UTF8STRING, "a\0b", 3, 0 } }, "CN=a\\00b" },
	{ { { "CN", V_ASN1_UTF8STRING, "a\0", 2, 0 } }, "CN=a\\00" },
	{ { UTF8("CN", "a\\00b") }, "CN=a\\\\00b" },
	{ { UTF8("CN", "\033[31m\n\x7f") }, "CN=\\1B[31m\\0A\\7F" },
	{ { UTF8("CN", "\xc3\xa9") }, "CN=\\C3\\A9" },
	{ { UTF8("CN", "e\xcc\x81") }, "CN=e\\CC\\81" },
	{ { UTF8("CN", "\\C3\\A9") }, "CN=\\\\C3\\\\A9" },
	{ { UTF8("CN", "\xd0\xb0") }, "CN=\\D0\\B0" },
	{ { UTF8("CN", "\xf0\x9f\x98\x80") }, "CN=\\F0\\9F\\98\\80" },
	{ { UTF8("CN", "a\xe2\x80\xae") }, "CN=a\\E2\\80\\AE" },
	/* Strings of other types, and such as their type does not allow. */
	{ { { "CN", V_ASN1_T61STRING, "a", 0, 0 } }, "CN=#140161" },
	{ { { "CN", V_ASN1_T61STRING, "\xe9", 0, 0 } }, "CN=#1401E9" },
	{ { { "CN", V_ASN1_BMPSTRING, "\0a", 2, 0 } }, "CN=#1E020061" },
	{ { { "CN", V_ASN1_UNIVERSALSTRING, "\0\0\0a", 4, 0 } }, "CN=#1C0400000061" },
	{ { { "CN", V_ASN1_UTF8STRING, "\xe9", 0, 0 } }, "CN=#0C01E9" },
	{ { { "CN", V_ASN1_UTF8STRING, "\xc0\x80", 2, 0 } }, "CN=#0C02C080" },
	{ { { "CN", V_ASN1_PRINTABLESTRING, "\xe9", 0, 0 } }, "CN=#1301E9" },
	{ { { "CN", V_ASN1_IA5STRING, "\xc3\xa9", 0, 0 } }, "CN=#1602C3A9" },
	/* Types: by words, and by numbers. */
	{ { { "emailAddress", V_ASN1_IA5STRING, "a@b", 0, 0 } }, "emailAddress=a@b" },
	{ { UTF8("serialNumber", "a"), UTF8("SN", "b"), UTF8("UID", "c"), UTF8("DC", "d") },
		"DC=d,UID=c,SN=b,serialNumber=a" },
	{ { { "1.2.3.4", V_ASN1_PRINTABLESTRING, "x", 0, 0 } }, "1.2.3.4=#130178" },
	{ { { "1.2.3.4", V_ASN1_UTF8STRING, "x", 0, 0 } }, "1.2.3.4=#0C0178" },
	{ { { "unstructuredName", V_ASN1_IA5STRING, "x", 0, 0 } }, "1.2.840.113549.1.9.2=#160178" },
};

static X509_NAME *
make_name(const struct entry *entries)
{
	X509_NAME *name = X509_NAME_new();

	for (size_t i = 0; name && i < ENTRIES_MAX && entries[i].type; i++)
		if (X509_NAME_add_entry_by_txt(name, entries[i].type, entries[i].kind,
			    (const unsigned char *)entries[i].bytes,
			    entries[i].length ? entries[i].length : (int)strlen(entries[i].bytes),
			    -1, entries[i].set) != 1)
			check(false, entries[i].type, "the test's own name cannot be made");
	return name;
}

static void
test_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		X509_NAME *name = make_name(rows[i].entries);
		char text[200] = "untouched";
		int length = name ? certificate_name_format(name, text, sizeof(text)) : -1;

		check_text(text, rows[i].wanted, rows[i].wanted);
		check(length == (int)strlen(rows[i].wanted), rows[i].wanted, "length %d", length);
		X509_NAME_free(name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(rows[j].wanted, rows[i].wanted) == 0)
				check(false, rows[i].wanted, "two names of one text");
	}
}

/* The same characters in the three string types of today are the same value. */
static void
test_same(void)
{
	static const int kinds[] = { V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct entry entries[ENTRIES_MAX] = { { "CN", kinds[i], "Signing 001", 0, 0 } };
		X509_NAME *name = make_name(entries);
		char text[40] = "";

		if (name)
			certificate_name_format(name, text, sizeof(text));
		check_text(text, "CN=Signing 001", "string types");
		X509_NAME_free(name);
	}
}

/* What does not fit is cut, and the length tells. */
static void
test_room(void)
{
	struct entry entries[ENTRIES_MAX] = { UTF8("O", "abc"), UTF8("CN", "def") };
	X509_NAME *name = make_name(entries);
	char text[16] = "";

	check(name && certificate_name_format(name, text, 13) == 12, "room: all", "%s", text);
	check_text(text, "CN=def,O=abc", "room: all");
	check(name && certificate_name_format(name, text, 12) == 12, "room: one less", "%s", text);
	check_text(text, "CN=def,O=ab", "room: one less");
	X509_NAME_free(name);
}

int
main(void)
{
	test_rows();
	test_same();
	test_room();
	return check_end();
}
